//! What every handler shares: the settings of one start, the store, and who is who.

use std::{
    collections::VecDeque,
    mem,
    sync::{Mutex, PoisonError},
    time::UNIX_EPOCH,
};

use tokio::sync::watch;

use super::{
    PathStyles,
    audit::{AuditEvent, AuditLog},
    clients::Client,
    disk::{Disk, DiskFailed},
    keys::{self, Claims, Keys},
    limits::{self, Limiter, QuotaSlot},
    pages::{self, Desk},
    random::SecretDigest,
    store::{Issued, Store, TokenRecord},
    webhooks::Webhooks,
};
use crate::{clock::SharedClock, secret::AccessToken};

/// How many calls are remembered; the oldest goes first.
const CALLS_KEPT: usize = 4096;
/// How much of a path is remembered, in characters.
const LONGEST_PATH: usize = 512;
/// The client through which the authority itself signs users in.
const SIGN_IN: &str = "jit-authority";

/// One HTTP call that the authority received.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReceivedCall {
    /// The method, such as `POST`.
    pub method: String,
    /// The path, without its query and the address of a session, which may hold a secret.
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
    pub(super) store: Mutex<Store>,
    pub(super) disk: Option<Disk>,
    /// How often something changed, for those who show it.
    pub(super) changes: watch::Sender<u64>,
    pub(super) calls: Mutex<VecDeque<ReceivedCall>>,
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
        let mut events = mem::take(&mut store.events);
        for event in &mut events {
            event.time = time;
        }
        self.keep(&mut store, events);
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

    pub(super) fn record(&self, mut event: AuditEvent) {
        event.time = self.clock.system_time();
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        self.keep(&mut store, vec![event]);
    }

    /// Takes what happened to the audit log, and what changed to the disk, under the lock of the store.
    fn keep(&self, store: &mut Store, events: Vec<AuditEvent>) {
        if let Some(disk) = &self.disk {
            disk.write(store.take_changes(), events.clone());
        }
        if events.is_empty() {
            return;
        }
        for event in events {
            self.audit.record(event);
        }
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Waits until all that changed so far is kept.
    pub(super) async fn settled(&self) -> Result<(), DiskFailed> {
        match &self.disk {
            Some(disk) => disk.settled().await,
            None => Ok(()),
        }
    }

    /// The client with these credentials.
    pub(super) fn authenticate(&self, id: &str, secret: &str) -> Option<&Client> {
        // Every secret is compared, so that the time it takes does not tell which ids exist.
        let presented = SecretDigest::of(secret);
        self.clients.iter().fold(None, |found, client| {
            let matches = client.has_secret(&presented);
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
        let path = pages::without_secret(path).chars().take(LONGEST_PATH).collect();
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
