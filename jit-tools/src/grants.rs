//! Grants that a task holds: one request for many needs, and one token until shortly before its end.
//!
//! It does not know what a grant is made of, or who issues it: the loader is handed in.

use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, OnceLock},
};

use crate::{
    authorization_details::AuthorizationDetail,
    clock::Clock,
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

/// What makes two needs the same: for whom, where, and what.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct GrantKey {
    scope: Arc<GrantScope>,
    origin: Origin,
    detail: String,
}

impl GrantKey {
    pub(crate) fn new(scope: &Arc<GrantScope>, origin: &Origin, detail: &AuthorizationDetail) -> Self {
        Self { scope: Arc::clone(scope), origin: origin.clone(), detail: detail.canonical() }
    }
}

/// There is no room for another grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full;

#[derive(Debug)]
pub(crate) struct Grants<V, E> {
    entries: Mutex<HashMap<GrantKey, Arc<Entry<V, E>>>>,
}

#[derive(Debug)]
struct Entry<V, E> {
    cell: Expiring<V, E>,
    /// A failure that holds for the rest of the task, such as a person's no.
    lasting: OnceLock<E>,
}

impl<V, E> Default for Grants<V, E> {
    fn default() -> Self {
        Self { entries: Mutex::default() }
    }
}

impl<V: Clone, E: Clone + From<Full>> Grants<V, E> {
    /// The grant for a need: one that is held and covers it, or else the one that `load` gets.
    ///
    /// Equal needs at the same time wait for one load. A failure that `is_lasting` is the answer to every equal need
    /// from then on.
    pub(crate) async fn get_or_load<F, L>(
        &self,
        key: GrantKey,
        clock: &dyn Clock,
        covers: impl Fn(&V) -> bool,
        is_lasting: impl Fn(&E) -> bool,
        load: F,
    ) -> Result<V, E>
    where
        F: FnOnce() -> L,
        L: Future<Output = Result<Timed<V>, E>>,
    {
        let entry = {
            let mut entries = self.entries();
            if !entries.contains_key(&key) {
                let held = entries
                    .iter()
                    .filter(|(held, _)| held.scope == key.scope && held.origin == key.origin)
                    .find_map(|(_, entry)| entry.cell.live(clock.now()).filter(&covers));
                if let Some(held) = held {
                    return Ok(held);
                }
                if entries.len() == MAX_GRANTS {
                    return Err(Full.into());
                }
            }
            Arc::clone(entries.entry(key).or_default())
        };
        if let Some(failure) = entry.lasting.get() {
            return Err(failure.clone());
        }
        let outcome = entry.cell.get_or_load(clock, load).await;
        if let Err(failure) = &outcome
            && is_lasting(failure)
        {
            // Whoever came first has said the same.
            let _ = entry.lasting.set(failure.clone());
        }
        outcome
    }

    /// Forgets the grants that `is_it` recognizes, such as one that was not accepted.
    pub(crate) fn forget(&self, is_it: impl Fn(&V) -> bool) {
        for entry in self.entries().values() {
            entry.cell.forget(&is_it);
        }
    }

    /// Forgets everything: the task is over.
    pub(crate) fn clear(&self) {
        self.entries().clear();
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<GrantKey, Arc<Entry<V, E>>>> {
        lock(&self.entries)
    }
}

impl<V, E> Default for Entry<V, E> {
    fn default() -> Self {
        Self { cell: Expiring::default(), lasting: OnceLock::new() }
    }
}
