//! Links, sessions, and who is let in.

use std::sync::Arc;

use axum::{
    Json,
    extract::{FromRequestParts, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, header, request::Parts};
use serde::Deserialize;
use serde_json::{Value, json};

use super::refuse;
use crate::{
    local_authority::{
        answer::OAuthError,
        input::{Form, Reviewer},
        shared::Shared,
    },
    secret::AccessToken,
};

/// A person with a session. No token makes one, an agent's least of all.
pub(super) struct Person {
    /// What this person's forms carry.
    pub(super) csrf: AccessToken,
}

impl FromRequestParts<Arc<Shared>> for Person {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Self::Rejection> {
        let csrf = shared.desk.csrf_token(&parts.headers, shared.now()).ok_or_else(refuse)?;
        Ok(Self { csrf })
    }
}

/// The form of a person, where it came from a page of that person's session; the answer to give otherwise.
pub(super) fn admit(shared: &Shared, headers: &HeaderMap, form: Result<Form, OAuthError>) -> Result<Form, Response> {
    form.ok().filter(|form| shared.desk.admits(headers, form.get("csrf"), shared.now())).ok_or_else(refuse)
}

#[derive(Deserialize)]
pub(super) struct Login {
    #[serde(default)]
    code: String,
}

/// `GET /login`: exchanges a link for a session, once.
pub(super) async fn log_in(
    State(shared): State<Arc<Shared>>,
    person: Result<Person, Response>,
    Query(login): Query<Login>,
) -> Response {
    match shared.desk.log_in(&login.code, shared.now()) {
        Some(cookie) => ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response(),
        // Whoever is in already, and comes by the link in the browser's history, has lost nothing.
        None => person.map_or_else(|refusal| refusal, |_| Redirect::to("/").into_response()),
    }
}

/// `POST /login/links`, with the reviewer's token: another link, for another browser.
pub(super) async fn new_link(State(shared): State<Arc<Shared>>, _: Reviewer) -> Json<Value> {
    Json(json!({ "login_link": shared.login_link() }))
}

/// `POST /logout`
pub(super) async fn log_out(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    form: Result<Form, OAuthError>,
) -> Response {
    if let Err(refusal) = admit(&shared, &headers, form) {
        return refusal;
    }
    shared.desk.log_out(&headers);
    Redirect::to("/").into_response()
}
