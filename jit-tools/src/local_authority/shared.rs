//! What every handler shares: the settings of one start, the store, and who is who.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::UNIX_EPOCH,
};

use secrecy::{ExposeSecret, SecretString};

use super::{
    PathStyles,
    audit::{AuditEvent, AuditLog},
    keys::{Claims, Keys},
    pages::Desk,
    random::SecretDigest,
    store::{Issued, Store, TokenRecord},
};
use crate::{clock::SharedClock, secret::AccessToken};

/// How many calls are remembered; the oldest goes first.
const CALLS_KEPT: usize = 4096;
/// How much of a path is remembered, in characters.
const LONGEST_PATH: usize = 512;

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
    pub(super) reviewer_token: AccessToken,
    pub(super) keys: Keys,
    pub(super) clock: SharedClock,
    pub(super) audit: AuditLog,
    pub(super) desk: Desk,
    pub(super) store: Mutex<Store>,
    pub(super) calls: Mutex<VecDeque<ReceivedCall>>,
}

/// An agent that may log in.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) id: String,
    pub(super) secret: SecretString,
    digest: SecretDigest,
}

impl Client {
    pub(super) fn new(id: String, secret: SecretString) -> Self {
        let digest = SecretDigest::of(secret.expose_secret());
        Self { id, secret, digest }
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
        for event in store.events.drain(..) {
            self.audit.record(event, time);
        }
        result
    }

    pub(super) fn record(&self, event: AuditEvent) {
        self.audit.record(event, self.clock.system_time());
    }

    /// The client with these credentials.
    pub(super) fn authenticate(&self, id: &str, secret: &str) -> Option<&Client> {
        // Every secret is compared, so that the time it takes does not tell which ids exist.
        self.clients.iter().fold(None, |found, client| {
            let matches = client.digest.matches(secret);
            if matches && client.id == id { Some(client) } else { found }
        })
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
            aud: issued.detail.as_ref().and_then(|detail| detail.locations.clone()),
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
