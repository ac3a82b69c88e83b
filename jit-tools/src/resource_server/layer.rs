//! The tower layer.

use std::{
    borrow::Cow,
    fmt,
    future::Future,
    mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response, request::Parts};
use tower::{Layer, Service};

use super::{
    metadata::ResourceMetadata,
    need::{self, Need, RequestHead},
    path::{PathError, decoded_segments},
    rejection::{bad_request, unknown_request},
    verifier::TokenVerifier,
};
use crate::transport::is_read_as;

/// The longest path that a log gets, in characters.
const MAX_LOGGED_PATH: usize = 128;

/// Headers by which a server behind the layer could take a request for one of another method or path.
const OVERRIDES: [&str; 5] =
    ["x-http-method-override", "x-http-method", "x-method-override", "x-original-url", "x-rewrite-url"];

type NeedOf = dyn Fn(&RequestHead<'_>) -> Need + Send + Sync;

/// Lets in requests with the right JIT token, and answers every other one with what is missing.
///
/// A function says what each request needs: a permission, or nothing ([`Need::Public`]). A request of which it does not
/// know what it needs is refused. A handler finds a [`VerifiedToken`](super::VerifiedToken) in the request's extensions
/// where a permission was needed. Any body type will do, and any response body that can be made from bytes, such as
/// axum's. In an axum router, [`JitRouter`](super::JitRouter) has the need beside each route.
///
/// | request | answer |
/// |---|---|
/// | its path is not canonical ([`decoded_segments`]), or a header such as `X-HTTP-Method-Override` or `X-Original-URL` names another method or path | 400 |
/// | the function does not know what it needs | 403 without a challenge |
/// | it needs a permission, and has no token that gives it | 403 with a challenge |
/// | its token causes more questions to the authority than one agent may | 429 |
/// | the authority cannot be asked about its token | 503 |
///
/// HEAD needs what GET needs. The layer answers no OPTIONS request by itself: a layer for CORS goes around this one,
/// since a browser sends no token before it has been answered.
#[derive(Clone)]
pub struct JitLayer {
    verifier: TokenVerifier,
    need: Arc<NeedOf>,
    metadata: Option<Arc<ResourceMetadata>>,
}

/// A service behind a [`JitLayer`].
#[derive(Clone)]
pub struct JitService<S> {
    inner: S,
    layer: JitLayer,
}

impl JitLayer {
    /// Returns a layer that asks `need` what each request needs, and `verifier` whether its token gives that.
    pub fn new<N>(verifier: TokenVerifier, need: impl Fn(&RequestHead<'_>) -> N + Send + Sync + 'static) -> Self
    where
        N: Into<Need>,
    {
        Self { verifier, need: Arc::new(move |request: &RequestHead<'_>| need(request).into()), metadata: None }
    }

    /// Serves the API's own metadata (RFC 9728), to anybody, and names its URL in every challenge.
    pub fn metadata(mut self, metadata: ResourceMetadata) -> Self {
        self.metadata = Some(Arc::new(metadata));
        self
    }

    /// What this request needs, or why it is not read at all.
    fn need(&self, parts: &mut Parts) -> Result<Need, Unread> {
        let is_sent = |name: &&str| parts.headers.keys().any(|header| is_read_as(header, name));
        if let Some(name) = OVERRIDES.into_iter().find(is_sent) {
            return Err(Unread::Override(name));
        }
        let parameters = need::route_parameters(parts);
        let uri = need::sent_uri(parts);
        let segments = decoded_segments(uri.path())?;
        let segments: Vec<&str> = segments.iter().map(Cow::as_ref).collect();
        let need = (self.need)(&RequestHead::new(parts, uri, &segments, parameters.as_ref()));
        if need == Need::Unknown {
            let path: String = uri.path().chars().take(MAX_LOGGED_PATH).collect();
            tracing::warn!(
                method = %parts.method, ?path,
                "refused a request, since the layer's function does not know what it needs: return a permission for it, \
                 or `Need::Public`"
            );
        }
        Ok(need)
    }
}

/// Why a request is not read.
#[derive(Debug, thiserror::Error)]
enum Unread {
    #[error(transparent)]
    Path(#[from] PathError),
    #[error("the header `{0}` is not accepted: the permission is for the method and the path of the request itself")]
    Override(&'static str),
}

impl<S> Layer<S> for JitLayer {
    type Service = JitService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        JitService { inner, layer: self.clone() }
    }
}

impl<S, B, R> Service<Request<B>> for JitService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    R: From<Bytes>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The clone has not been asked whether it is ready; the one that was answers this call.
        let clone = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, clone);
        let JitLayer { verifier, metadata, .. } = self.layer.clone();
        let (mut parts, body) = request.into_parts();
        if let Some(metadata) = metadata.clone().filter(|metadata| metadata.is_asked_for(&parts)) {
            return Box::pin(async move { Ok(metadata.response(verifier.issuer())) });
        }
        let need = self.layer.need(&mut parts);
        Box::pin(async move {
            match need {
                Ok(Need::Permission(need)) => match verifier.verify(&parts.headers, &need).await {
                    Ok(token) => drop(parts.extensions.insert(token)),
                    Err(rejection) => return Ok(rejection.response_with(metadata.as_deref())),
                },
                Ok(Need::Public) => {}
                Ok(Need::Unknown) => return Ok(unknown_request()),
                Err(unread) => return Ok(bad_request(&unread)),
            }
            inner.call(Request::from_parts(parts, body)).await
        })
    }
}

impl fmt::Debug for JitLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JitLayer").field("verifier", &self.verifier).finish_non_exhaustive()
    }
}

impl<S: fmt::Debug> fmt::Debug for JitService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JitService").field("inner", &self.inner).finish_non_exhaustive()
    }
}
