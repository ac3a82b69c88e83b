//! What can go wrong with a tool's request.

use http::StatusCode;

use crate::{
    authority::AuthorityError,
    escalation::EscalationError,
    http_url::{BaseUrl, UrlError},
    transport::{BodyError, TransportError},
};

/// A tool's request that gave no usable answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResourceError {
    /// The request could not be built.
    #[error("the request is not valid: {what}")]
    InvalidRequest {
        /// What is wrong with it.
        what: &'static str,
    },
    /// The URL would not lead where it says. Nothing was sent.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// The URL is not below the tool's base URL. Nothing was sent.
    #[error("the URL is not below {base}, where the requests of this tool stay (base_url)")]
    OutsideBaseUrl {
        /// The tool's base URL.
        base: BaseUrl,
    },
    /// The URL is below none of those that the policy names. Nothing was sent.
    #[error("the policy does not allow requests to this URL (Policy::allow_requests_to)")]
    NotAllowed,
    /// The agent's own token, which the policy sends to this API, could not be had.
    #[error(transparent)]
    AgentToken(#[from] AuthorityError),
    /// There was no answer.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The answer's body did not arrive whole, or is too long.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// The answer's body is not the JSON that was expected.
    #[error("the answer is not the expected JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The answer to a request with a token points elsewhere. A token is sent to one origin, and to the address that the
    /// tool wrote; if the other address is right, send the request there.
    #[error("the API answered {status} and points to {target}; a request with a token follows no redirect")]
    Redirect {
        /// The status of the answer.
        status: StatusCode,
        /// Where it points, without the query.
        target: String,
    },
    /// The answer is an error ([`Response::error_for_status`](super::Response::error_for_status)).
    #[error("the API answered {status}{}", because(.escalation.as_ref()))]
    Status {
        /// The status of the answer.
        status: StatusCode,
        /// Why the permission that the API named was not obtained, if it named one.
        escalation: Option<EscalationError>,
    },
}

fn because(escalation: Option<&EscalationError>) -> String {
    escalation.map(|error| format!(": {error}")).unwrap_or_default()
}

impl ResourceError {
    /// The status of the answer, if the error is that.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Status { status, .. } | Self::Redirect { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Why the permission that the API named was not obtained, if it named one.
    pub fn escalation(&self) -> Option<&EscalationError> {
        match self {
            Self::Status { escalation, .. } => escalation.as_ref(),
            _ => None,
        }
    }

    /// Returns true if nothing was sent because of where the URL leads: a value or a text that would lead elsewhere, or a
    /// URL that is not below the tool's base URL or the policy's.
    pub fn is_refused_url(&self) -> bool {
        matches!(self, Self::Url(_) | Self::OutsideBaseUrl { .. } | Self::NotAllowed)
    }

    /// Returns true if there was no answer in time, or its body did not come in time.
    pub fn is_timeout(&self) -> bool {
        match self {
            Self::Transport(error) => error.is_timeout(),
            Self::Body(error) => error.is_timeout(),
            _ => false,
        }
    }
}
