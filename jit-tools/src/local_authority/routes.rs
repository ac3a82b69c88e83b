//! Which path leads where, and what every answer has in common.

use std::sync::Arc;

use axum::{
    Extension, Router,
    extract::{DefaultBodyLimit, RawPathParams, Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{HeaderValue, StatusCode, header};

use super::{
    agents, answer::PlatformError, audit::NotRecorded, discovery, hosts, jit, limits::QuotaSlot, oauth, pages, review,
    shared::Shared,
};

/// The longest body that is read, in bytes.
const LONGEST_BODY: usize = 64 * 1024;

/// The URL under which this call's style of path has the API, for links in answers.
#[derive(Clone, Debug)]
pub(super) struct Base(pub(super) String);

pub(super) fn router(shared: &Arc<Shared>) -> Router {
    let mut router = pages::routes()
        .route("/.well-known/jwks.json", get(oauth::jwks))
        .route("/.well-known/oauth-authorization-server", get(discovery::metadata))
        .route("/openapi.json", get(discovery::openapi));
    if shared.styles.has_orgs() {
        router = router.nest("/orgs/{org}/api/v1", api(shared, "orgs"));
    }
    if shared.styles.has_tenants() {
        router = router.nest("/t/{org}/api/v1", api(shared, "t"));
    }
    router
        .fallback(not_found)
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .layer(middleware::from_fn_with_state(Arc::clone(shared), observe))
        .layer(middleware::from_fn_with_state(Arc::clone(shared), hosts::only_own_calls))
        .with_state(Arc::clone(shared))
}

fn api(shared: &Arc<Shared>, prefix: &str) -> Router<Arc<Shared>> {
    let base = Base(shared.base(prefix));
    // What is given back, denied or stopped goes on without the audit log.
    let grants = middleware::from_fn_with_state(Arc::clone(shared), only_recorded);
    Router::new()
        .route("/oauth/token", post(oauth::token).layer(grants.clone()))
        .route("/oauth/revoke", post(oauth::revoke))
        .route("/oauth/introspect", post(oauth::introspect))
        .route("/oauth/userinfo", get(agents::userinfo))
        .route("/agents/ask", post(agents::ask))
        .route("/agents/me", get(agents::me))
        .route("/jit/task", post(jit::create_task))
        .route("/jit/task/{id}/complete", post(jit::complete_task))
        .route("/jit/task/{id}/evaluate", post(jit::evaluate_task))
        .route("/jit/request", post(jit::ask).layer(grants.clone()))
        .route("/jit/request/{id}/status", get(jit::status))
        .route("/jit/request/{id}/token", post(jit::exchange).layer(grants.clone()))
        .route("/jit/pending", get(review::pending))
        .route("/jit/review/{id}", get(review::request))
        .route("/jit/decided", get(review::decided))
        .route("/jit/tasks", get(review::tasks))
        .route("/jit/audit", get(review::audit))
        .route("/jit/task/{id}/revoke", post(review::revoke))
        .route("/jit/approve/{id}", post(review::approve).layer(grants))
        .route("/jit/deny/{id}", post(review::deny))
        .layer(Extension(base))
        .layer(middleware::from_fn_with_state(Arc::clone(shared), only_this_org))
}

/// An organisation that is not served here looks like a path that does not exist.
async fn only_this_org(
    State(shared): State<Arc<Shared>>,
    params: RawPathParams,
    request: Request,
    next: Next,
) -> Response {
    if params.iter().any(|(name, value)| name == "org" && value == shared.org) {
        next.run(request).await
    } else {
        not_found().await.into_response()
    }
}

/// Plain text, so that a client of the other style of paths cannot take it for an OAuth error.
async fn not_found() -> (StatusCode, &'static str) {
    (StatusCode::NOT_FOUND, "there is nothing at this path\n")
}

/// Lets a call that gives somebody something through while the audit log can be written, and its answer out once the log
/// has what happened.
async fn only_recorded(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    if shared.audit.check().is_err() {
        return PlatformError::not_recorded().into_response();
    }
    let response = next.run(request).await;
    match shared.recorded().await {
        Ok(()) => response,
        Err(NotRecorded) => PlatformError::not_recorded().into_response(),
    }
}

/// Remembers the call, says what is left of its limit, and keeps its answer out of every cache (RFC 6749, section 5.1).
async fn observe(State(shared): State<Arc<Shared>>, mut request: Request, next: Next) -> Response {
    let number = shared.calls.remember(request.method(), request.uri().path());
    let slot = QuotaSlot::default();
    request.extensions_mut().insert(slot.clone());
    let mut response = next.run(request).await;
    shared.calls.answered(number, response.status());
    if shared.settled().await.is_err() {
        // What the answer says may be forgotten again.
        response = PlatformError::unavailable().into_response();
    }
    if let Some(quota) = slot.get() {
        quota.write(response.headers_mut());
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
