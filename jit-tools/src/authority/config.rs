//! Where the authority is and who the agent is, from values or from the environment.

use std::{env, fmt, sync::Arc, time::Duration};

use secrecy::SecretString;
use url::Url;

use super::{LumoAuthAgent, credentials::PathStyle};
use crate::{
    clock::{SharedClock, SystemClock},
    origin::Origin,
    transport::{HttpTransport, HttpTransportError, SharedTransport},
};

/// How long a tool's request and its answer may take, where neither it nor the agent says so.
const DEFAULT_REQUEST_TIMEOUT: Duration = Duration::from_secs(300);

const DEFAULT_URL: &str = "https://app.lumoauth.dev";

pub(super) struct Config {
    pub(super) base: Url,
    pub(super) origin: Origin,
    pub(super) tenant: String,
    pub(super) style: PathStyle,
    pub(super) client_id: String,
    pub(super) client_secret: SecretString,
    pub(super) transport: SharedTransport,
    pub(super) clock: SharedClock,
    /// How long a tool's request and its answer may take.
    pub(super) request_timeout: Duration,
}

/// What keeps an agent from being set up.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A value is given neither by the builder nor by the environment.
    #[error("{what} is missing: set {variable}, or give it to LumoAuthAgent::builder()")]
    Missing {
        /// What is missing, in words.
        what: &'static str,
        /// The variable that would name it.
        variable: &'static str,
    },
    /// A variable holds something that is not text.
    #[error("{variable} is not valid UTF-8")]
    NotUnicode {
        /// The variable.
        variable: &'static str,
    },
    /// The organization or tenant is no segment of a path: it is empty, `.` or `..`, which a URL would lose.
    #[error("`{tenant}` cannot be an organization or a tenant in the authority's paths")]
    InvalidTenant {
        /// What was given.
        tenant: String,
    },
    /// The authority's URL is not one.
    #[error("`{url}` is not the URL of an authority: write an http or https URL such as {DEFAULT_URL}")]
    InvalidUrl {
        /// What was given, without credentials.
        url: String,
    },
    /// Credentials would be readable on the way.
    #[error("{origin} is not secure: credentials go only to https origins, and to this machine")]
    Insecure {
        /// The origin that was given.
        origin: Origin,
    },
    /// The HTTP client could not be set up.
    #[error(transparent)]
    Http(#[from] HttpTransportError),
}

/// Sets up a [`LumoAuthAgent`].
#[derive(Default)]
pub struct LumoAuthAgentBuilder {
    url: Option<String>,
    tenant: Option<(PathStyle, String)>,
    client_id: Option<String>,
    client_secret: Option<SecretString>,
    transport: Option<SharedTransport>,
    clock: Option<SharedClock>,
    request_timeout: Option<Duration>,
    environment: bool,
}

impl LumoAuthAgentBuilder {
    /// Takes what was not given from the environment; see [`LumoAuthAgent::from_env`].
    pub fn from_env(mut self) -> Self {
        self.environment = true;
        self
    }

