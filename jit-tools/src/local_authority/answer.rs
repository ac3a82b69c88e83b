//! The two shapes in which the authority says no: OAuth (RFC 6749, section 5.2) at the OAuth endpoints, and the
//! platform's own everywhere else.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::json;

use super::store::{DEEPEST_CHAIN, Refusal};

/// How long a caller that meets a full store is told to wait, in seconds.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("60");
const RETRY_AFTER_SECONDS: u64 = 60;

/// RFC 6750, section 3.1.
const INVALID_TOKEN: HeaderValue = HeaderValue::from_static(r#"Bearer error="invalid_token""#);

/// Why a bearer token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unusable {
    /// There is none that counts.
    Missing,
    /// It counts, and is for somebody else.
    Elsewhere,
}

impl Unusable {
    fn description(self) -> &'static str {
        match self {
            Self::Missing => "the access token is missing, expired or revoked",
            Self::Elsewhere => {
                "the access token is for an API, and not for this authority: call with one that was \
                                asked for without `resource`"
            }
        }
    }
}

/// An error of an OAuth endpoint.
#[derive(Debug)]
pub(super) struct OAuthError {
    status: StatusCode,
    code: &'static str,
    description: &'static str,
    header: Option<(HeaderName, HeaderValue)>,
    /// Whether a chain of delegation is too deep; how deep it may be is told then.
    is_too_deep: bool,
}

impl OAuthError {
    pub(super) fn new(code: &'static str, description: &'static str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code, description, header: None, is_too_deep: false }
    }

    pub(super) fn invalid_request(description: &'static str) -> Self {
        Self::new("invalid_request", description)
    }

    /// Whether the client is unknown or its secret is wrong is not told apart.
    pub(super) fn invalid_client() -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            header: Some((header::WWW_AUTHENTICATE, HeaderValue::from_static(r#"Basic realm="jit-authority""#))),
            ..Self::new("invalid_client", "client authentication failed")
        }
    }

    /// RFC 6750, section 3.1.
    pub(super) fn invalid_token(why: Unusable) -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            header: Some((header::WWW_AUTHENTICATE, INVALID_TOKEN)),
            ..Self::new("invalid_token", why.description())
        }
    }

    pub(super) fn full() -> Self {
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            header: Some((header::RETRY_AFTER, RETRY_AFTER)),
            ..Self::new("temporarily_unavailable", "too many live tokens")
        }
    }

    /// A limit on calls was met; the next one may come in so many seconds.
    pub(super) fn rate_limited(seconds: u64) -> Self {
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            header: Some((header::RETRY_AFTER, HeaderValue::from(seconds))),
            ..Self::new("rate_limited", "too many calls in this minute")
        }
    }

    /// The vendor's code for an agent that may not act for users, or not for this one.
    pub(super) fn delegation_not_allowed() -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            ..Self::new(
                "delegation_not_allowed",
                "the agent has no capability `delegate:on_behalf`, or the scope of its token leaves that out",
            )
        }
    }

    /// Why an agent gets no token for a user. The budget begins anew in so many seconds.
    pub(super) fn delegation(refusal: Refusal, until_tomorrow: u64) -> Self {
        match refusal {
            Refusal::ChainTooLong => Self {
                status: StatusCode::FORBIDDEN,
                is_too_deep: true,
                ..Self::new(
                    "delegation_depth_exceeded",
                    "as many agents act for the user as may, one through the other",
                )
            },
            Refusal::BudgetExceeded => Self {
                status: StatusCode::TOO_MANY_REQUESTS,
                header: Some((header::RETRY_AFTER, HeaderValue::from(until_tomorrow))),
                ..Self::new("budget_exceeded", "the agent's budget for today is used up")
            },
            _ => Self::full(),
        }
    }

    pub(super) fn server_error() -> Self {
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, ..Self::new("server_error", "the token could not be signed") }
    }

    pub(super) fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    pub(super) fn code(&self) -> &'static str {
        self.code
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let mut body = json!({ "error": self.code, "error_description": self.description });
        if let (Some(members), true) = (body.as_object_mut(), self.is_too_deep) {
            members.insert("max_depth".to_owned(), json!(DEEPEST_CHAIN));
        }
        let body = Json(body);
        (self.status, self.header.map(|header| [header]), body).into_response()
    }
}

/// An error of every other endpoint.
#[derive(Debug)]
pub(super) struct PlatformError {
    status: StatusCode,
    code: &'static str,
    message: String,
    header: Option<(HeaderName, HeaderValue)>,
}

