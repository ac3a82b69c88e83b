//! The page on which a person approves or denies. It works without scripts, and everything on it that an agent or a
//! model wrote is escaped and marked as such.

mod desk;
mod markup;

use std::sync::Arc;

use axum::{
    Router,
    extract::{Query, Request, State},
    middleware::{self, Next},
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Deserialize;

pub(super) use self::desk::Desk;
use super::{
    answer::OAuthError,
    input::{Form, Id},
    review::LONGEST_MESSAGE,
    shared::Shared,
    store::{Decision, Verdict},
};

/// Nothing but this origin's own style sheet is loaded, forms go nowhere else, and no other page frames this one.
/// `same-origin` and not `no-referrer`: browsers send `Origin: null` with a form under the latter.
const HEADERS: [(HeaderName, HeaderValue); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        ),
    ),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
];

const CSS: HeaderValue = HeaderValue::from_static("text/css; charset=utf-8");

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/", get(index))
        .route("/login", get(login))
        .route("/style.css", get(style))
        .route("/requests/{id}/approve", post(approve))
        .route("/requests/{id}/deny", post(deny))
        .layer(middleware::from_fn(harden))
}

async fn harden(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().extend(HEADERS);
    response
}

async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, CSS)], markup::STYLE)
}

#[derive(Deserialize)]
struct Login {
    #[serde(default)]
    code: String,
}

/// Exchanges the secret link for a session.
async fn login(State(shared): State<Arc<Shared>>, Query(login): Query<Login>) -> Response {
    match shared.desk.log_in(&login.code) {
        Some(cookie) => ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response(),
        None => refuse(),
    }
}

async fn index(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let Some(csrf) = shared.desk.csrf_token(&headers) else { return refuse() };
    let (pending, now) = shared.with(|store, now| (store.pending(now), now));
    Html(markup::pending_page(&shared.org, &pending, now, &csrf).into_string()).into_response()
}

fn refuse() -> Response {
    (StatusCode::FORBIDDEN, Html(markup::refusal_page().into_string())).into_response()
}

async fn approve(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Id(id): Id,
    form: Result<Form, OAuthError>,
) -> Response {
    decide(&shared, &headers, &id, form, Verdict::Approve { ttl: None })
}

async fn deny(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Id(id): Id,
    form: Result<Form, OAuthError>,
) -> Response {
    decide(&shared, &headers, &id, form, Verdict::Deny)
}

fn decide(
    shared: &Shared,
    headers: &HeaderMap,
    id: &str,
    form: Result<Form, OAuthError>,
    verdict: Verdict,
) -> Response {
    let form = match form {
        Ok(form) if shared.desk.admits(headers, form.get("csrf")) => form,
        _ => return refuse(),
    };
    let message = form.get("agent_message").map(str::to_owned);
    if message.as_ref().is_some_and(|message| message.chars().count() > LONGEST_MESSAGE) {
        let page = markup::problem_page("The message is too long.");
        return (StatusCode::BAD_REQUEST, Html(page.into_string())).into_response();
    }
    let decision = Decision { verdict, agent_message: message, note: None };
    match shared.with(|store, now| store.decide(id, decision, now).map(|_| ())) {
        Ok(()) => Redirect::to("/").into_response(),
        Err(refusal) => {
            let page = markup::problem_page(&format!("Nothing was changed: {refusal}."));
            (StatusCode::CONFLICT, Html(page.into_string())).into_response()
        }
    }
}
