//! How a request leaves this process: one trait, and the HTTP client that serves it.
//!
//! Authority calls and tools' requests go through the same trait, so that a test, or a user with a client of their
//! own, can stand in for the network.

mod exchange;
mod http_client;
mod public_names;

use std::{error::Error as StdError, fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::{HeaderName, Request, Response, StatusCode};
use http_body_util::{
    BodyExt as _,
    combinators::{BoxBody, UnsyncBoxBody},
};

pub(crate) use self::exchange::{Exchange, MAX_AUTHORITY_EXCHANGE, content_encoding};
pub use self::http_client::{HttpTransport, HttpTransportError};
use crate::origin::Origin;

/// Any error, boxed.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// The body of a response as it arrives.
pub type ResponseBody = UnsyncBoxBody<Bytes, BoxError>;

/// The body of a request that is sent as it is made, and only once.
pub type RequestBody = BoxBody<Bytes, BoxError>;

/// A transport that is shared by everything that belongs to one agent.
pub type SharedTransport = Arc<dyn Transport>;

/// Sends one HTTP request and gives back its response.
///
/// An implementation follows no redirect, repeats no request, adds no credential and decodes no body: what may be sent
/// where, and again, is decided above it. How long an exchange may take is bounded above it too, by dropping the future or
/// the body.
#[async_trait]
pub trait Transport: fmt::Debug + Send + Sync {
    /// Sends `request`, whose URI is absolute, and returns as soon as the head of the response is there.
    async fn send(&self, request: Request<Bytes>) -> Result<Response<ResponseBody>, TransportError>;

    /// The same for a request whose body is sent as it is made. A transport that does not say how sends none: nothing
    /// is sent then, and the error says so.
    async fn send_stream(&self, request: Request<RequestBody>) -> Result<Response<ResponseBody>, TransportError> {
        let origin = Origin::try_from(&request.uri().to_string());
        Err(TransportError::no_streams(origin.map_or_else(|_| "the server".to_owned(), |origin| origin.to_string())))
    }
}

/// A request that got no response.
#[derive(Debug, thiserror::Error)]
#[error("{what} {origin}")]
pub struct TransportError {
    what: &'static str,
    origin: String,
    kind: Kind,
    #[source]
    source: BoxError,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Connect,
    Timeout,
    Broken,
    NoStreams,
}

impl TransportError {
    /// An error for a connection to `origin` that could not be opened: the request was never sent.
    pub fn connect(origin: impl fmt::Display, source: impl Into<BoxError>) -> Self {
        Self::new(Kind::Connect, "could not connect to", origin, source)
    }

    /// An error for an exchange with `origin` that took too long. Whether the server acted on it is unknown.
    pub fn timeout(origin: impl fmt::Display, source: impl Into<BoxError>) -> Self {
        Self::new(Kind::Timeout, "no answer in time from", origin, source)
    }

    /// An error for an exchange with `origin` that broke off. Whether the server acted on it is unknown.
    pub fn broken(origin: impl fmt::Display, source: impl Into<BoxError>) -> Self {
        Self::new(Kind::Broken, "the connection broke off with", origin, source)
    }

    /// An error for a transport that sends no body as it is made: the request was never sent.
    pub fn no_streams(origin: impl fmt::Display) -> Self {
        let source = "it does not implement Transport::send_stream; give the body as bytes";
        Self::new(Kind::NoStreams, "the transport sends no streams, and sent nothing to", origin, source)
    }

    fn new(kind: Kind, what: &'static str, origin: impl fmt::Display, source: impl Into<BoxError>) -> Self {
        Self { what, origin: origin.to_string(), kind, source: source.into() }
    }

    /// Whether the request certainly never reached the server.
    pub fn is_connect(&self) -> bool {
        matches!(self.kind, Kind::Connect | Kind::NoStreams)
    }

    /// Whether the time ran out.
    pub fn is_timeout(&self) -> bool {
        self.kind == Kind::Timeout
    }
}

/// Returns true if an answer with this status proves that its request changed nothing.
///
/// These do by their definition (RFC 9110, section 15.5; RFC 6585; RFC 7725; RFC 8470): the server did not take the request
/// as one that it carries out. Not known, and so not among them, are: 402 and 422, with which a payment or an order may be
/// tried and fail; 406, which is about the answer; 408, which somebody in between may say of a request that went on; 409,
/// which is also what the second of two equal requests gets; 424, after a part of it; and all others.
pub(crate) fn proves_no_effect(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::BAD_REQUEST
            | StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::NOT_FOUND
            | StatusCode::METHOD_NOT_ALLOWED
            | StatusCode::PROXY_AUTHENTICATION_REQUIRED
            | StatusCode::GONE
            | StatusCode::LENGTH_REQUIRED
            | StatusCode::PRECONDITION_FAILED
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::URI_TOO_LONG
            | StatusCode::UNSUPPORTED_MEDIA_TYPE
            | StatusCode::EXPECTATION_FAILED
            | StatusCode::MISDIRECTED_REQUEST
            | StatusCode::TOO_EARLY
            | StatusCode::UPGRADE_REQUIRED
            | StatusCode::PRECONDITION_REQUIRED
            | StatusCode::TOO_MANY_REQUESTS
            | StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
            | StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS
    )
}

