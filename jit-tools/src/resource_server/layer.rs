//! The tower layer.

use std::{
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

use super::{metadata::ResourceMetadata, verifier::TokenVerifier};
use crate::authorization_details::AuthorizationDetail;

/// Lets in requests with the right JIT token, and answers every other one with what is missing.
///
/// The function says what a request needs, from its method, path and headers; `None` lets it in without a token. A
/// handler finds a [`VerifiedToken`](super::VerifiedToken) in the request's extensions. Any body type will do, and any
/// response body that can be made from bytes, such as axum's.
pub struct JitLayer<F> {
    verifier: TokenVerifier,
    need: Arc<F>,
    metadata: Option<Arc<ResourceMetadata>>,
}

/// A service behind a [`JitLayer`].
pub struct JitService<S, F> {
    inner: S,
    verifier: TokenVerifier,
    need: Arc<F>,
    metadata: Option<Arc<ResourceMetadata>>,
}

impl<F> JitLayer<F>
where
    F: Fn(&Parts) -> Option<AuthorizationDetail> + Send + Sync + 'static,
{
    /// A layer that asks `need` what each request needs, and `verifier` whether its token gives that.
    pub fn new(verifier: TokenVerifier, need: F) -> Self {
        Self { verifier, need: Arc::new(need), metadata: None }
    }

    /// Serves the API's own metadata (RFC 9728), to anybody, and names its URL in every challenge.
    pub fn metadata(mut self, metadata: ResourceMetadata) -> Self {
        self.metadata = Some(Arc::new(metadata));
        self
    }
}

impl<S, F> Layer<S> for JitLayer<F> {
    type Service = JitService<S, F>;

    fn layer(&self, inner: S) -> Self::Service {
        JitService {
            inner,
            verifier: self.verifier.clone(),
            need: Arc::clone(&self.need),
            metadata: self.metadata.clone(),
        }
    }
}

impl<S, F, B, R> Service<Request<B>> for JitService<S, F>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    F: Fn(&Parts) -> Option<AuthorizationDetail> + Send + Sync + 'static,
    B: Send + 'static,
    R: From<Bytes>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The clone has not been asked whether it is ready; the one that was answers this call.
        let clone = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, clone);
        let verifier = self.verifier.clone();
        let (mut parts, body) = request.into_parts();
        let metadata = self.metadata.clone();
        if let Some(metadata) = metadata.as_ref().filter(|metadata| metadata.is_asked_for(&parts)) {
            let metadata = Arc::clone(metadata);
            return Box::pin(async move { Ok(metadata.response(verifier.issuer())) });
        }
        let need = (self.need)(&parts);
        Box::pin(async move {
            if let Some(need) = need {
                match verifier.verify(&parts.headers, &need).await {
                    Ok(token) => parts.extensions.insert(token),
                    Err(rejection) => return Ok(rejection.response_with(metadata.as_deref())),
                };
            }
            inner.call(Request::from_parts(parts, body)).await
        })
    }
}

impl<F> Clone for JitLayer<F> {
    fn clone(&self) -> Self {
        Self { verifier: self.verifier.clone(), need: Arc::clone(&self.need), metadata: self.metadata.clone() }
    }
}

impl<S: Clone, F> Clone for JitService<S, F> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            verifier: self.verifier.clone(),
            need: Arc::clone(&self.need),
            metadata: self.metadata.clone(),
        }
    }
}

impl<F> fmt::Debug for JitLayer<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JitLayer").field("verifier", &self.verifier).finish_non_exhaustive()
    }
}

impl<S: fmt::Debug, F> fmt::Debug for JitService<S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JitService").field("inner", &self.inner).finish_non_exhaustive()
    }
}
