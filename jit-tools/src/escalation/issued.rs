//! Which tokens of a task may live: what a report says when the task could not be completed.

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use crate::{
    authority::{AuthorityError, Exchanged, JitToken, MAX_TTL, RequestId},
    authorization_details::AuthorizationDetail,
    clock::Clock,
    digest::Sha256Hex,
    secret::AccessToken,
};

/// How many tokens are remembered by name; of more, only the latest end is.
const MAX_REMEMBERED: usize = 1024;

/// A token that was issued, or may have been, and that no answer of the authority's has ended. Never the token itself.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct OutstandingToken {
    /// The request that it was exchanged for; `None`, and no permission, for all beyond the first thousand.
    pub request_id: Option<RequestId>,
    /// What it permits: what the authority says that it granted, else what was asked for.
    pub permits: Vec<AuthorizationDetail>,
    /// Until when it may live at the latest, on the agent's clock: the lifetime that the authority named, or the longest
    /// that it grants where its answer got lost.
    pub ends_by: SystemTime,
}

/// The tokens of one task. One is noted before it is asked for, so that an answer that gets lost leaves a trace.
#[derive(Debug, Default)]
pub(super) struct IssuedTokens {
    noted: Mutex<Noted>,
}

#[derive(Debug, Default)]
struct Noted {
    count: u64,
    tokens: Vec<NotedToken>,
    beyond: Option<SystemTime>,
}

#[derive(Debug)]
struct NotedToken {
    number: u64,
    /// Which token it is, once it is known here.
    digest: Option<Sha256Hex>,
    token: OutstandingToken,
}

/// An exchange that is under way.
pub(super) struct Exchange<'a> {
    issued: &'a IssuedTokens,
    clock: &'a dyn Clock,
    number: u64,
    is_settled: bool,
}

impl IssuedTokens {
    /// Notes that a token is about to be asked for.
    pub(super) fn begin<'a>(
        &'a self,
        request: &RequestId,
        asked: &AuthorizationDetail,
        clock: &'a dyn Clock,
    ) -> Exchange<'a> {
        let now = clock.system_time();
        let mut noted = self.noted();
        noted.count += 1;
        let number = noted.count;
        let ends_by = end(now, MAX_TTL);
        if noted.tokens.len() == MAX_REMEMBERED {
            noted.tokens.retain(|noted| noted.token.ends_by > now);
        }
        if noted.tokens.len() == MAX_REMEMBERED {
            noted.beyond = noted.beyond.max(Some(ends_by));
        } else {
            let permits = vec![asked.clone()];
            let token = OutstandingToken { request_id: Some(request.clone()), permits, ends_by };
            noted.tokens.push(NotedToken { number, digest: None, token });
        }
        Exchange { issued: self, clock, number, is_settled: false }
    }

    /// Forgets a token: the authority has revoked it.
    pub(super) fn revoked(&self, token: &AccessToken) {
        let digest = digest_of(token);
        self.noted().tokens.retain(|noted| noted.digest.as_ref() != Some(&digest));
    }

    /// What may live now.
    pub(super) fn outstanding(&self, now: SystemTime) -> Vec<OutstandingToken> {
        let noted = self.noted();
        let beyond = noted.beyond.map(|ends_by| OutstandingToken { request_id: None, permits: Vec::new(), ends_by });
        let tokens = noted.tokens.iter().map(|noted| noted.token.clone()).chain(beyond);
        tokens.filter(|token| token.ends_by > now).collect()
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        // Nothing between lock and unlock can panic half-way through a change.
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Exchange<'_> {
    /// Notes what came of it.
    pub(super) fn settle(mut self, outcome: &Result<Exchanged, AuthorityError>) {
        match outcome {
            Ok(issued) => {
                // With the token of an earlier try there may be two. That this one is revoked does not end the other.
                let known = (!issued.may_be_second).then_some(&issued.token.token);
                self.note(issued.expires_in.unwrap_or(MAX_TTL), Some(&issued.token), known);
            }
            Err(error) if error.may_have_acted() => self.note(MAX_TTL, None, None),
            Err(_) => self.issued.noted().tokens.retain(|noted| noted.number != self.number),
        }
        self.is_settled = true;
    }

    /// A token of this lifetime may have been issued up to now. `known` is which one it is, if there can be no other.
    fn note(&self, lifetime: Duration, issued: Option<&JitToken>, known: Option<&AccessToken>) {
        let ends_by = end(self.clock.system_time(), lifetime);
        let mut noted = self.issued.noted();
        match noted.tokens.iter_mut().find(|noted| noted.number == self.number) {
            Some(NotedToken { digest, token, .. }) => {
                token.ends_by = ends_by;
                *digest = known.map(digest_of);
                if let Some(granted) = issued.and_then(|issued| issued.granted.as_ref()) {
                    token.permits.clone_from(granted);
                }
            }
            None => noted.beyond = noted.beyond.max(Some(ends_by)),
        }
    }
}

impl Drop for Exchange<'_> {
    fn drop(&mut self) {
        if !self.is_settled {
            // Whoever waited for the answer is gone; the authority may have given it all the same.
            self.note(MAX_TTL, None, None);
        }
    }
}

fn digest_of(token: &AccessToken) -> Sha256Hex {
    Sha256Hex::of([token.expose().as_bytes()])
}

fn end(from: SystemTime, lifetime: Duration) -> SystemTime {
    // What the clock cannot count is a server's nonsense.
    from.checked_add(lifetime).unwrap_or(from)
}

impl fmt::Display for OutstandingToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.permits.is_empty() {
            return f.write_str("other permissions");
        }
        for (index, detail) in self.permits.iter().enumerate() {
            write!(f, "{}{detail}", if index == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
