//! What every handler shares: the settings of one start, the store, and who is who.

use std::{
    mem,
    pin::pin,
    sync::{OnceLock, PoisonError},
    time::{Duration, UNIX_EPOCH},
};

use bytes::Bytes;
use futures_util::future::{Either, select};
use tokio::sync::watch;

use super::{
    PathStyles,
    answer::Unusable,
    audit::{AuditEvent, AuditLog, NotRecorded, Refusals},
    calls::Calls,
    clients::Client,
    disk::{Disk, DiskFailed},
    hosts::OwnNames,
    keys::{self, Claims, Keys},
    limits::{self, Limiter, QuotaSlot},
    pages::Desk,
    random::SecretDigest,
    store::{Issued, Store, TokenRecord},
    webhooks::Webhooks,
};
use crate::{
    clock::SharedClock,
    secret::AccessToken,
    sync::{Mutex, lock},
};

/// How long an answer waits for the audit log.
const MAX_WAIT_FOR_AUDIT: Duration = Duration::from_secs(10);
/// The client through which the authority itself signs users in.
const SIGN_IN: &str = "jit-authority";

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) url: String,
    /// The document of the API, once somebody asked for it.
    pub(super) openapi: OnceLock<Option<Bytes>>,
    pub(super) names: OwnNames,
    pub(super) org: String,
    pub(super) styles: PathStyles,
    pub(super) clients: Vec<Client>,
    pub(super) users: Vec<String>,
    /// The types that the owner calls harmless, beside those that are known to be.
    pub(super) low_risk_types: Vec<String>,
    pub(super) limiter: Limiter,
    pub(super) webhooks: Option<Webhooks>,
    pub(super) reviewer_token: AccessToken,
    pub(super) keys: Keys,
    pub(super) clock: SharedClock,
    pub(super) audit: AuditLog,
    pub(super) refusals: Mutex<Refusals>,
    pub(super) desk: Desk,
    pub(super) store: Mutex<Store>,
    pub(super) disk: Option<Disk>,
    /// How often something changed, for those who show it.
    pub(super) changes: watch::Sender<u64>,
    pub(super) calls: Calls,
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
        events.extend(lock(&self.refusals).take_due(self.now()));
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
        format!("{}/login?code={}", self.page_url(), self.desk.new_code().expose())
    }

    /// The URL that the page's addresses begin with.
    pub(super) fn page_url(&self) -> String {
        self.names.page_url().unwrap_or_else(|| self.url.clone())
    }

    pub(super) fn record(&self, event: AuditEvent) {
        self.record_all(vec![event]);
    }

    /// Counts a call that was refused, for a reason of which there are a few.
    pub(super) fn record_refusal(&self, reason: &'static str) {
        let due = lock(&self.refusals).count(reason, self.now());
        self.record_all(due.into_iter().collect());
    }

    /// What happened, oldest first, with all refusals that were counted so far.
    pub(super) fn events(&self) -> Vec<AuditEvent> {
        self.record_counted();
        self.audit.events()
    }

    /// Records the refusals that were counted so far.
    pub(super) fn record_counted(&self) {
        let counted = lock(&self.refusals).take_all(self.now());
        self.record_all(counted);
    }

    fn record_all(&self, mut events: Vec<AuditEvent>) {
        if events.is_empty() {
            return;
        }
        let time = self.clock.system_time();
        for event in &mut events {
            event.time = time;
        }
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        self.keep(&mut store, events);
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

    /// Waits until the audit log has all that happened so far. What gives somebody something is answered only then, and not
    /// at all where the log cannot be written.
    pub(super) async fn recorded(&self) -> Result<(), NotRecorded> {
        match select(pin!(self.audit.settled()), self.clock.deadline(MAX_WAIT_FOR_AUDIT)).await {
            Either::Left((recorded, _)) => recorded,
            Either::Right(_) => Err(NotRecorded),
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

    /// The record of a token that still counts and is for this authority, and not for an API.
    pub(super) fn own_token(&self, token: Option<&str>) -> Result<TokenRecord, Unusable> {
        let record = token.and_then(|token| self.live_token(token)).ok_or(Unusable::Missing)?;
        if record.is_for_the_authority() { Ok(record) } else { Err(Unusable::Elsewhere) }
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
            aud: issued.audiences(&self.url),
            act: keys::act(&issued.actors),
            authorization_details: issued.detail.clone().map(|detail| vec![detail]),
        });
        if token.is_none() {
            // Nobody will ever hold it, so it does not count as alive.
            self.with(|store, now| store.revoke_tokens(now, |token| token.jti == issued.jti));
        }
        token
    }
}

/// A date as the wire has it: RFC 3339, in UTC.
pub(super) fn rfc3339(seconds: u64) -> String {
    i64::try_from(seconds)
        .ok()
        .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok())
        .map_or_else(String::new, |timestamp| timestamp.to_string())
}