    /// The authority's URL.
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }

    /// The organization, for an authority with paths like `/orgs/{org}/api/v1`.
    ///
    /// Where the authority turns out to know only the other style, that one is used.
    pub fn org(mut self, org: impl Into<String>) -> Self {
        self.tenant = Some((PathStyle::Orgs, org.into()));
        self
    }

    /// The tenant, for an authority with paths like `/t/{tenant}/api/v1`.
    ///
    /// Where the authority turns out to know only the other style, that one is used.
    pub fn tenant(mut self, tenant: impl Into<String>) -> Self {
        self.tenant = Some((PathStyle::Tenants, tenant.into()));
        self
    }

    /// The agent's client id (RFC 6749, section 2.2).
    pub fn client_id(mut self, client_id: impl Into<String>) -> Self {
        self.client_id = Some(client_id.into());
        self
    }

    /// The agent's client secret (RFC 6749, section 2.3.1).
    pub fn client_secret(mut self, client_secret: impl Into<String>) -> Self {
        self.client_secret = Some(SecretString::from(client_secret.into()));
        self
    }

    /// How requests leave, the tools' too; [`HttpTransport`] by default.
    pub fn transport(mut self, transport: SharedTransport) -> Self {
        self.transport = Some(transport);
        self
    }

    /// The time that deadlines and waiting go by; the machine's by default.
    pub fn clock(mut self, clock: SharedClock) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Sets how long each request of a tool may take, from before it is sent to the last byte of its answer's body; 5
    /// minutes by default. A request says otherwise with [`RequestBuilder::timeout`](crate::resource::RequestBuilder::timeout).
    ///
    /// An exchange with the authority takes 30 s at most, whatever this is.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = Some(timeout);
        self
    }

    /// Sets up the agent. Nothing is sent yet.
    pub fn build(self) -> Result<LumoAuthAgent, ConfigError> {
        let environment = self.environment;
        let lookup = |variable| if environment { variable_text(variable) } else { Ok(None) };

        let url = match self.url {
            Some(url) => url,
            None => lookup("LUMOAUTH_URL")?.unwrap_or_else(|| DEFAULT_URL.to_owned()),
        };
        let (style, tenant) = match self.tenant {
            Some(tenant) => tenant,
            None => match (lookup("LUMOAUTH_ORG_ID")?, lookup("LUMOAUTH_TENANT")?) {
                (Some(org), _) => (PathStyle::Orgs, org),
                (None, Some(tenant)) => (PathStyle::Tenants, tenant),
                (None, None) => {
                    return Err(ConfigError::Missing {
                        what: "the organization",
                        variable: "LUMOAUTH_ORG_ID (or LUMOAUTH_TENANT)",
                    });
                }
            },
        };
        if matches!(tenant.as_str(), "" | "." | "..") {
            return Err(ConfigError::InvalidTenant { tenant });
        }
        let client_id = match self.client_id {
            Some(client_id) => client_id,
            None => lookup("AGENT_CLIENT_ID")?
                .ok_or(ConfigError::Missing { what: "the agent's client id", variable: "AGENT_CLIENT_ID" })?,
        };
        let client_secret = match self.client_secret {
            Some(client_secret) => client_secret,
            None => lookup("AGENT_CLIENT_SECRET")?
                .map(SecretString::from)
                .ok_or(ConfigError::Missing { what: "the agent's client secret", variable: "AGENT_CLIENT_SECRET" })?,
        };
        let (base, origin) = authority_url(&url)?;
        Ok(LumoAuthAgent::from_config(Config {
            base,
            origin,
            tenant,
            style,
            client_id,
            client_secret,
            transport: match self.transport {
                Some(transport) => transport,
                None => Arc::new(HttpTransport::new()?),
            },
            clock: self.clock.unwrap_or_else(SystemClock::shared),
            request_timeout: self.request_timeout.unwrap_or(DEFAULT_REQUEST_TIMEOUT),
        }))
    }
}

impl fmt::Debug for LumoAuthAgentBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LumoAuthAgentBuilder").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

fn authority_url(text: &str) -> Result<(Url, Origin), ConfigError> {
    // Something like `user:password@` in what was given must not be repeated.
    let invalid =
        || ConfigError::InvalidUrl { url: text.rsplit_once('@').map_or(text, |(_, without)| without).to_owned() };
    let mut base = Url::parse(text).map_err(|_| invalid())?;
    let origin = Origin::of(&base).ok_or_else(invalid)?;
    if !base.username().is_empty() || base.password().is_some() {
        return Err(invalid());
    }
    if !origin.is_secure() {
        return Err(ConfigError::Insecure { origin });
    }
    base.set_query(None);
    base.set_fragment(None);
    Ok((base, origin))
}

/// A variable's text; `None` when it is unset or empty.
fn variable_text(variable: &'static str) -> Result<Option<String>, ConfigError> {
    match env::var(variable) {
        Ok(text) => Ok(Some(text).filter(|text| !text.is_empty())),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(ConfigError::NotUnicode { variable }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn builder() -> LumoAuthAgentBuilder {
        LumoAuthAgent::builder().org("acme-corp").client_id("agt_x").client_secret("canary")
    }

    #[test]
    fn what_is_missing_is_named_with_its_variable() {
        let error = LumoAuthAgent::builder().org("acme-corp").build().unwrap_err();
        assert_eq!(
            error.to_string(),
            "the agent's client id is missing: set AGENT_CLIENT_ID, or give it to LumoAuthAgent::builder()"
        );
    }

    #[test]
    fn an_organization_that_a_path_would_lose_is_refused() {
        for lost in ["", ".", ".."] {
            for built in [builder().org(lost).build(), builder().tenant(lost).build()] {
                assert!(matches!(built, Err(ConfigError::InvalidTenant { tenant }) if tenant == lost));
            }
        }
        assert!(builder().org("..acme").build().is_ok());
    }

    #[test]
    fn credentials_go_only_where_nobody_reads_them() {
        assert!(builder().url("https://auth.acme.com/base").build().is_ok());
        assert!(builder().url("http://127.0.0.1:9000").build().is_ok());
        assert!(matches!(builder().url("http://auth.acme.com").build(), Err(ConfigError::Insecure { .. })));
        for url in ["", "auth.acme.com", "ftp://auth.acme.com", "https://user:canary@auth.acme.com"] {
            let error = builder().url(url).build().unwrap_err();
            assert!(!error.to_string().contains("canary"), "{error}");
        }
    }

    #[test]
    fn nothing_prints_the_secret() {
        assert!(!format!("{:?} {:?}", builder(), builder().build().unwrap()).contains("canary"));
    }
}
