//! All of a request but its token: what is sent, and sent again.

use std::{fmt, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, header};
use url::Url;

use super::ResourceError;
use crate::{
    origin::Origin,
    secret::AccessToken,
    sync::{Mutex, lock},
    transport::{Exchange, RequestBody, ResponseBody, TransportError, is_read_as},
};

/// The headers that tell a server which method is meant, whatever the request line says.
const METHOD_OVERRIDES: [&str; 3] = ["x-http-method-override", "x-http-method", "x-method-override"];

/// The headers that are the transport's own, each with why it is no author's: where a request goes is its URL, how long it
/// is follows from its body, and the rest is between this machine and the next (RFC 9110, section 7.6.1).
const RESERVED_HEADERS: [(HeaderName, &str); 11] = [
    (header::HOST, "it has a `Host` header; which host is meant follows from the URL"),
    (header::CONTENT_LENGTH, "it has a `Content-Length` header; the length follows from the body"),
    (header::TRANSFER_ENCODING, "it has a `Transfer-Encoding` header; how the body is sent follows from the body"),
    (header::CONNECTION, HOP_BY_HOP),
    (header::TE, HOP_BY_HOP),
    (header::TRAILER, HOP_BY_HOP),
    (header::UPGRADE, HOP_BY_HOP),
    (header::PROXY_AUTHORIZATION, HOP_BY_HOP),
    (HeaderName::from_static("proxy-connection"), HOP_BY_HOP),
    (HeaderName::from_static("keep-alive"), HOP_BY_HOP),
    (HeaderName::from_static("http2-settings"), HOP_BY_HOP),
];

const HOP_BY_HOP: &str = "it has a header that is for the connection and not for the API, such as `Connection` or `TE`; \
                          the transport writes these";

/// All of a request but its token.
pub(super) struct Outgoing {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Payload,
    /// How long an exchange may take; as the agent says otherwise.
    pub(super) timeout: Option<Duration>,
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
        Self { method, url, headers: HeaderMap::new(), body: Payload::Whole(Bytes::new()), timeout: None }
    }

    /// Adds a header, unless it is one of the transport's own.
    pub(super) fn add_header(&mut self, name: HeaderName, mut value: HeaderValue) -> Result<(), ResourceError> {
        if let Some((_, what)) = RESERVED_HEADERS.iter().find(|(reserved, _)| is_read_as(&name, reserved.as_str())) {
            return Err(ResourceError::InvalidRequest { what });
        }
        value.set_sensitive(value.is_sensitive() || name == header::AUTHORIZATION);
        self.headers.append(name, value);
        Ok(())
    }

    /// Whether it changes nothing: a safe method (RFC 9110, section 9.2.1), and no header that may turn it into another.
    pub(super) fn is_safe(&self) -> bool {
        let overrides = |header: &HeaderName| METHOD_OVERRIDES.iter().any(|name| is_read_as(header, name));
        self.method.is_safe() && !self.headers.keys().any(overrides)
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
    pub(super) async fn send(self, exchange: Exchange<'_>) -> Result<Response<ResponseBody>, TransportError> {
        match self {
            Self::Whole(request) => exchange.send(request).await,
            Self::Stream(request) => exchange.send_stream(request).await,
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
        f.debug_list().entries(self.0.keys().map(HeaderName::as_str)).finish()
    }
}

#[cfg(test)]
mod tests {
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
    fn a_request_is_safe_by_its_method_and_its_headers() {
        for (method, header, is_safe) in [
            (Method::GET, None, true),
            (Method::HEAD, Some("x-http-methods"), true),
            (Method::GET, Some("X-HTTP-Method-Override"), false),
            (Method::GET, Some("x-http-method"), false),
            (Method::HEAD, Some("X-Method-Override"), false),
            (Method::GET, Some("X_HTTP_Method_Override"), false),
            (Method::GET, Some("X-HTTP_Method"), false),
            (Method::POST, None, false),
            (Method::POST, Some("x-http-method-override"), false),
        ] {
            let mut outgoing = Outgoing::new(method, "https://api.acme.com/".parse().unwrap());
            if let Some(header) = header {
                // Whatever it says, and whether it is empty: what a server makes of it is not known here.
                outgoing.add_header(header.parse().unwrap(), HeaderValue::from_static("GET")).unwrap();
            }
            assert_eq!(outgoing.is_safe(), is_safe, "{outgoing:?}");
        }
    }

    #[test]
    fn a_header_of_the_transport_is_refused_with_a_sentence() {
        for (header, says) in [
            ("Host", "follows from the URL"),
            ("content-length", "follows from the body"),
            ("Transfer-Encoding", "follows from the body"),
            ("Connection", "the transport writes these"),
            ("te", "the transport writes these"),
            ("Trailer", "the transport writes these"),
            ("Upgrade", "the transport writes these"),
            ("Keep-Alive", "the transport writes these"),
            ("Proxy-Authorization", "the transport writes these"),
            ("Proxy-Connection", "the transport writes these"),
            ("HTTP2-Settings", "the transport writes these"),
            ("Content_Length", "follows from the body"),
            ("transfer_encoding", "follows from the body"),
        ] {
            let mut outgoing = Outgoing::new(Method::GET, "https://api.acme.com/".parse().unwrap());
            let error = outgoing.add_header(header.parse().unwrap(), HeaderValue::from_static("evil.test"));
            let error = error.unwrap_err().to_string();
            assert!(error.starts_with("the request is not valid: it has a ") && error.contains(says), "{error}");
            assert!(outgoing.headers.is_empty());
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
