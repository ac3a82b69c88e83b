//! From the headers of a request to a token that may be relied on.

use std::{
    borrow::Cow,
    sync::{Arc, atomic::AtomicBool},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use http::{HeaderMap, header};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{
    authority::{Authority, Unavailable},
    claims::{self, Claims, Expected},
    introspection::{Checked, Introspector, QUESTIONS_PER_AGENT},
    keys::Keys,
    rejection::{Reason, Rejection},
};
use crate::{
    authorization_details::AuthorizationDetail,
    clock::{SharedClock, SystemClock},
    origin::Origin,
    transport::{HttpTransport, HttpTransportError, SharedTransport},
};

/// The longest token that is looked at, in bytes.
const LONGEST_TOKEN: usize = 16 * 1024;

/// A JIT token that was checked. A handler behind the layer finds it in the request's extensions.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct VerifiedToken {
    /// Whom it was issued to: `agent:NAME:task:TASK_ID` (RFC 7519, section 4.1.2).
    pub subject: String,
    /// The agent.
    pub agent_id: String,
    /// The task that the agent works on.
    pub task_id: String,
    /// The task that this one is a part of.
    pub parent_task_id: Option<String>,
    /// The token's id (RFC 7519, section 4.1.7).
    pub jti: String,
    /// What it permits.
    pub authorization_details: Vec<AuthorizationDetail>,
    /// When it ends by itself.
    pub expires_at: SystemTime,
}

/// Checks JIT tokens of one authority. Cloning is cheap, and clones share what is known of the
/// authority's keys and of ended tokens.
#[derive(Clone, Debug)]
pub struct TokenVerifier(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    issuer: String,
    audience: String,
    clock: SharedClock,
    introspector: Introspector,
    keys: Keys,
}

/// Sets up a [`TokenVerifier`].
#[derive(Debug)]
pub struct TokenVerifierBuilder {
    url: String,
    org: String,
    issuer: Option<String>,
    audience: Option<String>,
    client: Option<(String, SecretString)>,
    clock: Option<SharedClock>,
    transport: Option<SharedTransport>,
    questions_per_agent: u32,
}

/// A verifier that cannot be set up like this.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct VerifierError(#[from] Kind);

#[derive(Debug, thiserror::Error)]
enum Kind {
    #[error("the authority's URL `{0}` is no https URL, nor one of this machine")]
    Url(String),
    #[error("the organisation `{0}` cannot stand in a path")]
    Org(String),
    #[error("it is not said which API this is: call `audience(url)` with its URL, such as https://api.acme.com")]
    Audience,
    #[error("introspection needs a client: call `client(id, secret)`")]
    Client,
    #[error(transparent)]
    Transport(HttpTransportError),
}

impl TokenVerifier {
    /// Sets up a verifier for the authority at this URL, such as `https://app.lumoauth.dev`, which is also the issuer
    /// that tokens must name, and for the organisation or tenant in its paths.
    pub fn builder(authority_url: impl Into<String>, org: impl Into<String>) -> TokenVerifierBuilder {
        TokenVerifierBuilder {
            url: authority_url.into(),
            org: org.into(),
            issuer: None,
            audience: None,
            client: None,
            clock: None,
            transport: None,
            questions_per_agent: QUESTIONS_PER_AGENT,
        }
    }

    /// Checks the bearer token (RFC 6750, section 2.1) among these headers for a request that needs `need`.
    ///
    /// The signature, the issuer, the time and the permission are checked first, and only then the authority is asked
    /// whether the token still counts (RFC 7662), so that a stranger's requests cost no call. It is asked again for each
    /// call of this function; calls with the same token at the same time share an answer, and a token that has ended is
    /// not asked about again.
    ///
    /// A `need` without `locations` is one at this API: the answer to a request without the right token names the
    /// [audience](TokenVerifierBuilder::audience) as its location, so that a client asks for a token that is good here.
    pub async fn verify(&self, headers: &HeaderMap, need: &AuthorizationDetail) -> Result<VerifiedToken, Rejection> {
        let need = &*self.0.here(need);
        self.check(headers, need).await.map_err(|reason| Rejection::new(reason, need))
    }

    /// The authority whose tokens are accepted: their `iss`.
    pub(super) fn issuer(&self) -> &str {
        &self.0.issuer
    }

    async fn check(&self, headers: &HeaderMap, need: &AuthorizationDetail) -> Result<VerifiedToken, Reason> {
        let inner = &*self.0;
        let token = bearer(headers)?;
        let (algorithm, key_id) = claims::header(token)?;
        let key = inner.keys.find(key_id.as_deref()).await?.ok_or(Reason::Invalid)?;
        // What a key is for is for the authority to say. A token that chose could choose HS256, and take the public
        // key for the secret.
        if key.algorithm != algorithm {
            return Err(Reason::Invalid);
        }
        let claims = claims::verify(token, &key)?;
        let audience = inner.audience.as_str();
        claims::check(&claims, &Expected { issuer: &inner.issuer, audience, need, now: inner.now() })?;

        let checked = Checked { token, agent_id: &claims.agent_id, exp: claims.exp };
        let introspection = inner.introspector.introspect(checked, inner.now()).await?;
        if introspection.authorization_details.as_ref().is_some_and(|left| !claims::covers(left, need)) {
            return Err(Reason::Insufficient);
        }
        Ok(VerifiedToken::from(claims))
    }
}

