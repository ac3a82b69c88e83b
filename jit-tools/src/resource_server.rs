//! The API author's side: a router and a tower layer that let in requests with the right JIT token, and tell every other
//! one exactly which permission is missing.
//!
//! ```
//! use axum::{extract::Path, routing::get};
//! use jit_tools::{
//!     AuthorizationDetail,
//!     resource_server::{JitRouter, TokenVerifier},
//! };
//!
//! async fn read(Path(id): Path<String>) -> String {
//!     format!("the text of {id}")
//! }
//!
//! let verifier = TokenVerifier::builder("https://app.lumoauth.dev", "acme-corp")
//!     .audience("https://api.acme.com")
//!     .client("agt_api", "s3cret")
//!     .build()?;
//! let router: axum::Router = JitRouter::new(verifier)
//!     .route("/v1/documents/{id}", get(read), |request| {
//!         Some(AuthorizationDetail::new("document").actions(["read"]).identifier(request.parameter("id")?))
//!     })
//!     .public("/health", get(|| async { "well" }))
//!     .into_router();
//! # let _ = router;
//! # Ok::<(), jit_tools::resource_server::VerifierError>(())
//! ```
//!
//! A route cannot be added without saying what it needs, and `None` is refused. [`JitLayer`] does the same in front of
//! any tower service, and has the decoded path for that:
//!
//! ```
//! use axum::http::Method;
//! use jit_tools::{
//!     AuthorizationDetail,
//!     resource_server::{JitLayer, Need, TokenVerifier},
//! };
//!
//! # let builder = TokenVerifier::builder("https://app.lumoauth.dev", "acme-corp");
//! # let verifier = builder.audience("https://api.acme.com").client("agt_api", "s3cret").build()?;
//! let layer = JitLayer::new(verifier, |request| match (request.method(), request.path()) {
//!     (&Method::GET, ["health"]) => Need::Public,
//!     (&Method::GET, ["v1", "documents", id]) => {
//!         AuthorizationDetail::new("document").actions(["read"]).identifier(*id).into()
//!     }
//!     _ => Need::Unknown,
//! });
//! # let _ = layer;
//! # Ok::<(), jit_tools::resource_server::VerifierError>(())
//! ```
//!
//! A permission names what the handler reads: the path is decoded once, as axum's `Path` does, and one that has a second
//! spelling is answered with 400 ([`decoded_segments`]). Where the handler reads a number or a UUID,
//! [`RequestHead::parameter_as`] refuses what is another spelling of the same one, such as `07`.
//!
//! A token is for one API, and one that does not name this [audience](TokenVerifierBuilder::audience) is refused. A
//! challenge names the audience as the location of what is missing, so that clients ask for a token that is good here.
//!
//! A token is asked about at the authority for each request (RFC 7662), so that a revoked one fails at once; while the
//! authority cannot be asked, nobody is let in. One agent's requests cause only so many questions a minute, and none about a
//! token that has ended, so that no agent can shut out the others.

mod authority;
mod claims;
mod introspection;
mod keys;
mod layer;
mod metadata;
mod need;
mod path;
mod rejection;
mod router;
#[cfg(test)]
#[cfg(feature = "local-authority")]
mod tests;
mod verifier;

pub use self::{
    layer::{JitLayer, JitService},
    metadata::{ResourceMetadata, ResourceUrlError},
    need::{Need, RequestHead},
    path::{PathError, decoded_segments},
    rejection::Rejection,
    router::JitRouter,
    verifier::{TokenVerifier, TokenVerifierBuilder, VerifiedToken, VerifierError},
};
