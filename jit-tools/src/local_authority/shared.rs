//! What every handler shares: the settings of one start, the store, and who is who.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::UNIX_EPOCH,
};

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::watch;

use super::{
    PathStyles,
    audit::{AuditEvent, AuditLog},
    keys::{self, Claims, Keys},
    limits::{self, Limiter, QuotaSlot},
    pages::Desk,
    random::SecretDigest,
    store::{Issued, Store, TokenRecord},
    webhooks::Webhooks,
};
use crate::{clock::SharedClock, secret::AccessToken};

/// How many calls are remembered; the oldest goes first.
const CALLS_KEPT: usize = 4096;
/// How much of a path is remembered, in characters.
const LONGEST_PATH: usize = 512;
/// The capability to act for users, as the vendor calls it.
pub(super) const DELEGATE: &str = "delegate:on_behalf";
/// How many tokens an agent is issued a day, where nothing else is set.
const DEFAULT_BUDGET: u64 = 1_000_000;
/// The client through which the authority itself signs users in.
const SIGN_IN: &str = "jit-authority";

/// One HTTP call that the authority received.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReceivedCall {
    /// The method, such as `POST`.
    pub method: String,
    /// The path, without its query, which may hold a secret.
    pub path: String,
}

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) url: String,
    pub(super) org: String,
    pub(super) styles: PathStyles,
    pub(super) clients: Vec<Client>,
    pub(super) users: Vec<String>,
    pub(super) limiter: Limiter,
    pub(super) webhooks: Option<Webhooks>,
    pub(super) reviewer_token: AccessToken,
    pub(super) keys: Keys,
    pub(super) clock: SharedClock,
    pub(super) audit: AuditLog,
    pub(super) desk: Desk,
    /// Tells open pages that something changed.
    pub(super) news: watch::Sender<()>,
    pub(super) store: Mutex<Store>,
    pub(super) calls: Mutex<VecDeque<ReceivedCall>>,
}

/// An agent that may log in.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) id: String,
    pub(super) secret: SecretString,
    /// What it may do (the vendor's capabilities, such as `read:documents`).
    pub(super) capabilities: Vec<String>,
    /// How many tokens it is issued a day (UTC) for tasks and on behalf of users.
    pub(super) budget: u64,
    digest: SecretDigest,
}

impl Client {
    pub(super) fn new(id: String, secret: SecretString) -> Self {
        let digest = SecretDigest::of(secret.expose_secret());
        let capabilities = vec![DELEGATE.to_owned()];
        Self { id, secret, capabilities, budget: DEFAULT_BUDGET, digest }
    }

    /// Whether it may act for users.
    pub(super) fn may_delegate(&self) -> bool {
        self.capabilities.iter().any(|capability| capability == DELEGATE)
    }
}

impl Shared {
    /// The time on the injected clock, in seconds since 1970.
    pub(super) fn now(&self) -> u64 {
        self.clock.system_time().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
    }

    /// Reads or changes the store at the present time, and takes what happened to the audit log.
    pub(super) fn with<R>(&self, act: impl FnOnce(&mut Store, u64) -> R) -> R {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let result = act(&mut store, self.now());
        let time = self.clock.system_time();
        if !store.events.is_empty() {
            self.news.send_replace(());
        }
        for event in store.events.drain(..) {
            self.audit.record(event, time);
        }
        for request in store.take_ended() {
            if let Some(webhooks) = &self.webhooks {
                webhooks.send(&request, time);
            }
        }
        result
    }

    /// A new link that logs a person in to the page, once.
    pub(super) fn login_link(&self) -> String {
        format!("{}/login?code={}", self.url, self.desk.new_code().expose())
    }

    pub(super) fn record(&self, event: AuditEvent) {
        self.audit.record(event, self.clock.system_time());
        self.news.send_replace(());
    }

    /// The client with these credentials.
    pub(super) fn authenticate(&self, id: &str, secret: &str) -> Option<&Client> {
        // Every secret is compared, so that the time it takes does not tell which ids exist.
        let presented = SecretDigest::of(secret);
        self.clients.iter().fold(None, |found, client| {
            let matches = client.digest.equals(&presented);
            if matches && client.id == id { Some(client) } else { found }
        })
    }

    /// The URL of the API in a style of path, such as `orgs`.
    pub(super) fn base(&self, style: &str) -> String {
        format!("{}/{style}/{}/api/v1", self.url, self.org)
    }

    pub(super) fn client(&self, id: &str) -> Option<&Client> {
        self.clients.iter().find(|client| client.id == id)
    }

    /// How many tokens the agent is issued a day.
    pub(super) fn budget(&self, agent_id: &str) -> u64 {
        self.client(agent_id).map_or(0, |client| client.budget)
    }

    /// Counts a call to the API; the error is how many seconds to wait.
    pub(super) fn count_call(&self, agent_id: &str, slot: &QuotaSlot) -> Result<(), u64> {
        self.limiter.take(limits::Kind::Api, agent_id, self.now(), slot)
    }

    /// Issues a user's own token. `None` where there is no such user, or no room.
    pub(super) fn sign_in(&self, user: &str) -> Option<AccessToken> {
        let user = self.users.iter().find(|known| *known == user)?;
        let issued = self.with(|store, now| store.issue_user_token(SIGN_IN, user, now)).ok()?;
        self.sign(&issued)
    }

    /// The record of a token that this start signed and that still counts.
    pub(super) fn live_token(&self, token: &str) -> Option<TokenRecord> {
        let jti = self.keys.identify(token)?;
        self.with(|store, now| store.live_token(&jti, now).cloned())
    }

    /// Whether this is the reviewer's token.
    pub(super) fn is_reviewer(&self, token: &str) -> bool {
        SecretDigest::of(self.reviewer_token.expose()).matches(token)
    }

    /// Signs a token that the store just issued.
    pub(super) fn sign(&self, issued: &Issued) -> Option<AccessToken> {
        let token = self.keys.sign(&Claims {
            iss: self.url.clone(),
            sub: issued.subject(),
            client_id: issued.agent_id.clone(),
            agent_id: issued.agent_id.clone(),
            task_id: issued.task_id.clone(),
            parent_task_id: issued.parent_task_id.clone(),
            jit: issued.is_jit(),
            scope: issued.scope.clone(),
            iat: issued.issued_at,
            exp: issued.expires_at,
            jti: issued.jti.clone(),
            aud: match (&issued.detail, &issued.resource) {
                (Some(detail), _) => detail.locations.clone(),
                (None, resource) => resource.clone().map(|resource| vec![resource]),
            },
            act: keys::act(&issued.actors),
            authorization_details: issued.detail.clone().map(|detail| vec![detail]),
        });
        if token.is_none() {
            // Nobody will ever hold it, so it does not count as alive.
            self.with(|store, now| store.revoke_tokens(now, |token| token.jti == issued.jti));
        }
        token
    }

    pub(super) fn remember_call(&self, method: &http::Method, path: &str) {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        if calls.len() >= CALLS_KEPT {
            calls.pop_front();
        }
        let path = path.chars().take(LONGEST_PATH).collect();
        calls.push_back(ReceivedCall { method: method.to_string(), path });
    }
}

/// A date as the wire has it: RFC 3339, in UTC.
pub(super) fn rfc3339(seconds: u64) -> String {
    i64::try_from(seconds)
        .ok()
        .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok())
        .map_or_else(String::new, |timestamp| timestamp.to_string())
}
