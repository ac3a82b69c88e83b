//! The exchange of an approved request for a short-lived token.

use std::time::{Duration, Instant};

use http::Method;

use super::{
    AuthorityError, LumoAuthAgent, RequestId,
    call::{Body, Repeat},
    error::Kind,
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
    /// What the authority says that it grants, where it says so; it may differ from what was asked.
    pub granted: Option<Vec<AuthorizationDetail>>,
    /// How long it lives, counted from `requested_at`.
    pub lifetime: Duration,
    /// When it was asked for, on the agent's clock: the life of a token starts no earlier.
    pub requested_at: Instant,
}

impl LumoAuthAgent {
    /// Exchanges an approved request for a token.
    pub(crate) async fn exchange_permission(&self, request: &RequestId) -> Result<JitToken, AuthorityError> {
        const OPERATION: &str = "issue the token of an approved request";
        let requested_at = self.clock().now();
        let path = ["jit", "request", request.as_str(), "token"];
        let answer: TokenAnswer =
            self.call(OPERATION, Method::POST, &path, Body::Empty, Repeat::Always).await?.json(OPERATION)?;
        let failed = |kind| AuthorityError::new(OPERATION, kind);
        if answer.token_type.is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
            return Err(failed(Kind::Unusable { field: "token_type" }));
        }
        Ok(JitToken {
            token: needed(answer.access_token, "access_token").map_err(failed)?,
            granted: answer.authorization_details,
            lifetime: answer.expires_in.map_or(UNSAID_LIFETIME, Duration::from_secs),
            requested_at,
        })
    }
}
