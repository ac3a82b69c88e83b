//! One exchange within bounds, over any transport: how long it takes as a whole, how slowly its answer may come, and that
//! nothing in it is encoded.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::future::{BoxFuture, Either, select};
use http::{HeaderMap, HeaderValue, Request, Response, header};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;

use super::{BodyError, BoxError, RequestBody, ResponseBody, Transport, TransportError};
use crate::{clock::SharedClock, origin::Origin};

/// How long an exchange with an authority may take as a whole.
pub(crate) const MAX_AUTHORITY_EXCHANGE: Duration = Duration::from_secs(30);

/// How much of a body has to come in each [`MAX_WAIT`] of waiting for it, in bytes. What is left at its end may be less.
pub(super) const LEAST_PART: usize = 1024;

/// How long it is waited for each [`LEAST_PART`] of a body.
pub(super) const MAX_WAIT: Duration = Duration::from_secs(60);

/// Sends requests, each for at most this long: from before it is sent to the last byte of its answer. The time in which
/// nobody reads the answer does not count, unless somebody began to wait for its next part and gave up.
pub(crate) struct Exchange<'a> {
    transport: &'a dyn Transport,
    clock: &'a SharedClock,
    limit: Duration,
}

impl<'a> Exchange<'a> {
    pub(crate) fn new(transport: &'a dyn Transport, clock: &'a SharedClock, limit: Duration) -> Self {
        Self { transport, clock, limit }
    }

    /// Sends a request, and returns as soon as the head of the answer is there.
    pub(crate) async fn send(&self, request: Request<Bytes>) -> Result<Response<ResponseBody>, TransportError> {
        self.bound(request, |request| self.transport.send(request)).await
    }

    /// The same for a request whose body is sent as it is made.
    pub(crate) async fn send_stream(
        &self,
        request: Request<RequestBody>,
    ) -> Result<Response<ResponseBody>, TransportError> {
        self.bound(request, |request| self.transport.send_stream(request)).await
    }

    async fn bound<'t, B>(
        &self,
        mut request: Request<B>,
        send: impl FnOnce(Request<B>) -> BoxFuture<'t, Result<Response<ResponseBody>, TransportError>>,
    ) -> Result<Response<ResponseBody>, TransportError> {
        // A server may encode an answer to a request that does not say (RFC 9110, section 12.5.3).
        let is_encoding_wanted = request.headers().contains_key(header::ACCEPT_ENCODING);
        if !is_encoding_wanted {
            request.headers_mut().insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        }
        let origin = Origin::try_from(&request.uri().to_string());
        let started = self.clock.now();
        let response = match select(send(request), self.clock.deadline(self.limit)).await {
            Either::Left((response, _)) => response?,
            Either::Right(_) => {
                let origin = origin.map_or_else(|_| "the server".to_owned(), |origin| origin.to_string());
                return Err(TransportError::timeout(origin, BodyError::TooSlow { limit: self.limit }));
            }
        };
        let taken = self.clock.now().saturating_duration_since(started);
        let encoding = if is_encoding_wanted { None } else { content_encoding(response.headers()) };
        Ok(response.map(|body| {
            Bounded {
                body,
                encoding,
                clock: Arc::clone(self.clock),
                limit: self.limit,
                spent: taken,
                spent_on_part: Duration::ZERO,
                part: 0,
                waiting_since: None,
                timer: None,
                is_over: false,
            }
            .boxed_unsync()
        }))
    }
}

/// What the body of an answer is encoded with, if it is: a content coding (RFC 9110, section 8.4), or a transfer coding
/// beside `chunked` (RFC 9112, section 7), which the HTTP client leaves in the body. The name is one of a fixed set: the
/// text is the server's.
pub(crate) fn content_encoding(headers: &HeaderMap) -> Option<&'static str> {
    const KNOWN: [&str; 7] = ["gzip", "x-gzip", "br", "zstd", "deflate", "compress", "x-compress"];
    let values =
        [header::CONTENT_ENCODING, header::TRANSFER_ENCODING].into_iter().flat_map(|name| headers.get_all(name));
    let mut names = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
    let is_plain =
        |name: &[u8]| [&b""[..], b"identity", b"chunked"].iter().any(|plain| name.eq_ignore_ascii_case(plain));
    let name = names.find(|name| !is_plain(name))?;
    Some(KNOWN.into_iter().find(|known| name.eq_ignore_ascii_case(known.as_bytes())).unwrap_or("a coding of its own"))
}

