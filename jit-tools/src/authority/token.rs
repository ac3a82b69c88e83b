//! The exchange of an approved request for a short-lived token.

use std::time::{Duration, Instant};

use http::Method;

use super::{
    AuthorityError, LumoAuthAgent, RequestId,
    call::{Body, Repeat},
    wire::{TokenAnswer, needed},
};
use crate::{authorization_details::AuthorizationDetail, secret::AccessToken};

/// How long a JIT token is taken to live when the authority does not say: the shortest lifetime that it grants.
const UNSAID_LIFETIME: Duration = Duration::from_secs(300);

/// A short-lived token for one permission of one task.
#[derive(Clone, Debug)]
pub struct JitToken {
    /// The token.
    pub token: AccessToken,
    /// What the authority says that it grants, where it says so: what was asked for, if in other words.
    pub granted: Option<Vec<AuthorizationDetail>>,
    /// How long it lives, counted from `requested_at`.
    pub lifetime: Duration,
    /// When it was asked for, on the agent's clock: the life of a token starts no earlier.
    pub requested_at: Instant,
}

/// A token that was issued, whatever it is.
#[derive(Clone, Debug)]
pub(crate) struct Exchanged {
    pub(crate) token: JitToken,
    /// How long it lives, where the authority says so.
    pub(crate) expires_in: Option<Duration>,
    /// Why it cannot be used, as what the token does.
    pub(crate) flaw: Option<&'static str>,
    /// Whether an earlier try, whose answer got lost, may have made another one that nobody knows.
    pub(crate) may_be_second: bool,
}

impl LumoAuthAgent {
    /// Exchanges an approved request for a token. One that cannot be used is given too: it lives, until it is revoked.
    pub(crate) async fn exchange_permission(&self, request: &RequestId) -> Result<Exchanged, AuthorityError> {
        const OPERATION: &str = "issue the token of an approved request";
        let requested_at = self.clock().now();
        let path = ["jit", "request", request.as_str(), "token"];
        let answer = self.call(OPERATION, Method::POST, &path, Body::Empty, Repeat::Always).await?;
        let may_be_second = answer.earlier_may_have_acted;
        let answer: TokenAnswer = answer.json(OPERATION)?;
        let failed = |kind| AuthorityError::new(OPERATION, kind);
        let token = needed(answer.access_token, "access_token").map_err(failed)?;
        let granted = answer.authorization_details.map(|details| serde_json::from_str(details.get())).transpose();
        let flaw = match &granted {
            Err(_) => Some("comes with `authorization_details` that cannot be read"),
            Ok(_) if answer.token_type.is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) => {
                Some("is no Bearer token")
            }
            Ok(_) => None,
        };
        let expires_in = answer.expires_in.map(Duration::from_secs);
        let lifetime = expires_in.unwrap_or(UNSAID_LIFETIME);
        let token = JitToken { token, granted: granted.unwrap_or_default(), lifetime, requested_at };
        Ok(Exchanged { token, expires_in, flaw, may_be_second })
    }
}
