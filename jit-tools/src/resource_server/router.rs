//! An axum router in which each route says what it needs.

use std::{convert::Infallible, fmt, sync::Arc};

use axum::{Router, routing::MethodRouter};

use super::{
    layer::JitLayer,
    metadata::ResourceMetadata,
    need::{Need, RequestHead},
    verifier::TokenVerifier,
};

/// An axum router that has no route without a need: a permission, or being public by name.
///
/// ```
/// use axum::{extract::Path, http::Method, routing::get};
/// use jit_tools::{
///     AuthorizationDetail,
///     resource_server::{JitRouter, TokenVerifier},
/// };
///
/// # fn api(verifier: TokenVerifier) -> axum::Router {
/// let document = |id: &str, action: &str| AuthorizationDetail::new("document").actions([action]).identifier(id);
/// let router = JitRouter::new(verifier)
///     .route("/v1/documents/{id}", get(read).delete(remove), move |request| match *request.method() {
///         Method::GET => Some(document(request.parameter("id")?, "read")),
///         Method::DELETE => Some(document(request.parameter("id")?, "delete")),
///         _ => None,
///     })
///     .public("/health", get(|| async { "well" }))
///     .into_router();
/// # router
/// # }
/// # async fn read(Path(id): Path<String>) -> String { id }
/// # async fn remove(Path(id): Path<String>) -> String { id }
/// ```
///
/// The need is asked for also where the route has no handler for the method. A path without a route gets axum's 404.
/// What is added to the router that [`into_router`](Self::into_router) gives is not guarded.
#[must_use]
pub struct JitRouter<S = ()> {
    verifier: TokenVerifier,
    metadata: Option<ResourceMetadata>,
    router: Router<S>,
}

impl<S: Clone + Send + Sync + 'static> JitRouter<S> {
    /// Returns a router without routes, whose tokens this verifier checks.
    pub fn new(verifier: TokenVerifier) -> Self {
        Self { verifier, metadata: None, router: Router::new() }
    }

    /// Returns a router that serves the API's metadata (RFC 9728) to anybody, and names its URL in the challenges of its
    /// own routes.
    ///
    /// Routes of a router that is nested or merged keep what that one was made with: give it a clone of the metadata, so
    /// that its challenges name the URL too. The document is served by the router that becomes the API.
    pub fn with_metadata(verifier: TokenVerifier, metadata: ResourceMetadata) -> Self {
        Self { verifier, metadata: Some(metadata), router: Router::new() }
    }

    /// Adds a route, as [`Router::route`] does, and what its requests need, of all methods.
    ///
    /// # Panics
    ///
    /// Where [`Router::route`] does: two routes overlap, or the path is none that axum reads.
    pub fn route<N: Into<Need>>(
        mut self,
        path: &str,
        handlers: MethodRouter<S>,
        need: impl Fn(&RequestHead<'_>) -> N + Send + Sync + 'static,
    ) -> Self {
        let mut layer = JitLayer::new(self.verifier.clone(), need);
        if let Some(metadata) = &self.metadata {
            layer = layer.metadata(metadata.clone());
        }
        // `route_layer` would leave out a fallback of the handlers, and `any(handler)` is one.
        self.router = self.router.route(path, handlers.layer::<_, Infallible>(layer));
        self
    }

    /// Adds a route that anybody may call without a token.
    ///
    /// # Panics
    ///
    /// Where [`Router::route`] does.
    pub fn public(self, path: &str, handlers: MethodRouter<S>) -> Self {
        self.route(path, handlers, |_| Need::Public)
    }

    /// Puts another router's routes below a path, as [`Router::nest`] does. Their needs stay: parameters keep their names,
    /// and [`RequestHead::path`](super::RequestHead::path) is the whole path.
    ///
    /// ```
    /// use axum::{extract::Path, routing::get};
    /// use jit_tools::{
    ///     AuthorizationDetail,
    ///     resource_server::{JitRouter, ResourceMetadata, TokenVerifier},
    /// };
    ///
    /// # fn api(verifier: TokenVerifier) -> Result<axum::Router, Box<dyn std::error::Error>> {
    /// let metadata = ResourceMetadata::new("https://api.acme.com")?;
    /// let documents = JitRouter::with_metadata(verifier.clone(), metadata.clone())
    ///     .route("/documents/{id}", get(|Path(id): Path<String>| async { id }), |request| {
    ///         Some(AuthorizationDetail::new("document").actions(["read"]).identifier(request.parameter("id")?))
    ///     });
    /// let router = JitRouter::with_metadata(verifier, metadata).nest("/v1", documents).into_router();
    /// # Ok(router)
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// Where [`Router::nest`] does.
    pub fn nest(mut self, path: &str, inner: Self) -> Self {
        self.router = self.router.nest(path, inner.router);
        self
    }

    /// Adds another router's routes.
    ///
    /// # Panics
    ///
    /// Where [`Router::merge`] does.
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self
    }

    /// Returns axum's router, for its state, for layers around all routes, and to be served.
    pub fn into_router(self) -> Router<S> {
        let Self { verifier, metadata, router } = self;
        let Some(metadata) = metadata.map(Arc::new) else { return router };
        let path = metadata.path();
        let answer = move || {
            let response = metadata.response::<axum::body::Body>(verifier.issuer());
            async { response }
        };
        router.route(&path, axum::routing::get(answer))
    }
}

impl<S> fmt::Debug for JitRouter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JitRouter").field("verifier", &self.verifier).finish_non_exhaustive()
    }
}