/// The body of an answer, until it takes too long.
struct Bounded {
    body: ResponseBody,
    /// What it is encoded with, although that was not asked for.
    encoding: Option<&'static str>,
    clock: SharedClock,
    limit: Duration,
    /// For how long the exchange has been waited for.
    spent: Duration,
    /// For how long of that the part has been waited for that comes now, and how much of it is there, in bytes.
    spent_on_part: Duration,
    part: usize,
    /// Since when it is waited for what comes next.
    waiting_since: Option<Instant>,
    timer: Option<BoxFuture<'static, ()>>,
    is_over: bool,
}

impl Bounded {
    fn spend(&mut self, since: Instant) -> Instant {
        let now = self.clock.now();
        let spent = now.saturating_duration_since(since);
        self.spent = self.spent.saturating_add(spent);
        self.spent_on_part = self.spent_on_part.saturating_add(spent);
        now
    }

    /// What has been exceeded, if something has.
    fn exceeded(&self) -> Option<BodyError> {
        if self.spent >= self.limit {
            Some(BodyError::TooSlow { limit: self.limit })
        } else if self.spent_on_part >= MAX_WAIT {
            Some(BodyError::Trickles { bytes: LEAST_PART, within: MAX_WAIT })
        } else {
            None
        }
    }

    /// Counts what came, if it may come at all.
    fn take(&mut self, data: &Bytes) -> Result<(), BodyError> {
        if let Some(encoding) = self.encoding.filter(|_| !data.is_empty()) {
            return Err(BodyError::Encoded { encoding });
        }
        self.part = self.part.saturating_add(data.len());
        if self.part >= LEAST_PART {
            self.part = 0;
            self.spent_on_part = Duration::ZERO;
        }
        Ok(())
    }

    fn poll_within(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let mut now = self.clock.now();
        if let Some(since) = self.waiting_since.take() {
            now = self.spend(since);
        }
        if let Some(exceeded) = self.exceeded() {
            return Poll::Ready(Some(Err(exceeded.into())));
        }
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        // Also a transport that is busy with it has it take time.
        now = self.spend(now);
        if let Poll::Ready(frame) = polled {
            self.timer = None;
            let data = frame.as_ref().and_then(|frame| frame.as_ref().ok()).and_then(Frame::data_ref);
            let taken = data.map_or(Ok(()), |data| self.take(data));
            return Poll::Ready(taken.map_or_else(|error| Some(Err(error.into())), |()| frame));
        }
        self.waiting_since = Some(now);
        let left = self.limit.saturating_sub(self.spent);
        let left_for_part = MAX_WAIT.saturating_sub(self.spent_on_part);
        let timer = self.timer.get_or_insert_with(|| {
            let clock = Arc::clone(&self.clock);
            Box::pin(async move { clock.deadline(left.min(left_for_part)).await })
        });
        ready!(timer.as_mut().poll(cx));
        // Whatever the clock says of it by now, that time is over.
        let whole = BodyError::TooSlow { limit: self.limit };
        let part = BodyError::Trickles { bytes: LEAST_PART, within: MAX_WAIT };
        Poll::Ready(Some(Err(if left <= left_for_part { whole } else { part }.into())))
    }
}

impl Body for Bounded {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        if this.is_over {
            return Poll::Ready(None);
        }
        let polled = ready!(this.poll_within(cx));
        this.is_over = !matches!(polled, Some(Ok(_)));
        Poll::Ready(polled)
    }

    fn is_end_stream(&self) -> bool {
        self.is_over || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoding_is_named_from_a_fixed_set() {
        let cases: &[(&[&str], Option<&str>)] = &[
            (&[], None),
            (&[""], None),
            (&["identity"], None),
            (&["Identity, identity"], None),
            (&["gzip"], Some("gzip")),
            (&["GZIP"], Some("gzip")),
            (&["identity, br"], Some("br")),
            (&["identity", " zstd "], Some("zstd")),
            (&["x-gzip, gzip"], Some("x-gzip")),
            (&["a-token-that-was-sent"], Some("a coding of its own")),
        ];
        for (values, name) in cases {
            let mut headers = HeaderMap::new();
            for value in *values {
                headers.append(header::CONTENT_ENCODING, HeaderValue::from_static(value));
            }
            assert_eq!(content_encoding(&headers), *name, "{values:?}");
        }
        for (value, name) in [("chunked", None), ("gzip, chunked", Some("gzip")), ("gzip", Some("gzip"))] {
            let headers = HeaderMap::from_iter([(header::TRANSFER_ENCODING, HeaderValue::from_static(value))]);
            assert_eq!(content_encoding(&headers), name, "{value}");
        }
    }
}
