//! Grants that a task holds: one request for many needs, and one token until shortly before its end.
//!
//! It does not know what a grant is made of, or who issues it: the loader is handed in.

use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use crate::{
    authorization_details::AuthorizationDetail,
    clock::Clock,
    expiring::{Expiring, Timed},
    origin::Origin,
};

/// How many different permissions one task may hold or have asked for.
const MAX_GRANTS: usize = 1024;

/// What makes two needs of one task the same.
///
/// Authority, tenant, agent, user and task are not in it, since each task has grants of its own and shares them with
/// no other.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct GrantKey {
    origin: Origin,
    detail: String,
}

impl GrantKey {
    pub(crate) fn new(origin: &Origin, detail: &AuthorizationDetail) -> Self {
        Self { origin: origin.clone(), detail: detail.canonical() }
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
            let covering = |entry: &Entry<V, E>| entry.cell.live(clock.now()).filter(&covers);
            if !entries.contains_key(&key) {
                let held =
                    entries.iter().filter(|(held, _)| held.origin == key.origin).find_map(|(_, entry)| covering(entry));
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
        // Nothing between lock and unlock can panic half-way through a change.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V, E> Default for Entry<V, E> {
    fn default() -> Self {
        Self { cell: Expiring::default(), lasting: OnceLock::new() }
    }
}
