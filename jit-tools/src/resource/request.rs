//! A tool's request, before it is sent.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, header};
use http_body_util::BodyExt as _;
use serde::Serialize;

use super::{
    ResourceClient, ResourceError, Response, admit,
    outgoing::{Outgoing, Payload},
    sending::Sending,
};
use crate::{http_url::IntoUrl, origin::Origin, sync::Mutex, transport::BoxError};

/// A tool's request, before it is sent.
#[derive(Debug)]
#[must_use = "a request does nothing until it is sent"]
pub struct RequestBuilder<'a> {
    client: ResourceClient<'a>,
    request: Result<Outgoing, ResourceError>,
}

impl<'a> RequestBuilder<'a> {
    pub(super) fn new(client: ResourceClient<'a>, method: Method, url: impl IntoUrl) -> Self {
        let checked = url.checked().map_err(ResourceError::from);
        let admitted = checked.and_then(|url| {
            admit(&url, client.entitled, client.jit.policy())?;
            Ok(url)
        });
        Self { client, request: admitted.map(|url| Outgoing::new(method, url)) }
    }

    /// Adds a header. With an `Authorization` of yours, no token is sent and no challenge is followed.
    ///
    /// An approval binds the headers too ([`ApprovalBinding`](crate::escalation::ApprovalBinding) lists those that it leaves
    /// out). With `X-HTTP-Method-Override`, `X-HTTP-Method` or `X-Method-Override`, also with `_` for `-`, the request counts
    /// as one that may change something, whatever its method. What a server makes of a parameter such as `_method` is not known here:
    /// use the method that is meant.
    ///
    /// `Host`, `Content-Length` and what is for the connection (`Transfer-Encoding`, `Connection`, `TE`, `Upgrade`…) are
    /// the transport's: a request with one of them is not valid.
    pub fn header(self, name: impl TryInto<HeaderName>, value: impl TryInto<HeaderValue>) -> Self {
        self.change(|request| {
            let (Ok(name), Ok(value)) = (name.try_into(), value.try_into()) else {
                return Err(ResourceError::InvalidRequest {
                    what: "a header has a name or a value that no header may have",
                });
            };
            request.add_header(name, value)
        })
    }

    /// Adds parameters to the URL's query.
    pub fn query<K: AsRef<str>, V: AsRef<str>>(self, parameters: impl IntoIterator<Item = (K, V)>) -> Self {
        self.change(|request| {
            request.url.query_pairs_mut().extend_pairs(parameters);
            Ok(())
        })
    }

    /// Sets the body.
    pub fn body(self, body: impl Into<Bytes>) -> Self {
        self.change(|request| {
            request.body = Payload::Whole(body.into());
            Ok(())
        })
    }

    /// Sets the body to one that is sent as it is made, such as a file that is too long to be held in memory.
    ///
    /// It cannot be sent twice, so nothing is asked for where the API says that a permission is missing: the answer is
    /// then the 403, with an error that says so
    /// ([`is_not_replayable`](crate::EscalationError::is_not_replayable)), unless the tool has `retry = "body"`, whose
    /// body makes the stream anew. Nor is anything asked for up front, since what nobody has
    /// seen cannot be approved. The agent's own token is sent with it as with any other request.
    ///
    /// The agent's [`Transport`](crate::transport::Transport) has to be one that can send streams, as the default is.
    ///
    /// ```no_run
    /// # async fn example(cx: &jit_tools::ToolContext) -> Result<(), jit_tools::ToolError> {
    /// use bytes::Bytes;
    /// use futures_util::stream;
    /// use http_body_util::StreamBody;
    ///
    /// let parts = ["one,", "two"].map(|part| Ok::<_, std::io::Error>(http_body::Frame::data(Bytes::from(part))));
    /// let body = StreamBody::new(stream::iter(parts));
    /// cx.http().put("https://api.acme.com/v1/files/1").stream(body).send().await?.error_for_status()?;
    /// # Ok(()) }
    /// ```
    pub fn stream<B>(self, body: B) -> Self
    where
        B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + Sync + 'static,
    {
        self.change(|request| {
            request.body = Payload::Stream(Mutex::new(Some(body.map_err(Into::into).boxed())));
            Ok(())
        })
    }

    /// Sets the body to a value as JSON, and `Content-Type` to match.
    pub fn json(self, value: &impl Serialize) -> Self {
        self.change(|request| {
            request.body = Payload::Whole(serde_json::to_vec(value)?.into());
            request.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            Ok(())
        })
    }

    /// Sets how long the request and its answer may take, from before it is sent to the last byte of the body; 5 minutes
    /// otherwise, or what the [agent](crate::authority::LumoAuthAgentBuilder::request_timeout) says. Each time that the
    /// request is sent counts by itself. The time in which a permission is waited for, or nobody reads the body, does not
    /// count.
    ///
    /// Whatever this is, 1 KiB of a body, or what is left of it, has to come in each minute of waiting for it.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.change(|request| {
            request.timeout = Some(timeout);
            Ok(())
        })
    }

    /// Sends the request, and once more with a token if the answer names a permission that is missing.
    ///
    /// # Errors
    /// When the request is not valid, or there is no answer. An answer that says no is an answer, also when the
    /// permission that it names was not obtained: see [`Response::escalation_error`].
    pub async fn send(self) -> Result<Response, ResourceError> {
        let request = self.request?;
        let Some(origin) = Origin::of(&request.url) else {
            return Err(ResourceError::InvalidRequest { what: "its URL has no origin" });
        };
        Sending { client: self.client, request, origin }.run().await
    }

    fn change(mut self, change: impl FnOnce(&mut Outgoing) -> Result<(), ResourceError>) -> Self {
        self.request = self.request.and_then(|mut request| change(&mut request).map(|()| request));
        self
    }
}
