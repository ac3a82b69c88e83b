//! The client of the authorization server, LumoAuth.
//!
//! [`LumoAuthAgent`] is an agent's identity there. It holds one token for all that the agent does, and knows the calls
//! that a task is made of; each has a file of its own. The wire format is in `wire` and nowhere else.

mod audience;
mod call;
mod config;
mod credentials;
mod delegation;
mod error;
#[cfg(fuzzing)]
mod fuzz;
mod identity;
mod ids;
mod permission;
mod task;
mod token;
mod wire;

use std::{fmt, sync::Arc, time::Duration};

pub(crate) use self::permission::{MAX_TTL, PermissionAnswered, PermissionRequest, PermissionStatus};
pub(crate) use self::task::date;
pub(crate) use self::token::Exchanged;
use self::{
    audience::{ApiTokens, ResourceSupport},
    config::Config,
    credentials::{AgentToken, StyleCell},
    delegation::Delegation,
};
pub use self::{
    config::{ConfigError, LumoAuthAgentBuilder},
    error::AuthorityError,
    identity::{AgentBudget, AgentInfo, Preflight},
    ids::{InvalidId, RequestId, TaskId},
    task::{Task, TaskResult},
    token::JitToken,
};
use crate::{clock::SharedClock, expiring::Expiring, origin::Origin, secret::AccessToken};

/// An agent's identity at LumoAuth: its credentials, and one token that all of its tasks share.
///
/// Cloning is cheap, and clones share the token: however many tools run, it is fetched once, and replaced once and
/// early (the token endpoint allows about 30 calls a minute).
///
/// ```
/// use jit_tools::LumoAuthAgent;
///
/// let agent = LumoAuthAgent::builder()
///     .url("https://app.lumoauth.dev")
///     .org("acme-corp")
///     .client_id("agt_research")
///     .client_secret("s3cret")
///     .build()?;
/// assert!(!format!("{agent:?}").contains("s3cret"));
/// # Ok::<(), jit_tools::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct LumoAuthAgent {
    inner: Arc<Inner>,
}

struct Inner {
    config: Arc<Config>,
    style: Arc<StyleCell>,
    resources: Arc<ResourceSupport>,
    token: Expiring<AgentToken, AuthorityError>,
    api_tokens: ApiTokens,
    /// For whom the agent acts, if not for itself.
    delegation: Option<Delegation>,
}

impl LumoAuthAgent {
    /// The agent that the environment names:
    ///
    /// | variable | what | default |
    /// |---|---|---|
    /// | `LUMOAUTH_URL` | the authority | `https://app.lumoauth.dev` |
    /// | `LUMOAUTH_ORG_ID` or `LUMOAUTH_TENANT` | the organization, or tenant | none |
    /// | `AGENT_CLIENT_ID` | the agent's client id | none |
    /// | `AGENT_CLIENT_SECRET` | the agent's client secret | none |
    ///
    /// # Errors
    /// Names the variable that is missing or wrong.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::builder().from_env().build()
    }

    /// An agent from values, or from the environment with some values replaced.
    pub fn builder() -> LumoAuthAgentBuilder {
        LumoAuthAgentBuilder::default()
    }

    /// Returns the agent's own access token for the authority, and fetches it where none is held.
    ///
    /// Who has it is the agent there: creates and ends its tasks, asks for permissions, and acts for users whose tokens
    /// it has. Send it to nobody else; [`access_token_for`](Self::access_token_for) gives one for an API.
    pub async fn access_token(&self) -> Result<AccessToken, AuthorityError> {
        Ok(self.agent_token().await?.token)
    }

    /// Forgets `token` if it is the one that is held, so that the next call fetches another.
    pub(crate) fn forget_token(&self, token: &AccessToken) {
        self.inner.token.forget(|held| held.token.expose() == token.expose());
    }

    /// The agent's client id.
    pub fn client_id(&self) -> &str {
        &self.inner.config.client_id
    }

    /// The organization, or tenant, of the agent.
    pub fn tenant(&self) -> &str {
        &self.inner.config.tenant
    }

    /// The origin of the authority.
    pub fn origin(&self) -> &Origin {
        &self.inner.config.origin
    }

    /// The authority's URL: its origin, and the path before its API, if there is one.
    pub(crate) fn base(&self) -> &str {
        self.inner.config.base.as_str().trim_end_matches('/')
    }

    /// The clock that all waiting of this agent goes by.
    pub fn clock(&self) -> &SharedClock {
        &self.inner.config.clock
    }

    /// How long a tool's request and its answer may take, where the request does not say.
    pub(crate) fn request_timeout(&self) -> Duration {
        self.inner.config.request_timeout
    }

    pub(crate) fn transport(&self) -> &crate::transport::SharedTransport {
        &self.inner.config.transport
    }

    fn from_config(config: Config) -> Self {
        let style = Arc::new(StyleCell::new(config.style));
        let inner = Inner {
            config: Arc::new(config),
            style,
            resources: Arc::default(),
            token: Expiring::default(),
            api_tokens: ApiTokens::default(),
            delegation: None,
        };
        Self { inner: Arc::new(inner) }
    }
}

impl fmt::Debug for LumoAuthAgent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LumoAuthAgent")
            .field("authority", &self.inner.config.origin)
            .field("tenant", &self.inner.config.tenant)
            .field("client_id", &self.inner.config.client_id)
            .field("delegated", &self.is_delegated())
            .finish_non_exhaustive()
    }
}

/// Reads an answer as each of those that the authority gives: for the fuzz package.
#[cfg(fuzzing)]
#[doc(hidden)]
pub fn fuzz_answers(body: &[u8]) {
    fuzz::answers(body);
}
