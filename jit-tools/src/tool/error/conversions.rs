//! What `?` turns into a tool's error.

use std::fmt;

use super::{Kind, ToolError};
use crate::{
    authority::{AuthorityError, ConfigError},
    challenge::MalformedChallenge,
    escalation::{EscalationError, ForeignApproval},
    http_url::UrlError,
    origin::OriginError,
    policy::PolicyError,
    resource::ResourceError,
    session::{CompletionError, CreationError, JournalError, SuspensionError},
    transport::{BodyError, BoxError, HttpTransportError, TransportError},
};

impl From<EscalationError> for ToolError {
    fn from(error: EscalationError) -> Self {
        Kind::Permission(error).into()
    }
}

impl From<ResourceError> for ToolError {
    fn from(error: ResourceError) -> Self {
        Kind::Resource(error).into()
    }
}

/// Of `url!(…)?`: the same error as that of the request that is not sent.
impl From<UrlError> for ToolError {
    fn from(error: UrlError) -> Self {
        Kind::Resource(error.into()).into()
    }
}

impl From<BoxError> for ToolError {
    fn from(error: BoxError) -> Self {
        Self::other(error)
    }
}

/// Other errors, which the model is not told of.
macro_rules! others {
    ($($type:ty),* $(,)?) => {$(
        impl From<$type> for ToolError {
            fn from(error: $type) -> Self {
                Kind::Other(error.into()).into()
            }
        }
    )*};
}

others! {
    // Of this crate.
    AuthorityError, BodyError, CompletionError, ConfigError, CreationError, ForeignApproval, HttpTransportError,
    JournalError, MalformedChallenge, OriginError, PolicyError, SuspensionError, TransportError,
    // Of the standard library.
    std::io::Error, fmt::Error, std::env::VarError, std::time::SystemTimeError,
    std::str::Utf8Error, std::string::FromUtf8Error, std::str::ParseBoolError,
    std::num::ParseIntError, std::num::ParseFloatError, std::num::TryFromIntError,
    std::net::AddrParseError, std::char::ParseCharError,
    // Of what a tool meets in any case.
    serde_json::Error, http::Error, http::method::InvalidMethod, url::ParseError, tokio::task::JoinError,
}
