//! What can go wrong between an agent and its authority.

use std::{fmt, sync::Arc, time::Duration};

use http::StatusCode;

use crate::transport::{BodyError, TransportError, proves_no_effect};

/// A call to the authority that failed.
///
/// Cheap to clone, since all who waited for one call get its error. It holds no token and no credential; what the
/// server wrote is capped and without hidden characters.
#[derive(Clone)]
pub struct AuthorityError {
    inner: Arc<Inner>,
    /// Whether an earlier try of the same call may have been acted on, whatever this error says of the last one.
    earlier_may_have_acted: bool,
}

struct Inner {
    operation: &'static str,
    kind: Kind,
}

pub(super) enum Kind {
    /// No answer.
    Transport(TransportError),
    /// An answer whose body did not arrive, or is too long.
    Body(BodyError),
    /// An answer that says no.
    Refused(Refused),
    /// An answer that is not JSON of the expected form.
    NotUnderstood { status: StatusCode, content_type: Option<String> },
    /// An answer without a field that is needed.
    Missing { field: &'static str },
    /// An answer with a field that cannot be used.
    Unusable { field: &'static str },
}

/// An error answer, in either of the two shapes that the authority has.
pub(super) struct Refused {
    pub(super) status: StatusCode,
    pub(super) code: Option<String>,
    pub(super) message: Option<String>,
    pub(super) retry_after: Option<Duration>,
}

impl AuthorityError {
    pub(super) fn new(operation: &'static str, kind: Kind) -> Self {
        Self { inner: Arc::new(Inner { operation, kind }), earlier_may_have_acted: false }
    }

    /// The error of the last of some tries.
    pub(super) fn after_tries(self, earlier_may_have_acted: bool) -> Self {
        Self { earlier_may_have_acted: self.earlier_may_have_acted || earlier_may_have_acted, ..self }
    }

    /// The status of the answer, when the authority answered with an error.
    pub fn status(&self) -> Option<StatusCode> {
        match &self.inner.kind {
            Kind::Refused(refused) => Some(refused.status),
            Kind::NotUnderstood { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// The error code of the answer, such as `invalid_client` or `budget_exceeded`.
    pub fn code(&self) -> Option<&str> {
        match &self.inner.kind {
            Kind::Refused(refused) => refused.code.as_deref(),
            _ => None,
        }
    }

    /// How long the authority asks to wait before the next call (`Retry-After`).
    pub fn retry_after(&self) -> Option<Duration> {
        match &self.inner.kind {
            Kind::Refused(refused) => refused.retry_after,
            _ => None,
        }
    }

    /// Whether the agent's credentials are wrong (`invalid_client`, RFC 6749, section 5.2).
    pub fn is_invalid_client(&self) -> bool {
        self.code() == Some("invalid_client")
    }

    /// Whether the agent's token was not accepted.
    pub fn is_unauthorized(&self) -> bool {
        self.status() == Some(StatusCode::UNAUTHORIZED)
    }

    /// Whether the task is over: completed, suspended or expired.
    pub fn is_task_closed(&self) -> bool {
        matches!(
            self.code(),
            Some(
                "task_closed"
                    | "task_completed"
                    | "task_suspended"
                    | "task_expired"
                    | "task_not_active"
                    | "task_inactive"
                    | "task_cancelled"
                    | "task_failed"
            )
        )
    }

    /// Whether a token or grant that was handed in has ended or is none (`invalid_grant`, RFC 6749, section 5.2).
    pub fn is_invalid_grant(&self) -> bool {
        self.code() == Some("invalid_grant")
    }

    /// Whether the agent may not act for this user, or not through so many others.
    pub fn is_delegation_refused(&self) -> bool {
        matches!(self.code(), Some("delegation_not_allowed" | "delegation_depth_exceeded"))
    }

    /// Whether the agent has used up what it may use today. [`retry_after`](Self::retry_after) says until when.
    pub fn is_budget_exceeded(&self) -> bool {
        self.code() == Some("budget_exceeded")
    }

    /// Whether the agent lacks a capability, or a token the scope (RFC 6750, section 3.1).
    pub fn is_capability_denied(&self) -> bool {
        matches!(self.code(), Some("capability_denied" | "insufficient_scope" | "invalid_scope"))
    }

    /// Whether the authority cannot take the permission that was asked for as it is (RFC 9396, section 5).
    pub fn is_invalid_details(&self) -> bool {
        self.code() == Some("invalid_authorization_details")
    }

    /// Whether the authority issues no tokens for the API that was named (`invalid_target`, RFC 8707, section 2).
    pub fn is_invalid_target(&self) -> bool {
        self.code() == Some("invalid_target")
    }

    /// Whether the authority may have refused a parameter that it does not know. It has done nothing then.
    pub(super) fn may_be_of_a_parameter(&self) -> bool {
        matches!(self.status(), Some(StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY))
            && matches!(
                self.code(),
                None | Some("invalid_request" | "bad_request" | "validation_error" | "validation_failed")
            )
    }

    /// Whether the authority suspended the task, after several denials or at somebody's word.
    pub fn is_task_suspended(&self) -> bool {
        self.code() == Some("task_suspended")
    }

    /// Whether the authority limits how often it is called (429), budgets included.
    pub fn is_rate_limited(&self) -> bool {
        self.status() == Some(StatusCode::TOO_MANY_REQUESTS)
    }

    /// Whether the same call may succeed later: the network, a time-out (408 too), a 5xx, or a limit.
    pub fn is_transient(&self) -> bool {
        match &self.inner.kind {
            Kind::Transport(_) | Kind::Body(BodyError::Broken(_)) => true,
            Kind::Body(error) => error.is_timeout(),
            Kind::Refused(_) | Kind::NotUnderstood { .. } => {
                let is_passing = |status: StatusCode| status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT;
                self.is_rate_limited() || self.status().is_some_and(is_passing)
            }
            _ => false,
        }
    }

    /// Whether the authority may have done what it was asked for, although this error is all that is known of it.
    pub(crate) fn may_have_acted(&self) -> bool {
        let last = match &self.inner.kind {
            Kind::Transport(error) => !error.is_connect(),
            // With a code, the authority itself says no; without one, only some statuses tell, whoever wrote them.
            Kind::Refused(Refused { status, code: Some(_), .. }) => !status.is_client_error(),
            _ => !self.status().is_some_and(proves_no_effect),
        };
        last || self.earlier_may_have_acted
    }

    /// Whether the authority said no, and will say so again.
    pub(crate) fn is_final(&self) -> bool {
        !self.is_transient() && self.status().is_some_and(|status| status.is_client_error())
    }

    /// Whether the authority certainly did nothing of what it was asked for, so that asking again asks once.
    pub(super) fn is_unprocessed(&self) -> bool {
        match &self.inner.kind {
            Kind::Transport(error) => error.is_connect(),
            _ => self.is_rate_limited(),
        }
    }
}

impl fmt::Display for AuthorityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LumoAuth could not {}: ", self.inner.operation)?;
        match &self.inner.kind {
            Kind::Transport(error) => write!(f, "{error}"),
            Kind::Body(error) => write!(f, "{error}"),
            Kind::Refused(refused) => {
                write!(f, "it answered {}", refused.status)?;
                if let Some(code) = &refused.code {
                    write!(f, ", {code}")?;
                }
                if let Some(message) = &refused.message {
                    write!(f, ": {message}")?;
                }
                if let Some(after) = refused.retry_after {
                    write!(f, " (try again in {} s)", after.as_secs())?;
                }
                Ok(())
            }
            Kind::NotUnderstood { status, content_type } => write!(
                f,
                "it answered {status} with {} where JSON is expected; are the authority's URL and the organization right?",
                content_type.as_deref().unwrap_or("no content type"),
            ),
            Kind::Missing { field } => write!(f, "its answer has no `{field}`"),
            Kind::Unusable { field } => write!(f, "its answer has a `{field}` that cannot be used"),
        }
    }
}

impl fmt::Debug for AuthorityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuthorityError({self})")
    }
}

impl std::error::Error for AuthorityError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.inner.kind {
            Kind::Transport(error) => std::error::Error::source(error),
            Kind::Body(error) => std::error::Error::source(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whether_the_authority_may_have_acted_is_this_table() {
        let refused = |status: u16, code: Option<&str>| {
            let status = StatusCode::from_u16(status).unwrap();
            Kind::Refused(Refused { status, code: code.map(str::to_owned), message: None, retry_after: None })
        };
        let odd = |status| Kind::NotUnderstood { status: StatusCode::from_u16(status).unwrap(), content_type: None };
        let cases = [
            (refused(400, Some("invalid_request")), false),
            (refused(409, Some("task_closed")), false),
            (refused(422, Some("invalid_authorization_details")), false),
            (refused(429, None), false),
            (refused(500, Some("server_error")), true),
            (refused(503, None), true),
            (odd(403), false),
            (odd(404), false),
            // As somebody in between may answer what went on all the same.
            (odd(408), true),
            (odd(409), true),
            (odd(200), true),
            (Kind::Transport(TransportError::connect("the authority", "refused")), false),
            (Kind::Transport(TransportError::timeout("the authority", "late")), true),
            (Kind::Missing { field: "access_token" }, true),
        ];
        for (kind, expected) in cases {
            let error = AuthorityError::new("test", kind);
            assert_eq!(error.may_have_acted(), expected, "{error}");
            assert!(error.after_tries(true).may_have_acted());
        }
    }
}
