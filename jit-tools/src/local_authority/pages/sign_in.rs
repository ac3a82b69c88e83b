//! Links, sessions, and who is let in.

use std::sync::Arc;

use axum::{
    Json,
    extract::{FromRequest, FromRequestParts, Query, RawPathParams, Request, State},
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use http::{header, request::Parts};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    desk::{Opened, SessionKey},
    refuse,
};
use crate::{
    local_authority::{
        input::{Form, Reviewer},
        random::SecretDigest,
        shared::Shared,
    },
    secret::AccessToken,
};

/// A person with a session. No token makes one, an agent's least of all.
pub(super) struct Person {
    /// What this person's forms carry.
    pub(super) csrf: AccessToken,
    /// Where this person's pages are, such as `/s/…`: every link of a page begins with it.
    pub(super) root: String,
}

impl Person {
    /// The address of one of this person's pages. `page` begins with a slash.
    pub(super) fn at(&self, page: &str) -> String {
        format!("{}{page}", self.root)
    }
}

impl FromRequestParts<Arc<Shared>> for SessionKey {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Self::Rejection> {
        let params = RawPathParams::from_request_parts(parts, shared).await.map_err(|_| refuse())?;
        let address = params.iter().find_map(|(name, value)| (name == "session").then_some(value));
        address.map(|address| Self::new(address, &parts.headers)).ok_or_else(refuse)
    }
}

impl FromRequestParts<Arc<Shared>> for Person {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Self::Rejection> {
        let key = SessionKey::from_request_parts(parts, shared).await?;
        let csrf = shared.desk.csrf_token(&key, shared.now()).ok_or_else(refuse)?;
        Ok(Self { csrf, root: key.root() })
    }
}

/// A form that a person sent from a page of their session.
pub(super) struct Sent {
    pub(super) form: Form,
    pub(super) person: Person,
}

impl FromRequest<Arc<Shared>> for Sent {
    type Rejection = Response;

    async fn from_request(request: Request, shared: &Arc<Shared>) -> Result<Self, Self::Rejection> {
        let (mut parts, body) = request.into_parts();
        let person = Person::from_request_parts(&mut parts, shared).await?;
        let form = Form::from_request(Request::from_parts(parts, body), shared).await.map_err(|_| refuse())?;
        let expected = SecretDigest::of(person.csrf.expose());
        if form.get("csrf").is_some_and(|csrf| expected.matches(csrf)) {
            Ok(Self { form, person })
        } else {
            Err(refuse())
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Login {
    #[serde(default)]
    code: String,
}

/// `GET /login`: exchanges a link for a session, once.
pub(super) async fn log_in(State(shared): State<Arc<Shared>>, Query(login): Query<Login>) -> Response {
    match shared.desk.log_in(&login.code, shared.now()) {
        Some(Opened { root, cookie }) => {
            ([(header::SET_COOKIE, cookie)], Redirect::to(&format!("{root}/"))).into_response()
        }
        None => refuse(),
    }
}

/// `POST /login/links`, with the reviewer's token: another link, for another browser.
pub(super) async fn new_link(State(shared): State<Arc<Shared>>, _: Reviewer) -> Json<Value> {
    Json(json!({ "login_link": shared.login_link() }))
}

/// `POST …/logout`
pub(super) async fn log_out(State(shared): State<Arc<Shared>>, key: SessionKey, _: Sent) -> impl IntoResponse {
    let cookie = shared.desk.log_out(&key).map(|cookie| (header::SET_COOKIE, cookie));
    (AppendHeaders(cookie), Redirect::to("/"))
}
