//! Links, sessions, and who is let in.

use std::sync::Arc;

use axum::{
    Json,
    extract::{FromRequest, FromRequestParts, Query, Request, State},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, header, request::Parts};
use serde::Deserialize;
use serde_json::{Value, json};

use super::refuse;
use crate::{
    local_authority::{
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

/// A form that a person sent from a page of their session.
pub(super) struct Sent(pub(super) Form);

impl FromRequest<Arc<Shared>> for Sent {
    type Rejection = Response;

    async fn from_request(request: Request, shared: &Arc<Shared>) -> Result<Self, Self::Rejection> {
        let headers = request.headers().clone();
        let form = Form::from_request(request, shared).await.map_err(|_| refuse())?;
        if shared.desk.admits(&headers, form.get("csrf"), shared.now()) { Ok(Self(form)) } else { Err(refuse()) }
    }
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
pub(super) async fn log_out(State(shared): State<Arc<Shared>>, headers: HeaderMap, _: Sent) -> Redirect {
    shared.desk.log_out(&headers);
    Redirect::to("/")
}