impl PlatformError {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), header: None }
    }

    pub(super) fn invalid_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", message)
    }

    pub(super) fn invalid_details(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_authorization_details", message)
    }

    pub(super) fn invalid_token(why: Unusable) -> Self {
        Self {
            header: Some((header::WWW_AUTHENTICATE, INVALID_TOKEN)),
            ..Self::new(StatusCode::UNAUTHORIZED, "invalid_token", why.description())
        }
    }

    /// RFC 6750, section 3.1: the token is good, and not for this.
    pub(super) fn insufficient_scope() -> Self {
        let header = HeaderValue::from_static(r#"Bearer error="insufficient_scope", scope="jit:request""#);
        let message = "the scope of the token leaves out `jit:request`: ask for a token with it, or without `scope`";
        Self {
            header: Some((header::WWW_AUTHENTICATE, header)),
            ..Self::new(StatusCode::FORBIDDEN, "insufficient_scope", message)
        }
    }

    pub(super) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", message)
    }

    /// A limit on calls was met; the next one may come in so many seconds.
    pub(super) fn rate_limited(seconds: u64) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", "too many calls in this minute").retry_after(seconds)
    }

    /// The store cannot be written.
    pub(super) fn unavailable() -> Self {
        let code = "temporarily_unavailable";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, "the authority cannot keep what it decides")
            .retry_after(RETRY_AFTER_SECONDS)
    }

    /// The audit log cannot be written.
    pub(super) fn not_recorded() -> Self {
        let message = "nothing is granted, because the audit log cannot be written; make room for it, then restart";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "audit_unavailable", message)
    }

    pub(super) fn retry_after(self, seconds: u64) -> Self {
        Self { header: Some((header::RETRY_AFTER, HeaderValue::from(seconds))), ..self }
    }

    pub(super) fn server_error() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "server_error", "the token could not be signed")
    }
}

impl From<Refusal> for PlatformError {
    fn from(refusal: Refusal) -> Self {
        let (status, code) = match refusal {
            Refusal::NoSuchTask => (StatusCode::NOT_FOUND, "task_not_found"),
            Refusal::NoSuchRequest => (StatusCode::NOT_FOUND, "request_not_found"),
            Refusal::TooDeep => (StatusCode::BAD_REQUEST, "task_too_deep"),
            Refusal::DelegationNotAllowed => (StatusCode::FORBIDDEN, "delegation_not_allowed"),
            Refusal::ChainTooLong => (StatusCode::FORBIDDEN, "delegation_depth_exceeded"),
            Refusal::BudgetExceeded => (StatusCode::TOO_MANY_REQUESTS, "budget_exceeded"),
            Refusal::TaskCompleted => (StatusCode::CONFLICT, "task_completed"),
            Refusal::TaskSuspended => (StatusCode::FORBIDDEN, "task_suspended"),
            Refusal::TaskExpired => (StatusCode::CONFLICT, "task_expired"),
            Refusal::RequestPending => (StatusCode::CONFLICT, "request_pending"),
            Refusal::RequestDenied => (StatusCode::FORBIDDEN, "request_denied"),
            Refusal::RequestExpired => (StatusCode::CONFLICT, "request_expired"),
            Refusal::AlreadyDecided => (StatusCode::CONFLICT, "already_decided"),
            Refusal::TooManyExchanges => (StatusCode::CONFLICT, "too_many_exchanges"),
            Refusal::OtherRequest => (StatusCode::CONFLICT, "other_request"),
            Refusal::Full => (StatusCode::TOO_MANY_REQUESTS, "too_many"),
        };
        Self {
            header: (refusal == Refusal::Full).then_some((header::RETRY_AFTER, RETRY_AFTER)),
            ..Self::new(status, code, refusal.to_string())
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NoSuchTask => "there is no such task of this agent",
            Self::NoSuchRequest => "there is no such permission request",
            Self::TooDeep => "tasks nest no deeper than this",
            Self::DelegationNotAllowed => "the agent does not act for this user",
            Self::ChainTooLong => "as many agents act for the user as may, one through the other",
            Self::BudgetExceeded => "the agent's budget for today is used up",
            Self::TaskCompleted => "the task is completed: nothing more can be asked for or issued in its name",
            Self::TaskSuspended => "the task is suspended: after several denials, or by a reviewer",
            Self::TaskExpired => "the task has expired",
            Self::RequestPending => "the permission request still waits for a person",
            Self::RequestDenied => "the permission request was denied",
            Self::RequestExpired => "the permission request has expired, or what it granted is over: ask again",
            Self::AlreadyDecided => "the permission request was already decided",
            Self::TooManyExchanges => "the approval was exchanged too often: ask again",
            Self::OtherRequest => "the permission request is not the one that was shown: look at it again",
            Self::Full => "too many tasks, requests or tokens are alive",
        })
    }
}

impl IntoResponse for PlatformError {
    fn into_response(self) -> Response {
        let body = Json(json!({
            "error": true,
            "status": self.status.as_u16(),
            "code": self.code,
            "message": self.message,
        }));
        (self.status, self.header.map(|header| [header]), body).into_response()
    }
}
