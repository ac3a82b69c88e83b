//! The agent's own token: client credentials (RFC 6749, section 4.4), in whichever path style the authority knows.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use http::{Method, StatusCode};
use secrecy::ExposeSecret;

use super::{
    AuthorityError, LumoAuthAgent,
    call::{Answer, Body, Repeat},
    error::Kind,
    wire::{ErrorAnswer, TokenAnswer, needed},
};
use crate::{expiring::Timed, origin::Origin, secret::AccessToken};

const OPERATION: &str = "issue the agent's token";

/// How long before its end a token to call the authority with is replaced.
const REFRESH_MARGIN: Duration = Duration::from_secs(60);

/// How long a token is taken to live when the authority does not say (RFC 6749, section 5.1, leaves it open).
const UNSAID_LIFETIME: Duration = Duration::from_secs(300);

/// How the paths of the authority's API name the tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PathStyle {
    /// `/orgs/{org}/api/v1`
    Orgs,
    /// `/t/{tenant}/api/v1`
    Tenants,
}

impl PathStyle {
    pub(super) fn segment(self) -> &'static str {
        match self {
            Self::Orgs => "orgs",
            Self::Tenants => "t",
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Orgs => Self::Tenants,
            Self::Tenants => Self::Orgs,
        }
    }
}

/// The style in use: the configured one, until the authority turns out to know only the other.
pub(super) struct StyleCell {
    configured: PathStyle,
    switched: AtomicBool,
    known: AtomicBool,
}

impl StyleCell {
    pub(super) fn new(configured: PathStyle) -> Self {
        Self { configured, switched: AtomicBool::new(false), known: AtomicBool::new(false) }
    }

    pub(super) fn current(&self) -> PathStyle {
        if self.switched.load(Ordering::Relaxed) { self.configured.other() } else { self.configured }
    }

    /// Whether an answer has shown which style it is.
    fn is_known(&self) -> bool {
        self.known.load(Ordering::Relaxed)
    }

    fn learn(&self, style: PathStyle) {
        self.switched.store(style != self.configured, Ordering::Relaxed);
        self.known.store(true, Ordering::Relaxed);
    }
}

/// The agent's token, as it is held.
#[derive(Clone, Debug)]
pub(super) struct AgentToken {
    pub(super) token: AccessToken,
}

impl LumoAuthAgent {
    pub(super) async fn agent_token(&self) -> Result<AgentToken, AuthorityError> {
        let clock = self.clock();
        self.inner.token.get_or_load(&**clock, || self.fetch_token(None)).await
    }

    /// Fetches a token of the agent's, for this API or else for the authority.
    pub(super) async fn fetch_token(&self, api: Option<&Origin>) -> Result<Timed<AgentToken>, AuthorityError> {
        match &self.inner.delegation {
            // Boxed, since it gets the agent's own token in this very way.
            Some(delegation) => Box::pin(self.fetch_delegated_token(delegation, api)).await,
            None => self.fetch_agent_token(api).await,
        }
    }

    async fn fetch_agent_token(&self, api: Option<&Origin>) -> Result<Timed<AgentToken>, AuthorityError> {
        let sent_at = self.clock().now();
        let style = self.inner.style.current();
        let mut answer = self.post_credentials(style, api).await?;
        let mut used = style;
        if !self.inner.style.is_known() && is_unknown_path(&answer) {
            used = style.other();
            answer = self.post_credentials(used, api).await?;
        }
        let token = answer.json(OPERATION)?;
        self.inner.style.learn(used);
        self.take_token(OPERATION, token, sent_at)
    }

    /// The token in an answer of the token endpoint (RFC 6749, section 5.1), whose life is counted from when it was
    /// asked for.
    pub(super) fn take_token(
        &self,
        operation: &'static str,
        token: TokenAnswer,
        sent_at: Instant,
    ) -> Result<Timed<AgentToken>, AuthorityError> {
        let failed = |kind| AuthorityError::new(operation, kind);
        let secret = needed(token.access_token, "access_token").map_err(failed)?;
        if token.token_type.is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
            return Err(failed(Kind::Unusable { field: "token_type" }));
        }
        let lifetime = token.expires_in.map_or(UNSAID_LIFETIME, Duration::from_secs);
        let token = AgentToken { token: secret };
        let jitter = |most| self.clock().jitter(most);
        Ok(Timed::new(token, sent_at, lifetime, REFRESH_MARGIN, jitter))
    }

    async fn post_credentials(&self, style: PathStyle, api: Option<&Origin>) -> Result<Answer, AuthorityError> {
        let config = &self.inner.config;
        let resource = api.map(Origin::to_string);
        let mut plain = vec![("grant_type", "client_credentials"), ("client_id", config.client_id.as_str())];
        plain.extend(resource.as_deref().map(|resource| ("resource", resource)));
        let form = Body::form(&plain, &[("client_secret", config.client_secret.expose_secret())]);
        let url = self.endpoint(style, &["oauth", "token"]);
        // A second token does no harm: the call may be repeated.
        self.exchange(OPERATION, Method::POST, url, form, None, Repeat::Always).await
    }

    /// Revokes a token of this agent (RFC 7009), such as one that is not needed any more. One that the authority does
    /// not know, or that has ended, counts as revoked.
    pub async fn revoke(&self, token: &AccessToken) -> Result<(), AuthorityError> {
        const OPERATION: &str = "revoke a token";
        let config = &self.inner.config;
        let form = Body::form(
            &[("token_type_hint", "access_token"), ("client_id", &config.client_id)],
            &[("token", token.expose()), ("client_secret", config.client_secret.expose_secret())],
        );
        let url = self.endpoint(self.inner.style.current(), &["oauth", "revoke"]);
        self.exchange(OPERATION, Method::POST, url, form, None, Repeat::Always).await?.success(OPERATION).map(drop)
    }
}

/// Whether the answer comes from a server that does not know the path: a 404 that is no OAuth error.
fn is_unknown_path(answer: &Answer) -> bool {
    answer.status == StatusCode::NOT_FOUND
        && !serde_json::from_slice::<ErrorAnswer>(&answer.body).is_ok_and(|error| error.is_oauth())
}