impl Inner {
    /// What is needed, at this API. An audience that is no URL cannot be a location.
    fn here<'n>(&self, need: &'n AuthorizationDetail) -> Cow<'n, AuthorizationDetail> {
        if need.locations.is_none() && Origin::try_from(&self.audience).is_ok() {
            Cow::Owned(need.clone().locations([self.audience.clone()]))
        } else {
            Cow::Borrowed(need)
        }
    }

    /// Seconds since 1970.
    fn now(&self) -> f64 {
        self.clock.system_time().duration_since(UNIX_EPOCH).map_or(0.0, |elapsed| elapsed.as_secs_f64())
    }
}

impl From<Unavailable> for Reason {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

impl From<Claims> for VerifiedToken {
    fn from(claims: Claims) -> Self {
        let lifetime = Duration::try_from_secs_f64(claims.exp).unwrap_or_default();
        Self {
            subject: claims.sub,
            agent_id: claims.agent_id,
            task_id: claims.task_id,
            parent_task_id: claims.parent_task_id,
            jti: claims.jti,
            authorization_details: claims.authorization_details,
            expires_at: UNIX_EPOCH.checked_add(lifetime).unwrap_or(UNIX_EPOCH),
        }
    }
}

/// The one bearer token. With two headers, what is checked here and what is read elsewhere might differ.
fn bearer(headers: &HeaderMap) -> Result<&str, Reason> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return Err(Reason::Missing) };
    let (scheme, token) = value.to_str().ok().and_then(|value| value.split_once(' ')).ok_or(Reason::Missing)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Reason::Missing);
    }
    if token.len() > LONGEST_TOKEN { Err(Reason::Invalid) } else { Ok(token.trim_matches(' ')) }
}

/// An audience as tokens name it: an origin without the slash that may end it, as clients write origins.
fn as_origin(audience: String) -> String {
    match Url::parse(&audience) {
        Ok(url) if url.path() == "/" && url.query().is_none() && url.fragment().is_none() => {
            Origin::of(&url).map_or(audience, |origin| origin.to_string())
        }
        _ => audience,
    }
}

impl TokenVerifierBuilder {
    /// The client with which the authority is asked about tokens (RFC 7662, section 2.1). Needed.
    pub fn client(mut self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.client = Some((id.into(), SecretString::from(secret.into())));
        self
    }

    /// The `iss` that tokens must name, where it is not the authority's URL.
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Sets the `aud` by which tokens name this API (RFC 7519, section 4.1.3): its URL as clients know it, such as
    /// `https://api.acme.com`. Needed. A token must name it, or a location of the permission that is needed. A token that
    /// names no audience is refused.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Some(audience.into());
        self
    }

    /// The clock that `exp` is held against; the machine's by default. There is no leeway.
    pub fn clock(mut self, clock: SharedClock) -> Self {
        self.clock = Some(clock);
        self
    }

    /// How the authority is reached; [`HttpTransport`] by default. Each call takes 30 s at most.
    pub fn transport(mut self, transport: SharedTransport) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Sets how many questions to the authority the requests of one agent may cause a minute, about all its tokens;
    /// 3000 by default. Beyond, its requests get 429, so that one agent cannot use up what the authority answers this
    /// API, which is 6000 a minute where nothing else is said. An API that asks with one client from several verifiers, as
    /// several processes do, divides the number by theirs.
    pub fn introspections_per_agent(mut self, questions: u32) -> Self {
        self.questions_per_agent = questions;
        self
    }

    /// The verifier. No call is made yet.
    pub fn build(self) -> Result<TokenVerifier, VerifierError> {
        // jsonwebtoken panics when another package of the build has switched on its second backend as well and nobody
        // chose; a choice that the process made before stands.
        let _ = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();

        let url = self.url.trim_end_matches('/').to_owned();
        // The client's secret and every token go there.
        if !Origin::try_from(&url).is_ok_and(|origin| origin.is_secure()) {
            return Err(Kind::Url(url).into());
        }
        let is_lost = matches!(self.org.as_str(), "" | "." | "..");
        if is_lost || !self.org.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
            return Err(Kind::Org(self.org).into());
        }
        let audience = self.audience.filter(|audience| !audience.is_empty()).map(as_origin).ok_or(Kind::Audience)?;
        let (client_id, client_secret) = self
            .client
            .filter(|(id, secret)| !id.is_empty() && !secret.expose_secret().is_empty())
            .ok_or(Kind::Client)?;
        let transport = match self.transport {
            Some(transport) => transport,
            None => Arc::new(HttpTransport::new().map_err(Kind::Transport)?),
        };
        let clock = self.clock.unwrap_or_else(SystemClock::shared);
        let issuer = self.issuer.unwrap_or_else(|| url.clone());
        let authority = Arc::new(Authority {
            url,
            org: self.org,
            client_id,
            client_secret,
            transport,
            clock: Arc::clone(&clock),
            speaks_tenants: AtomicBool::new(false),
        });
        let keys = Keys::new(Arc::clone(&authority), Arc::clone(&clock));
        let introspector = Introspector::new(authority, Arc::clone(&clock), self.questions_per_agent);
        Ok(TokenVerifier(Arc::new(Inner { issuer, audience, clock, introspector, keys })))
    }
}
