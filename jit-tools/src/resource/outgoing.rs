//! All of a request but its token: what is sent, and sent again.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, header};
use url::Url;

use super::ResourceError;
use crate::{
    origin::Origin,
    secret::AccessToken,
    sync::{Mutex, lock},
    transport::{RequestBody, ResponseBody, Transport, TransportError},
};

/// All of a request but its token.
pub(super) struct Outgoing {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Payload,
}

/// The body of a request.
pub(super) enum Payload {
    /// Held whole, so that the same bytes can be sent again.
    Whole(Bytes),
    /// Sent as it is made; nothing is left of it then.
    Stream(Mutex<Option<RequestBody>>),
}

/// A request that is ready to be sent.
pub(super) enum Ready {
    Whole(Request<Bytes>),
    Stream(Request<RequestBody>),
}

impl Outgoing {
    pub(super) fn new(method: Method, url: Url) -> Self {
        Self { method, url, headers: HeaderMap::new(), body: Payload::Whole(Bytes::new()) }
    }

    /// Whether the body is a stream, which cannot be sent twice.
    pub(super) fn is_stream(&self) -> bool {
        matches!(self.body, Payload::Stream(_))
    }

    /// The bytes of the body. Nothing is asked for with a stream, so that nobody has to know what is in it.
    pub(super) fn bytes(&self) -> &[u8] {
        match &self.body {
            Payload::Whole(bytes) => bytes,
            Payload::Stream(_) => &[],
        }
    }

    /// The request with this token, or with none. A body that is a stream goes with the first one.
    pub(super) fn ready(&self, token: Option<&AccessToken>) -> Result<Ready, ResourceError> {
        let invalid = |what| ResourceError::InvalidRequest { what };
        let mut request = Request::new(());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.url.as_str().parse().map_err(|_| invalid("its URL cannot be sent"))?;
        *request.headers_mut() = self.headers.clone();
        if let Some(token) = token {
            let bearer = token.bearer().ok_or_else(|| invalid("its token cannot be sent"))?;
            request.headers_mut().insert(header::AUTHORIZATION, bearer);
        }
        match &self.body {
            Payload::Whole(bytes) => Ok(Ready::Whole(request.map(|()| bytes.clone()))),
            Payload::Stream(body) => {
                let body = lock(body).take().ok_or_else(|| invalid("its body is a stream, and was sent already"))?;
                Ok(Ready::Stream(request.map(|()| body)))
            }
        }
    }
}

impl Ready {
    pub(super) async fn send(self, transport: &dyn Transport) -> Result<Response<ResponseBody>, TransportError> {
        match self {
            Self::Whole(request) => transport.send(request).await,
            Self::Stream(request) => transport.send_stream(request).await,
        }
    }
}

/// Without the values of headers, the path, the query and the body: any of them may hold a secret.
impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Outgoing");
        debug.field("method", &self.method);
        if let Some(origin) = Origin::of(&self.url) {
            debug.field("origin", &format_args!("{origin}"));
        }
        debug.field("headers", &Names(&self.headers));
        match &self.body {
            Payload::Whole(bytes) => debug.field("bytes", &bytes.len()),
            Payload::Stream(_) => debug.field("body", &format_args!("stream")),
        };
        debug.finish_non_exhaustive()
    }
}

/// The names of headers.
pub(super) struct Names<'a>(pub(super) &'a HeaderMap);

impl fmt::Debug for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.keys().map(header::HeaderName::as_str)).finish()
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn debug_shows_no_value_of_a_request() {
        let mut outgoing =
            Outgoing::new(Method::POST, "https://api.acme.com/canary/1?key=canary#canary".parse().unwrap());
        outgoing.headers.insert("x-api-key", HeaderValue::from_static("canary"));
        outgoing.body = Payload::Whole(Bytes::from_static(b"canary"));
        for written in [format!("{outgoing:?}"), format!("{outgoing:#?}")] {
            // `canary` as decimal bytes begins with these.
            assert!(
                !written.contains("canary") && !written.contains("99, 97") && !written.contains("99,\n"),
                "{written}"
            );
            for shown in ["POST", "https://api.acme.com", "x-api-key", "bytes: 6"] {
                assert!(written.contains(shown), "{written}");
            }
        }
    }

    #[test]
    fn a_stream_goes_once() {
        use http_body_util::BodyExt as _;
        let mut outgoing = Outgoing::new(Method::PUT, "https://api.acme.com/".parse().unwrap());
        let body = http_body_util::Full::new(Bytes::from_static(b"x")).map_err(|never| match never {}).boxed();
        outgoing.body = Payload::Stream(Mutex::new(Some(body)));
        assert!(matches!(outgoing.ready(None), Ok(Ready::Stream(_))));
        assert!(matches!(outgoing.ready(None), Err(ResourceError::InvalidRequest { .. })));
    }
}
