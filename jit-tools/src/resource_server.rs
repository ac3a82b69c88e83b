//! The API author's side: a tower layer that lets in requests with the right JIT token, and tells every other one
//! exactly which permission is missing.
//!
//! ```
//! use jit_tools::{
//!     AuthorizationDetail,
//!     resource_server::{JitLayer, TokenVerifier},
//! };
//!
//! let verifier = TokenVerifier::builder("https://app.lumoauth.dev", "acme-corp").client("agt_api", "s3cret").build()?;
//! let layer = JitLayer::new(verifier, |request| {
//!     let id = request.uri.path().strip_prefix("/v1/documents/")?;
//!     Some(AuthorizationDetail::new("document").actions(["read"]).identifier(id))
//! });
//! // axum::Router::new().route("/v1/documents/{id}", get(document)).layer(layer)
//! # let _ = layer;
//! # Ok::<(), jit_tools::resource_server::VerifierError>(())
//! ```
//!
//! A token is asked about at the authority for each request (RFC 7662), so that a revoked one fails at once; while the
//! authority cannot be asked, nobody is let in.

mod authority;
mod claims;
mod keys;
mod layer;
mod metadata;
mod rejection;
#[cfg(test)]
#[cfg(feature = "local-authority")]
mod tests;
mod verifier;

pub use self::{
    layer::{JitLayer, JitService},
    metadata::{ResourceMetadata, ResourceUrlError},
    rejection::Rejection,
    verifier::{TokenVerifier, TokenVerifierBuilder, VerifiedToken, VerifierError},
};
