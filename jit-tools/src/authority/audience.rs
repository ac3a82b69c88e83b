//! Tokens for one audience (RFC 8707): the agent's own for each API that it is sent to, and permissions at one API.
//!
//! An authority need not know `resource`. RFC 6749, section 3.2, has it ignore a parameter that it does not know; one that
//! refuses it instead is remembered, and gets none any more.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::Value;
use url::Url;

use super::{AuthorityError, LumoAuthAgent, credentials::AgentToken, wire::TokenClaims};
use crate::{
    expiring::{Expiring, Timed},
    origin::Origin,
    secret::AccessToken,
    sync::{Mutex, lock},
};

/// How many APIs an agent holds tokens for at once. The one that was named first makes room.
const MAX_APIS: usize = 64;

type ApiToken = Arc<Expiring<AgentToken, AuthorityError>>;

/// The agent's own tokens for APIs, each fetched once for all that call the API.
#[derive(Default)]
pub(super) struct ApiTokens(Mutex<Vec<(Origin, ApiToken)>>);

/// What is known of how an authority takes `resource`. All that is the same agent knows it.
#[derive(Debug, Default)]
pub(super) struct ResourceSupport {
    /// The token endpoint refuses it.
    token_refuses: AtomicBool,
    /// The endpoint for permissions refuses it.
    request_refuses: AtomicBool,
    /// Its owner was warned that a token may serve elsewhere.
    warned: AtomicBool,
}

impl ApiTokens {
    fn of(&self, api: &Origin) -> ApiToken {
        let mut held = lock(&self.0);
        if let Some((_, token)) = held.iter().find(|(origin, _)| origin == api) {
            return Arc::clone(token);
        }
        if held.len() == MAX_APIS {
            held.remove(0);
        }
        let token = ApiToken::default();
        held.push((api.clone(), Arc::clone(&token)));
        token
    }
}

impl ResourceSupport {
    /// Whether a request for a permission may say for which API it is.
    pub(super) fn may_be_requested(&self) -> bool {
        !self.request_refuses.load(Ordering::Relaxed)
    }

    pub(super) fn note_request_refuses(&self) {
        self.request_refuses.store(true, Ordering::Relaxed);
        tracing::warn!("the authority takes no `resource` in requests for permissions; tokens may serve at other APIs");
    }

    fn warn_once(&self, api: &Origin) {
        if !self.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(%api, "the authority does not say that the agent's token for this API is good there only");
        }
    }
}

impl LumoAuthAgent {
    /// Returns the agent's own access token for the API at `api`, and fetches it where none is held. It says who the agent
    /// is, to that API alone: the authority is asked for it with `resource` (RFC 8707), and accepts it for nothing
    /// itself.
    ///
    /// It is good only there as far as the authority knows `resource`. One that ignores or refuses the parameter gives the
    /// same token as for [`access_token`](Self::access_token), and the API can then do all that the agent can: create and
    /// end tasks, ask for permissions, and act for users whose tokens it has. A warning is logged once, unless the token
    /// is a JWT whose `aud` names the API. It counts as refused where the token endpoint answers 400 or 422 with a code such
    /// as `invalid_request`, and then issues a token for the same call without it.
    ///
    /// # Errors
    /// Returns an error when the authority cannot be asked, or has no tokens for this API (`invalid_target`).
    pub async fn access_token_for(&self, api: &Origin) -> Result<AccessToken, AuthorityError> {
        let support = &self.inner.resources;
        if support.token_refuses.load(Ordering::Relaxed) {
            return self.access_token().await;
        }
        let held = self.inner.api_tokens.of(api);
        match held.get_or_load(&**self.clock(), || self.fetch_api_token(api)).await {
            Ok(held) => Ok(held.token),
            // RFC 6749, section 5.2: a refusal has a code. What has none may be of a proxy, and says nothing of the
            // authority.
            Err(error) if error.may_be_of_a_parameter() && error.code().is_some() => {
                // The same without it has to be answered now: one that is held already tells nothing, and what this API
                // gets instead is good everywhere.
                let token = self.fetch_token(None).await?.value.token;
                support.token_refuses.store(true, Ordering::Relaxed);
                support.warn_once(api);
                Ok(token)
            }
            Err(error) => Err(error),
        }
    }

    async fn fetch_api_token(&self, api: &Origin) -> Result<Timed<AgentToken>, AuthorityError> {
        let fetched = self.fetch_token(Some(api)).await?;
        if !names(&fetched.value.token, api) {
            self.inner.resources.warn_once(api);
        }
        Ok(fetched)
    }
}

/// Whether a token is a JWT whose only audience (RFC 7519, section 4.1.3) is this API. It is read and not verified: it
/// came from the authority itself.
fn names(token: &AccessToken, api: &Origin) -> bool {
    let mut parts = token.expose().split('.');
    let (Some(_), Some(claims), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let claims = BASE64_URL_SAFE_NO_PAD.decode(claims).ok();
    let claims = claims.and_then(|claims| serde_json::from_slice::<TokenClaims>(&claims).ok());
    let is_api = |audience: &Value| {
        let url = audience.as_str().and_then(|audience| Url::parse(audience).ok());
        url.is_some_and(|url| Origin::of(&url).as_ref() == Some(api))
    };
    match claims.and_then(|claims| claims.aud) {
        Some(Value::Array(audiences)) => !audiences.is_empty() && audiences.iter().all(is_api),
        Some(audience) => is_api(&audience),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_jwt_for_one_api_counts_as_good_there_only() {
        let api: Origin = "https://api.acme.com".parse().unwrap();
        let jwt = |claims: &str| format!("e30.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(claims));
        for (token, expected) in [
            (jwt(r#"{ "aud": "https://api.acme.com" }"#), true),
            (jwt(r#"{ "aud": ["https://api.acme.com/"] }"#), true),
            (jwt(r#"{ "aud": ["https://api.acme.com", "https://authority.example"] }"#), false),
            (jwt(r#"{ "aud": "https://authority.example" }"#), false),
            (jwt(r#"{ "aud": [] }"#), false),
            (jwt(r#"{ "aud": 1 }"#), false),
            (jwt("{}"), false),
            ("opaque".to_owned(), false),
            ("a.b.c".to_owned(), false),
        ] {
            assert_eq!(names(&AccessToken::new(token.as_str()), &api), expected, "{token}");
        }
    }

    #[test]
    fn the_tokens_that_are_held_have_a_bound() {
        let tokens = ApiTokens::default();
        let api = |port: usize| format!("http://127.0.0.1:{}", port + 1).parse().unwrap();
        let first = tokens.of(&api(0));
        assert!(Arc::ptr_eq(&first, &tokens.of(&api(0))));
        for port in 1..=MAX_APIS {
            tokens.of(&api(port));
        }
        assert_eq!(lock(&tokens.0).len(), MAX_APIS);
        assert!(!Arc::ptr_eq(&first, &tokens.of(&api(0))));
    }
}
