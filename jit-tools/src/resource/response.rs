//! An answer to a tool's request.

use std::fmt;

use bytes::Bytes;
use futures_util::{future::ready, stream};
use http::{HeaderMap, StatusCode};
use http_body_util::{BodyExt as _, StreamBody};
use serde::de::DeserializeOwned;

use super::{ResourceError, outgoing::Names};
use crate::{
    challenge::Denial,
    escalation::EscalationError,
    transport::{BodyError, ResponseBody, read_body},
};

/// How much of a body is read where the tool does not say, in bytes.
const DEFAULT_LIMIT: usize = 16 * 1024 * 1024;

/// An answer to a tool's request.
pub struct Response {
    head: http::response::Parts,
    body: Payload,
    limit: usize,
    not_obtained: Option<EscalationError>,
}

/// A body, the start of which may have been read already in search of a challenge.
struct Payload {
    start: Vec<u8>,
    rest: Option<ResponseBody>,
}

impl Response {
    pub(super) fn new(response: http::Response<ResponseBody>) -> Self {
        let (head, rest) = response.into_parts();
        Self { head, body: Payload { start: Vec::new(), rest: Some(rest) }, limit: DEFAULT_LIMIT, not_obtained: None }
    }

    /// Reads the start of the body, and keeps it. It is whole when the result is not longer than `limit` bytes.
    ///
    /// `false` when it breaks off before that, as whoever reads the body is told then.
    pub(super) async fn peek(&mut self, limit: usize) -> bool {
        while let Some(rest) = &mut self.body.rest {
            if self.body.start.len() > limit {
                break;
            }
            match rest.frame().await {
                Some(Ok(frame)) => {
                    if let Some(data) = frame.data_ref() {
                        self.body.start.extend_from_slice(data);
                    }
                }
                Some(Err(error)) => {
                    self.body.rest = Some(StreamBody::new(stream::once(ready(Err(error)))).boxed_unsync());
                    return false;
                }
                None => self.body.rest = None,
            }
        }
        true
    }

    /// Where a challenge may stand: all but the body that was not [peeked](Self::peek) at.
    pub(super) fn denial(&self) -> Denial<'_> {
        Denial { status: self.head.status, headers: &self.head.headers, body: &self.body.start }
    }

    pub(super) fn note_not_obtained(&mut self, error: EscalationError) {
        self.not_obtained = Some(error);
    }

    pub(super) fn with_not_obtained(mut self, error: EscalationError) -> Self {
        self.note_not_obtained(error);
        self
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.head.status
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// Why the permission that the API named was not obtained, if it named one and that was so; that it was, and that
    /// the API [still refuses](EscalationError::is_unsatisfied); or that the answer could
    /// [not be read](EscalationError::is_unreadable), so that it is not known whether it names one.
    pub fn escalation_error(&self) -> Option<&EscalationError> {
        self.not_obtained.as_ref()
    }

    /// Sets how many bytes of body are read at most; 16 MiB otherwise.
    pub fn limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// The answer, unless it is an error (4xx or 5xx).
    ///
    /// # Errors
    /// [`ResourceError::Status`], with the reason why a missing permission was not obtained. Returned from a tool, it
    /// tells the model that reason, in a fixed text.
    pub fn error_for_status(self) -> Result<Self, ResourceError> {
        let status = self.status();
        if status.is_client_error() || status.is_server_error() {
            Err(ResourceError::Status { status, escalation: self.not_obtained })
        } else {
            Ok(self)
        }
    }

    /// The body.
    ///
    /// # Errors
    /// When it breaks off, or is longer than the limit.
    pub async fn bytes(self) -> Result<Bytes, ResourceError> {
        let Payload { mut start, rest } = self.body;
        let limit = self.limit;
        if start.len() > limit {
            return Err(BodyError::TooLong { limit }.into());
        }
        let Some(rest) = rest else { return Ok(start.into()) };
        let rest = match read_body(rest, limit - start.len()).await {
            Err(BodyError::TooLong { .. }) => return Err(BodyError::TooLong { limit }.into()),
            rest => rest?,
        };
        if start.is_empty() {
            return Ok(rest);
        }
        start.extend_from_slice(&rest);
        Ok(start.into())
    }

    /// The body as text; what is not UTF-8 in it is replaced by `U+FFFD`.
    ///
    /// # Errors
    /// When it breaks off, or is longer than the limit.
    pub async fn text(self) -> Result<String, ResourceError> {
        let bytes = self.bytes().await?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The body, read as JSON.
    ///
    /// # Errors
    /// When it breaks off, is longer than the limit, or is not such JSON.
    pub async fn json<T: DeserializeOwned>(self) -> Result<T, ResourceError> {
        Ok(serde_json::from_slice(&self.bytes().await?)?)
    }
}

/// Without the values of headers and the body: any of them may hold a secret.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.head.status)
            .field("headers", &Names(&self.head.headers))
            .field("bytes_read", &self.body.start.len())
            .field("not_obtained", &self.not_obtained)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(body: ResponseBody) -> Response {
        let response = http::Response::builder().status(403).header("set-cookie", "session=canary");
        Response::new(response.body(body).unwrap())
    }

    #[tokio::test]
    async fn debug_shows_no_value_of_a_header_and_nothing_of_the_body() {
        let body = http_body_util::Full::new(Bytes::from_static(b"canary"));
        let mut response = response(body.map_err(|never| match never {}).boxed_unsync());
        assert!(response.peek(100).await);
        for written in [format!("{response:?}"), format!("{response:#?}")] {
            // `canary` as decimal bytes begins with these.
            assert!(
                !written.contains("canary") && !written.contains("99, 97") && !written.contains("99,\n"),
                "{written}"
            );
            for shown in ["403", "set-cookie", "bytes_read: 6"] {
                assert!(written.contains(shown), "{written}");
            }
        }
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_while_it_is_looked_into_breaks_off_for_its_reader() {
        let frames = [Ok(http_body::Frame::data(Bytes::from_static(b"{\"a\":"))), Err("gone".into())];
        let mut response = response(StreamBody::new(stream::iter(frames)).boxed_unsync());
        assert!(!response.peek(100).await);
        assert!(matches!(response.bytes().await, Err(ResourceError::Body(BodyError::Broken(_)))));
    }
}
