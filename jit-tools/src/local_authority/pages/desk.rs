//! Who sits at the page: links that log in once, sessions, and what keeps other sites from pressing its buttons.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use http::{HeaderMap, HeaderName, HeaderValue, header};
use tokio::sync::oneshot;

use crate::{
    local_authority::random::{self, SecretDigest},
    secret::AccessToken,
};

/// How many links wait to be followed; the oldest goes first.
const MOST_LINKS: usize = 16;
/// How many browsers are logged in at once; the oldest goes first.
const MOST_SESSIONS: usize = 16;
/// How long a session lasts, in seconds.
const SESSION_LIFETIME: u64 = 12 * 3600;
/// How many pages of one session listen for news; the oldest goes first. A browser has no more than six connections to
/// one host, and needs some of them to load pages.
const MOST_LISTENERS: usize = 4;

/// Set by every browser of these years; what sends none is no browser.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The reviewer's side of the page.
#[derive(Debug)]
pub(in super::super) struct Desk {
    cookie_name: String,
    places: Mutex<Places>,
}

#[derive(Debug, Default)]
struct Places {
    links: VecDeque<SecretDigest>,
    sessions: VecDeque<Session>,
}

#[derive(Debug)]
struct Session {
    id: SecretDigest,
    csrf: AccessToken,
    ends_at: u64,
    /// Dropping one tells its listener to go.
    listeners: VecDeque<oneshot::Sender<()>>,
}

impl Desk {
    /// `port` becomes a part of the cookie's name, since browsers share cookies between the ports of one host.
    pub(in super::super) fn new(port: u16) -> Self {
        Self { cookie_name: format!("jit_authority_{port}"), places: Mutex::default() }
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The code of a new link, which logs in once.
    pub(in super::super) fn new_code(&self) -> AccessToken {
        let code = AccessToken::new(random::secret("login"));
        push(&mut self.places().links, SecretDigest::of(code.expose()), MOST_LINKS);
        code
    }

    /// Opens a session for whoever has a link that nobody followed, and gives its cookie.
    pub(super) fn log_in(&self, code: &str, now: u64) -> Option<HeaderValue> {
        let mut places = self.places();
        let link = places.links.iter().position(|link| link.matches(code))?;
        places.links.remove(link);

        let id = random::secret("session");
        let cookie = format!("{}={id}; HttpOnly; SameSite=Strict; Path=/", self.cookie_name);
        let mut cookie = HeaderValue::try_from(cookie).ok()?;
        cookie.set_sensitive(true);
        let session = Session {
            id: SecretDigest::of(&id),
            csrf: AccessToken::new(random::secret("csrf")),
            ends_at: now.saturating_add(SESSION_LIFETIME),
            listeners: VecDeque::new(),
        };
        push(&mut places.sessions, session, MOST_SESSIONS);
        Some(cookie)
    }

    /// The token that this session's forms carry. `None` without a session.
    pub(super) fn csrf_token(&self, headers: &HeaderMap, now: u64) -> Option<AccessToken> {
        self.with_session(headers, now, |session| session.csrf.clone())
    }

    /// Whether a form was sent by a person from this page.
    pub(super) fn admits(&self, headers: &HeaderMap, csrf: Option<&str>, now: u64) -> bool {
        let Some(expected) = self.csrf_token(headers, now) else { return false };
        csrf.is_some_and(|csrf| SecretDigest::of(expected.expose()).matches(csrf)) && comes_from_here(headers)
    }

    /// What ends when the listener has to go: with the session, or for a newer page of it. `None` without a session.
    pub(super) fn listen(&self, headers: &HeaderMap, now: u64) -> Option<oneshot::Receiver<()>> {
        self.with_session(headers, now, |session| {
            let (stay, gone) = oneshot::channel();
            session.listeners.retain(|listener| !listener.is_closed());
            push(&mut session.listeners, stay, MOST_LISTENERS);
            gone
        })
    }

    /// Ends this session, and its listeners with it.
    pub(super) fn log_out(&self, headers: &HeaderMap) {
        if let Some(id) = self.presented(headers) {
            self.places().sessions.retain(|session| !session.id.matches(id));
        }
    }

    /// Ends every session, so that no listener holds up the end of the process.
    pub(in super::super) fn close(&self) {
        *self.places() = Places::default();
    }

    fn with_session<T>(&self, headers: &HeaderMap, now: u64, act: impl FnOnce(&mut Session) -> T) -> Option<T> {
        let id = self.presented(headers)?;
        let mut places = self.places();
        places.sessions.retain(|session| now < session.ends_at);
        places.sessions.iter_mut().find(|session| session.id.matches(id)).map(act)
    }

    /// The session's id, as the cookie has it.
    fn presented<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split("; "))
            .find_map(|pair| pair.strip_prefix(self.cookie_name.as_str())?.strip_prefix('='))
    }
}

/// Adds an item; the oldest makes room.
fn push<T>(items: &mut VecDeque<T>, item: T, most: usize) {
    if items.len() >= most {
        items.pop_front();
    }
    items.push_back(item);
}

/// Whether the call comes from a page of this origin, as far as a browser says where it comes from.
fn comes_from_here(headers: &HeaderMap) -> bool {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let is_origin = match (origins.next(), origins.next()) {
        (None, _) => true,
        (Some(origin), None) => {
            let host = headers.get(header::HOST).map(HeaderValue::as_bytes);
            host.is_some() && origin.as_bytes().strip_prefix(b"http://") == host
        }
        (Some(_), Some(_)) => false,
    };
    is_origin && headers.get_all(FETCH_SITE).iter().all(|site| site == "same-origin")
}
