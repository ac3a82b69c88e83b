//! Who sits at the page: the secret link, sessions, and what keeps other sites from pressing its buttons.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use http::{HeaderMap, HeaderValue, header};

use crate::{
    local_authority::random::{self, SecretDigest},
    secret::AccessToken,
};

/// How many browsers are logged in at once; the oldest goes first.
const MOST_SESSIONS: usize = 16;

/// The reviewer's side of the page.
#[derive(Debug)]
pub(in super::super) struct Desk {
    code: AccessToken,
    cookie_name: String,
    sessions: Mutex<VecDeque<Session>>,
}

#[derive(Debug)]
struct Session {
    id: SecretDigest,
    csrf: AccessToken,
}

impl Desk {
    /// `port` becomes a part of the cookie's name, since browsers share cookies between the ports of one host.
    pub(in super::super) fn new(port: u16) -> Self {
        Self {
            code: AccessToken::new(random::secret("login")),
            cookie_name: format!("jit_authority_{port}"),
            sessions: Mutex::default(),
        }
    }

    /// The code of the secret link. It works as long as the process does, so that a person can open a second browser.
    pub(in super::super) fn code(&self) -> &str {
        self.code.expose()
    }

    /// Opens a session for whoever has the secret link, and gives its cookie.
    pub(super) fn log_in(&self, code: &str) -> Option<HeaderValue> {
        if !SecretDigest::of(self.code.expose()).matches(code) {
            return None;
        }
        let id = random::secret("session");
        let cookie = format!("{}={id}; HttpOnly; SameSite=Strict; Path=/", self.cookie_name);
        let mut cookie = HeaderValue::try_from(cookie).ok()?;
        cookie.set_sensitive(true);

        let session = Session { id: SecretDigest::of(&id), csrf: AccessToken::new(random::secret("csrf")) };
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if sessions.len() >= MOST_SESSIONS {
            sessions.pop_front();
        }
        sessions.push_back(session);
        Some(cookie)
    }

    /// The token that this session's forms carry. `None` without a session.
    pub(super) fn csrf_token(&self, headers: &HeaderMap) -> Option<AccessToken> {
        let prefix = format!("{}=", self.cookie_name);
        let id = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split("; "))
            .find_map(|pair| pair.strip_prefix(prefix.as_str()))?;
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.iter().find(|session| session.id.matches(id)).map(|session| session.csrf.clone())
    }

    /// Whether a form was sent by a person from this page.
    pub(super) fn admits(&self, headers: &HeaderMap, csrf: Option<&str>) -> bool {
        let Some(expected) = self.csrf_token(headers) else { return false };
        csrf.is_some_and(|csrf| SecretDigest::of(expected.expose()).matches(csrf)) && comes_from_here(headers)
    }
}

/// Whether the `Origin` of the call, where a browser says one, is where the call went.
fn comes_from_here(headers: &HeaderMap) -> bool {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (None, _) => true,
        (Some(origin), None) => {
            let host = headers.get(header::HOST).map(HeaderValue::as_bytes);
            host.is_some() && origin.as_bytes().strip_prefix(b"http://") == host
        }
        (Some(_), Some(_)) => false,
    }
}
