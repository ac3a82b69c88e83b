//! How a request is turned away: with the vendor's challenge.

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

use super::metadata::ResourceMetadata;
use crate::authorization_details::AuthorizationDetail;

const CHALLENGE: HeaderName = HeaderName::from_static("insufficient-authorization-details");
const BEARER: &str = r#"Bearer error="insufficient_authorization_details""#;
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
/// How long a caller waits while the authority cannot be asked, in seconds.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");

/// Why a request is turned away, and what it would have needed. It holds nothing of the token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Rejection {
    reason: Reason,
    /// The permission that was needed, as the JSON of one object.
    need: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Reason {
    #[error("the request carries no bearer token, or more than one")]
    Missing,
    #[error("the token is no JIT token of the authority")]
    Invalid,
    #[error("the token has expired or was revoked")]
    Ended,
    #[error("the token does not cover this request")]
    Insufficient,
    #[error("the authority cannot be asked about the token")]
    Unavailable,
    /// With how long to wait.
    #[error("there are too many requests with tokens of this agent")]
    TooMany { wait: Duration },
}

impl Rejection {
    pub(super) fn new(reason: Reason, need: &AuthorizationDetail) -> Self {
        Self { reason, need: json!(need) }
    }

    /// Whether it is the authority that could not be asked, so that the same request may succeed later.
    pub fn is_unavailable(&self) -> bool {
        self.reason == Reason::Unavailable
    }

    /// Returns true if the requests of this agent cause more questions to the authority than one agent may, so that the
    /// same request may succeed later.
    pub fn is_limited(&self) -> bool {
        matches!(self.reason, Reason::TooMany { .. })
    }

    /// Returns the answer: 403 with the vendor's challenge, 503 while the authority cannot be asked, or 429 where there
    /// are too many requests.
    ///
    /// It is 403 without a token or with an invalid one as well, where RFC 6750 would have 401: the vendor's clients
    /// look for the challenge at 403 only, and the agent's next step is the same.
    pub fn response<B: From<Bytes>>(&self) -> Response<B> {
        self.response_with(None)
    }

    pub(super) fn response_with<B: From<Bytes>>(&self, metadata: Option<&ResourceMetadata>) -> Response<B> {
        match self.reason {
            Reason::Unavailable => {
                later(StatusCode::SERVICE_UNAVAILABLE, "authority_unavailable", self.reason, RETRY_AFTER)
            }
            Reason::TooMany { wait } => {
                // A second that has begun is waited for too.
                let seconds = HeaderValue::from(wait.as_secs() + u64::from(wait.subsec_nanos() > 0));
                later(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", self.reason, seconds)
            }
            Reason::Missing | Reason::Invalid | Reason::Ended | Reason::Insufficient => self.challenge(metadata),
        }
    }

    fn challenge<B: From<Bytes>>(&self, metadata: Option<&ResourceMetadata>) -> Response<B> {
        let body = json!({
            "error": "insufficient_authorization_details",
            "error_description": self.reason.to_string(),
            "authorization_details_hint": self.need,
        });
        let mut response = json_response(StatusCode::FORBIDDEN, &body);
        let headers = response.headers_mut();
        // A URL has no byte that would end the quoted string.
        let named = metadata.and_then(|metadata| {
            HeaderValue::try_from(format!(r#"{BEARER}, resource_metadata="{}""#, metadata.url())).ok()
        });
        headers.insert(header::WWW_AUTHENTICATE, named.unwrap_or(HeaderValue::from_static(BEARER)));
        // base64 has no byte that a header cannot hold.
        if let Ok(challenge) = HeaderValue::try_from(BASE64_STANDARD.encode(self.need.to_string())) {
            headers.insert(CHALLENGE, challenge);
        }
        response
    }
}

/// The answer to a request that is not read (RFC 6750, section 3.1).
pub(super) fn bad_request<B: From<Bytes>>(reason: &impl std::error::Error) -> Response<B> {
    let body = json!({ "error": "invalid_request", "error_description": reason.to_string() });
    json_response(StatusCode::BAD_REQUEST, &body)
}

/// The answer to a request of which it is not known what it needs. No challenge: there is nothing to ask for.
pub(super) fn unknown_request<B: From<Bytes>>() -> Response<B> {
    let status = StatusCode::FORBIDDEN;
    let body = json!({
        "error": true,
        "status": status.as_u16(),
        "code": "unknown_request",
        "message": "no permission is defined for this request",
    });
    json_response(status, &body)
}

/// The answer to a request that may succeed later.
fn later<B: From<Bytes>>(status: StatusCode, code: &str, reason: Reason, retry_after: HeaderValue) -> Response<B> {
    let body = json!({ "error": true, "status": status.as_u16(), "code": code, "message": reason.to_string() });
    let mut response = json_response(status, &body);
    response.headers_mut().insert(header::RETRY_AFTER, retry_after);
    response
}

fn json_response<B: From<Bytes>>(status: StatusCode, body: &Value) -> Response<B> {
    let mut response = Response::new(B::from(Bytes::from(body.to_string())));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, JSON);
    headers.insert(header::CACHE_CONTROL, NO_STORE);
    response
}
