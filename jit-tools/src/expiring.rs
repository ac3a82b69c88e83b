//! A value that ends, loaded by one task for all who need it.

use std::{
    future::Future,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::clock::Clock;

/// A value with the times that its loader gave it.
#[derive(Clone, Debug)]
pub(crate) struct Timed<V> {
    pub(crate) value: V,
    /// From then on the value is replaced by whoever needs it, while others still use it.
    pub(crate) refresh_at: Instant,
    /// From then on the value is not used.
    pub(crate) expires_at: Instant,
}

impl<V> Timed<V> {
    /// A value that lives for `lifetime` from `received`, and is replaced `margin` before its end, or in the last
    /// fifth of a life shorter than five margins.
    pub(crate) fn new(value: V, received: Instant, lifetime: Duration, margin: Duration) -> Self {
        // A lifetime beyond what the clock can count is a server's nonsense; such a value is of no use.
        let expires_at = received.checked_add(lifetime).unwrap_or(received);
        let refresh_at = expires_at.checked_sub(margin.min(lifetime / 5)).unwrap_or(received);
        Self { value, refresh_at, expires_at }
    }
}

/// Holds at most one value, and lets one task at a time load it.
///
/// Whoever finds it empty waits for the one that loads; when that one fails, those who waited get the same error
/// rather than each trying again. When it is cancelled or panics, the next in line takes over. Whoever finds a value
/// that is about to end replaces it, and all others go on with it.
#[derive(Debug)]
pub(crate) struct Expiring<V, E> {
    state: Mutex<State<V, E>>,
    leader: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct State<V, E> {
    held: Option<Timed<V>>,
    /// Counts the loads that ended, so that who waited can tell whether one ended meanwhile.
    rounds: u64,
    failure: Option<E>,
}

impl<V, E> Default for Expiring<V, E> {
    fn default() -> Self {
        Self { state: Mutex::new(State { held: None, rounds: 0, failure: None }), leader: tokio::sync::Mutex::new(()) }
    }
}

impl<V: Clone, E: Clone> Expiring<V, E> {
    /// The value, loaded by this task or by another.
    pub(crate) async fn get_or_load<F, L>(&self, clock: &dyn Clock, load: F) -> Result<V, E>
    where
        F: FnOnce() -> L,
        L: Future<Output = Result<Timed<V>, E>>,
    {
        let seen = {
            let state = self.state();
            match state.live(clock.now()) {
                Some(held) if clock.now() < held.refresh_at => return Ok(held.value.clone()),
                _ => state.rounds,
            }
        };
        let _leader = match self.live(clock.now()) {
            // Somebody else is replacing it; it is good until then.
            Some(value) => match self.leader.try_lock() {
                Ok(guard) => guard,
                Err(_) => return Ok(value),
            },
            None => self.leader.lock().await,
        };
        {
            let state = self.state();
            if state.rounds != seen {
                if let Some(held) = state.live(clock.now()) {
                    return Ok(held.value.clone());
                }
                if let Some(failure) = &state.failure {
                    return Err(failure.clone());
                }
            }
        }
        // Boxed, since most who come here find a value and would carry it all the same.
        let loaded = Box::pin(load()).await;
        let mut state = self.state();
        state.rounds += 1;
        match loaded {
            Ok(timed) => {
                state.failure = None;
                let value = timed.value.clone();
                state.held = Some(timed);
                Ok(value)
            }
            Err(error) => {
                state.failure = Some(error.clone());
                // An early replacement that failed leaves the value that is still good.
                state.live(clock.now()).map(|held| held.value.clone()).ok_or(error)
            }
        }
    }

    /// The value, if it has not ended.
    pub(crate) fn live(&self, now: Instant) -> Option<V> {
        self.state().live(now).map(|held| held.value.clone())
    }

    /// Forgets the value if it is the one that `is_it` recognizes, so that a value that was replaced meanwhile stays.
    pub(crate) fn forget(&self, is_it: impl FnOnce(&V) -> bool) {
        let mut state = self.state();
        if state.held.as_ref().is_some_and(|held| is_it(&held.value)) {
            state.held = None;
        }
    }

    fn state(&self) -> MutexGuard<'_, State<V, E>> {
        // Nothing between lock and unlock can panic half-way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V, E> State<V, E> {
    fn live(&self, now: Instant) -> Option<&Timed<V>> {
        self.held.as_ref().filter(|held| now < held.expires_at)
    }
}
