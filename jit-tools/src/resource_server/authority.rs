//! The two calls that a verifier makes: the authority's keys, and whether a token still counts.

use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use http::{Request, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;

use crate::{
    authorization_details::AuthorizationDetail,
    clock::SharedClock,
    transport::{Exchange, MAX_AUTHORITY_EXCHANGE, SharedTransport, read_body},
};

/// The longest answer that is read, in bytes.
const LONGEST_ANSWER: usize = 256 * 1024;

/// The authority, as an API sees it.
#[derive(Debug)]
pub(super) struct Authority {
    pub(super) url: String,
    pub(super) org: String,
    pub(super) client_id: String,
    pub(super) client_secret: SecretString,
    pub(super) transport: SharedTransport,
    pub(super) clock: SharedClock,
    /// Which of the two styles of path it answered to last.
    pub(super) speaks_tenants: AtomicBool,
}

/// The authority gave no usable answer. The cause goes to the log and never to the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unavailable;

/// What introspection says of a token that counts (RFC 7662, section 2.2; RFC 9396, section 9.2).
#[derive(Debug, Deserialize)]
pub(super) struct Introspection {
    pub(super) active: bool,
    /// What the token permits by now, which may be less than it says itself.
    #[serde(default)]
    pub(super) authorization_details: Option<Vec<AuthorizationDetail>>,
}

impl Authority {
    /// The members of the key set, each by itself: one that is not understood does not spoil the others.
    pub(super) async fn keys(&self) -> Result<Vec<Value>, Unavailable> {
        #[derive(Deserialize)]
        struct KeySet {
            keys: Vec<Value>,
        }

        let request = Request::get(format!("{}/.well-known/jwks.json", self.url))
            .header(header::ACCEPT, "application/json")
            .body(Bytes::new());
        let (status, body) = self.send(request).await?;
        let keys: Option<KeySet> = serde_json::from_slice(&body).ok();
        keys.filter(|_| status == StatusCode::OK).map(|set| set.keys).ok_or_else(|| odd("the key set", status))
    }

    /// Asks whether a token still counts.
    pub(super) async fn introspect(&self, token: &str) -> Result<Introspection, Unavailable> {
        let speaks_tenants = self.speaks_tenants.load(Ordering::Relaxed);
        let (mut status, mut body) = self.ask_about(token, speaks_tenants).await?;
        // A 404 that is no OAuth error says that the path is in the other style.
        if status == StatusCode::NOT_FOUND && !is_oauth_error(&body) {
            (status, body) = self.ask_about(token, !speaks_tenants).await?;
            if status == StatusCode::OK {
                self.speaks_tenants.store(!speaks_tenants, Ordering::Relaxed);
            }
        }
        let answer: Option<Introspection> = serde_json::from_slice(&body).ok();
        answer.filter(|_| status == StatusCode::OK).ok_or_else(|| odd("introspection", status))
    }

    async fn ask_about(&self, token: &str, in_tenants: bool) -> Result<(StatusCode, Bytes), Unavailable> {
        let prefix = if in_tenants { "t" } else { "orgs" };
        let form = [
            ("token", token),
            ("token_type_hint", "access_token"),
            ("client_id", &self.client_id),
            ("client_secret", self.client_secret.expose_secret()),
        ];
        let form = serde_urlencoded::to_string(form).map_err(|_| Unavailable)?;
        let request = Request::post(format!("{}/{prefix}/{}/api/v1/oauth/introspect", self.url, self.org))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json")
            .body(Bytes::from(form));
        self.send(request).await
    }

    async fn send(&self, request: http::Result<Request<Bytes>>) -> Result<(StatusCode, Bytes), Unavailable> {
        let request = request.map_err(|_| Unavailable)?;
        let exchange = Exchange::new(&*self.transport, &self.clock, MAX_AUTHORITY_EXCHANGE);
        let response = exchange.send(request).await.map_err(|error| {
            tracing::warn!(%error, "the authority cannot be reached");
            Unavailable
        })?;
        let (parts, body) = response.into_parts();
        let body = read_body(body, LONGEST_ANSWER).await.map_err(|error| {
            tracing::warn!(%error, "the authority's answer cannot be read");
            Unavailable
        })?;
        Ok((parts.status, body))
    }
}

fn is_oauth_error(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body).is_ok_and(|body| body.get("error").is_some_and(Value::is_string))
}

fn odd(what: &str, status: StatusCode) -> Unavailable {
    tracing::warn!(%status, "the authority gave no usable answer for {what}");
    Unavailable
}
