//! The pages on which a person approves or denies, and looks at what came of it. They work without scripts, and
//! everything on them that an agent or a model wrote is escaped and marked as such.

mod decide;
mod desk;
mod live;
mod markup;
mod sign_in;
mod views;
mod words;

use std::sync::Arc;

use axum::{
    Router,
    extract::Request,
    middleware::{self, Next},
    response::{Html, IntoResponse, Response},
    routing::{MethodRouter, get, post},
};
use http::{HeaderName, HeaderValue, StatusCode, header};
use maud::Markup;

pub(super) use self::desk::{Desk, without_secret};
use super::shared::Shared;

/// Nothing but this origin's own style sheet, script and picture is loaded, no text becomes a script, forms and calls go
/// nowhere else, and no other page frames or opens this one.
/// `same-origin` and not `no-referrer`: browsers send `Origin: null` with a form under the latter.
const HEADERS: [(HeaderName, HeaderValue); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; \
             form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; \
             trusted-types 'none'",
        ),
    ),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
];

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/", get(async || refuse()))
        .route("/login", get(sign_in::log_in))
        .route("/login/links", post(sign_in::new_link))
        .route("/s/{session}/", get(views::requests))
        .route("/s/{session}/tasks", get(views::tasks))
        .route("/s/{session}/tasks/{id}", get(views::task))
        .route("/s/{session}/tasks/{id}/suspend", post(decide::suspend))
        .route("/s/{session}/history", get(views::history))
        .route("/s/{session}/audit", get(views::audit))
        .route("/s/{session}/events", get(live::events))
        .route("/s/{session}/requests/{id}/approve", post(decide::approve))
        .route("/s/{session}/requests/{id}/deny", post(decide::deny))
        .route("/s/{session}/logout", post(sign_in::log_out))
        // At the session's own address as well: what a browser kept from an address that can be guessed may be from
        // whatever else listened at this port before.
        .route("/style.css", file("text/css; charset=utf-8", include_str!("pages/style.css")))
        .route("/s/{session}/style.css", file("text/css; charset=utf-8", include_str!("pages/style.css")))
        .route("/s/{session}/page.js", file("text/javascript; charset=utf-8", include_str!("pages/page.js")))
        .route("/icon.svg", file("image/svg+xml", include_str!("pages/icon.svg")))
        .layer(middleware::from_fn(harden))
}

async fn harden(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().extend(HEADERS);
    response
}

fn file(kind: &'static str, content: &'static str) -> MethodRouter<Arc<Shared>> {
    let answer = ([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], content);
    get(async || answer)
}

fn answer(status: StatusCode, page: Markup) -> Response {
    (status, Html(page.into_string())).into_response()
}

/// What whoever has no session gets, or a form that did not come from one.
fn refuse() -> Response {
    answer(StatusCode::FORBIDDEN, markup::frame::refusal())
}