/// Returns true if a server may take a header for the one named `wanted`, in lower case: servers that hand headers on as
/// variables, as CGI does (RFC 3875, section 4.1.18), make `_` of each `-`, so that both spellings are one.
pub(crate) fn is_read_as(name: &HeaderName, wanted: &str) -> bool {
    let name = name.as_str().bytes().map(|byte| if byte == b'_' { b'-' } else { byte });
    name.eq(wanted.bytes())
}

/// A body that could not be read to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// There is more of it than the reader was told to accept.
    #[error("the body is longer than {limit} bytes")]
    TooLong {
        /// What the reader was told to accept, in bytes.
        limit: usize,
    },
    /// The connection broke off, or the server was silent for too long.
    #[error("the body broke off")]
    Broken(#[source] BoxError),
    /// The whole exchange, from before the request was sent, took too long.
    #[error("the exchange took longer than {} s", limit.as_secs_f64())]
    TooSlow {
        /// How long it was allowed to take.
        limit: Duration,
    },
    /// It came too slowly.
    #[error("fewer than {bytes} bytes of the body came within {} s", within.as_secs())]
    Trickles {
        /// How much had to come, in bytes.
        bytes: usize,
        /// In which time of waiting.
        within: Duration,
    },
    /// It is encoded, which was not asked for (RFC 9110, section 8.4). Nothing is decoded here.
    #[error(
        "the body has the content coding `{encoding}`, which was not asked for and is not decoded; have the server \
         answer as `Accept-Encoding: identity` says, or ask for the coding and decode it"
    )]
    Encoded {
        /// The coding: one of the known names, or that it is another one.
        encoding: &'static str,
    },
}

impl BodyError {
    /// Returns true if the body did not come in time.
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::TooSlow { .. } | Self::Trickles { .. })
    }
}

impl From<BoxError> for BodyError {
    fn from(error: BoxError) -> Self {
        error.downcast().map_or_else(Self::Broken, |error| *error)
    }
}

/// Reads a body whole, up to `limit` bytes.
pub async fn read_body(mut body: ResponseBody, limit: usize) -> Result<Bytes, BodyError> {
    let mut read = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        if data.len() > limit - read.len() {
            return Err(BodyError::TooLong { limit });
        }
        read.extend_from_slice(&data);
    }
    Ok(read.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_effect_is_proved_by_these_statuses_and_no_other() {
        let proving =
            [400, 401, 403, 404, 405, 407, 410, 411, 412, 413, 414, 415, 417, 421, 425, 426, 428, 429, 431, 451];
        let proved: Vec<u16> =
            (100..1000).filter(|status| proves_no_effect(StatusCode::from_u16(*status).unwrap())).collect();
        assert_eq!(proved, proving);
    }
}
