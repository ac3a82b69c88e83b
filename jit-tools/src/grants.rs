//! Grants that a task holds: one request for many needs, and one token until shortly before its end.
//!
//! It does not know what a grant is made of, or who issues it: the loader is handed in.

use std::{
    collections::HashMap,
    future::Future,
    mem,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    authorization_details::AuthorizationDetail,
    clock::Clock,
    digest::Sha256Hex,
    expiring::{Expiring, Timed},
    origin::Origin,
    sync::{Mutex, MutexGuard, lock},
};

/// How many different permissions one task may hold or have asked for.
const MAX_GRANTS: usize = 1024;

/// For whom grants are: two that differ in any part share nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct GrantScope {
    authority: Origin,
    tenant: String,
    agent: String,
    /// The user on whose behalf the agent acts; the agent itself where there is none.
    subject: Subject,
    task: String,
}

/// On whose behalf a grant is held.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Subject {
    /// The agent, for itself.
    Agent,
    /// A user, known by the digest of the token that was handed in.
    User(Sha256Hex),
}

impl GrantScope {
    /// `None` when a part is empty: a grant that could be anybody's is nobody's.
    pub(crate) fn new(
        authority: &Origin,
        tenant: &str,
        agent: &str,
        subject: Subject,
        task: &str,
    ) -> Option<Arc<Self>> {
        let parts = [tenant, agent, task];
        parts.iter().all(|part| !part.is_empty()).then(|| {
            let [tenant, agent, task] = parts.map(str::to_owned);
            Arc::new(Self { authority: authority.clone(), tenant, agent, subject, task })
        })
    }
}

/// What makes two needs the same: for whom, where, what, and for how long at most; and for what exactly, where a grant for
/// the same thing is bound to something else.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct GrantKey {
    scope: Arc<GrantScope>,
    origin: Origin,
    detail: String,
    ttl: Option<Duration>,
    purpose: Option<Sha256Hex>,
}

impl GrantKey {
    pub(crate) fn new(scope: &Arc<GrantScope>, origin: &Origin, detail: &AuthorizationDetail) -> Self {
        Self { scope: Arc::clone(scope), origin: origin.clone(), detail: detail.canonical(), ttl: None, purpose: None }
    }

    /// The key of the same need whose token may live no longer than this.
    pub(crate) fn lasting(self, ttl: Option<Duration>) -> Self {
        Self { ttl, ..self }
    }

    /// The key of the same need for this one purpose.
    pub(crate) fn only_for(self, purpose: Sha256Hex) -> Self {
        Self { purpose: Some(purpose), ..self }
    }
}

/// There is no room for another grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full;

#[derive(Debug)]
pub(crate) struct Grants<V, E> {
    entries: Mutex<HashMap<GrantKey, Arc<Expiring<V, E>>>>,
}

impl<V, E> Default for Grants<V, E> {
    fn default() -> Self {
        Self { entries: Mutex::default() }
    }
}

impl<V: Clone, E: Clone + From<Full>> Grants<V, E> {
    /// The grant for a need: one that is held, `serves` what it is needed for and `covers` the need, or else the one that
    /// `load` gets. What was obtained for an equal need covers it.
    ///
    /// Equal needs at the same time wait for one load, whose grant may not serve all of them: each has to look.
    pub(crate) async fn get_or_load<F, L>(
        &self,
        key: GrantKey,
        clock: &dyn Clock,
        serves: impl Fn(&V) -> bool,
        covers: impl Fn(&V) -> bool,
        load: F,
    ) -> Result<V, E>
    where
        F: FnOnce() -> L,
        L: Future<Output = Result<Timed<V>, E>>,
    {
        let cell = {
            let now = clock.now();
            let mut entries = self.entries();
            let own = entries.get(&key).and_then(|cell| cell.live(now)).filter(&serves);
            if own.is_none() {
                let fitting = entries
                    .iter()
                    .filter(|(held, _)| held.scope == key.scope && held.origin == key.origin && **held != key)
                    .find_map(|(_, cell)| cell.live(now).filter(|held| serves(held) && covers(held)));
                if let Some(fitting) = fitting {
                    return Ok(fitting);
                }
            }
            if entries.len() >= MAX_GRANTS && !entries.contains_key(&key) {
                // What has ended makes room; nobody can take a cell up while the entries are locked.
                entries.retain(|_, cell| Arc::strong_count(cell) > 1 || cell.live(now).is_some());
                if entries.len() >= MAX_GRANTS {
                    return Err(Full.into());
                }
            }
            Arc::clone(entries.entry(key).or_default())
        };
        cell.get_or_load(clock, load).await
    }

    /// Forgets the grants that `is_it` recognizes, such as one that was not accepted.
    pub(crate) fn forget(&self, is_it: impl Fn(&V) -> bool) {
        for cell in self.entries().values() {
            cell.forget(&is_it);
        }
    }

    /// Something of each grant that is held, where there is such a thing.
    pub(crate) fn peek<T>(&self, look: impl Fn(&V) -> Option<T>) -> Vec<T> {
        self.entries().values().filter_map(|cell| cell.peek(&look)).collect()
    }

    /// Forgets everything, and gives what is still good.
    pub(crate) fn take(&self, now: Instant) -> Vec<V> {
        mem::take(&mut *self.entries()).into_values().filter_map(|cell| cell.live(now)).collect()
    }

    /// Forgets everything: the task is over.
    pub(crate) fn clear(&self) {
        self.entries().clear();
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<GrantKey, Arc<Expiring<V, E>>>> {
        lock(&self.entries)
    }
}

#[cfg(test)]
mod tests;
