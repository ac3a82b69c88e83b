//! Who sits at the page: links that log in once, and sessions.
//!
//! Browsers send a cookie to every port of its host, and another port of this machine may be an agent's. So each session
//! has a secret address of its own, and its cookie goes to that address alone: a server that does not know the address
//! is not sent the cookie.

use std::{
    borrow::Cow,
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use http::{HeaderMap, HeaderValue, header};
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

/// The name of the cookie. Its path says which session it belongs to.
const COOKIE: &str = "jit_authority";
/// What the addresses of a session begin with. A secret of the session follows.
const SESSIONS: &str = "/s/";

/// The reviewer's side of the page.
#[derive(Debug, Default)]
pub(in super::super) struct Desk {
    places: Mutex<Places>,
}

#[derive(Debug, Default)]
struct Places {
    links: VecDeque<SecretDigest>,
    sessions: VecDeque<Session>,
}

#[derive(Debug)]
struct Session {
    address: SecretDigest,
    id: SecretDigest,
    csrf: AccessToken,
    ends_at: u64,
    /// Dropping one tells its listener to go.
    listeners: VecDeque<oneshot::Sender<()>>,
}

/// A session that was just opened.
pub(super) struct Opened {
    /// Where its pages are, such as `/s/…`.
    pub(super) root: String,
    pub(super) cookie: HeaderValue,
}

/// What a call shows of a session: the secret of its address, and the cookies of that name. Only one of the cookies may
/// be the authority's, since another port of this machine can set cookies as well.
pub(super) struct SessionKey {
    pub(super) address: String,
    ids: Vec<SecretDigest>,
}

impl SessionKey {
    pub(super) fn new(address: &str, headers: &HeaderMap) -> Self {
        let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let pairs = values.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let ids = pairs.filter(|(name, _)| *name == COOKIE).map(|(_, id)| SecretDigest::of(id)).collect();
        Self { address: address.to_owned(), ids }
    }

    /// Where the pages of the session are, such as `/s/…`.
    pub(super) fn root(&self) -> String {
        root(&self.address)
    }

    fn opens(&self, session: &Session) -> bool {
        session.address.matches(&self.address) && self.ids.iter().any(|id| session.id.equals(id))
    }
}

impl Desk {
    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The code of a new link, which logs in once.
    pub(in super::super) fn new_code(&self) -> AccessToken {
        let code = AccessToken::new(random::secret("login"));
        push(&mut self.places().links, SecretDigest::of(code.expose()), MOST_LINKS);
        code
    }

    /// Opens a session for whoever has a link that nobody followed.
    pub(super) fn log_in(&self, code: &str, now: u64) -> Option<Opened> {
        let mut places = self.places();
        let link = places.links.iter().position(|link| link.matches(code))?;
        places.links.remove(link);

        let (address, id) = (random::secret("page"), random::secret("session"));
        let root = root(&address);
        let cookie = cookie(&id, &root)?;
        let session = Session {
            address: SecretDigest::of(&address),
            id: SecretDigest::of(&id),
            csrf: AccessToken::new(random::secret("csrf")),
            ends_at: now.saturating_add(SESSION_LIFETIME),
            listeners: VecDeque::new(),
        };
        push(&mut places.sessions, session, MOST_SESSIONS);
        Some(Opened { root, cookie })
    }

    /// The token that this session's forms carry. `None` without a session.
    pub(super) fn csrf_token(&self, key: &SessionKey, now: u64) -> Option<AccessToken> {
        self.with_session(key, now, |session| session.csrf.clone())
    }

    /// What ends when the listener has to go: with the session, or for a newer page of it. `None` without a session.
    pub(super) fn listen(&self, key: &SessionKey, now: u64) -> Option<oneshot::Receiver<()>> {
        self.with_session(key, now, |session| {
            let (stay, gone) = oneshot::channel();
            session.listeners.retain(|listener| !listener.is_closed());
            push(&mut session.listeners, stay, MOST_LISTENERS);
            gone
        })
    }

    /// Ends this session, and its listeners with it. Returns what takes its cookie out of the browser.
    pub(super) fn log_out(&self, key: &SessionKey) -> Option<HeaderValue> {
        self.places().sessions.retain(|session| !key.opens(session));
        HeaderValue::try_from(format!("{COOKIE}=; Max-Age=0; HttpOnly; SameSite=Strict; Path={}", key.root())).ok()
    }

    /// Ends every session, so that no listener holds up the end of the process.
    pub(in super::super) fn close(&self) {
        *self.places() = Places::default();
    }

    fn with_session<T>(&self, key: &SessionKey, now: u64, act: impl FnOnce(&mut Session) -> T) -> Option<T> {
        let mut places = self.places();
        places.sessions.retain(|session| now < session.ends_at);
        places.sessions.iter_mut().find(|session| key.opens(session)).map(act)
    }
}

fn root(address: &str) -> String {
    format!("{SESSIONS}{address}")
}

/// A cookie that goes to the pages of one session alone, and that no script reads.
fn cookie(id: &str, root: &str) -> Option<HeaderValue> {
    let mut cookie = HeaderValue::try_from(format!("{COOKIE}={id}; HttpOnly; SameSite=Strict; Path={root}")).ok()?;
    cookie.set_sensitive(true);
    Some(cookie)
}

/// The path of a call as it may be remembered: without the secret of a session.
pub(in super::super) fn without_secret(path: &str) -> Cow<'_, str> {
    match path.strip_prefix(SESSIONS) {
        None => Cow::Borrowed(path),
        Some(rest) => {
            let page = rest.find('/').and_then(|end| rest.get(end..)).unwrap_or_default();
            Cow::Owned(format!("{SESSIONS}[session]{page}"))
        }
    }
}

/// Adds an item; the oldest makes room.
fn push<T>(items: &mut VecDeque<T>, item: T, most: usize) {
    if items.len() >= most {
        items.pop_front();
    }
    items.push_back(item);
}
