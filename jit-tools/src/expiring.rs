//! A value that ends, loaded by one task for all who need it.
//!
//! A cache crate would do most of this. moka 0.12.16 was tried: `try_get_with` loads once for 1,000 equal needs, hands
//! over when the loader is cancelled or panics, and ends each entry by its own time. But its clock cannot be given to
//! it (`CacheBuilder::clock` is private), and a token's end is what every test of this project turns by hand; nor does
//! it replace a value before its end while others go on with it. What is here has one lock and no other shared state,
//! so that a model checker can walk through it: see `tests/loom`.

use std::{
    collections::HashMap,
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use crate::{
    clock::Clock,
    sync::{Mutex, MutexGuard, lock},
};

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
    /// fifth of a life shorter than five margins. What `jitter` adds to that, a part of the margin again, keeps those
    /// who hold the same kind of value from replacing it at once.
    pub(crate) fn new(
        value: V,
        received: Instant,
        lifetime: Duration,
        margin: Duration,
        jitter: impl FnOnce(Duration) -> Duration,
    ) -> Self {
        let margin = margin.min(lifetime / 5);
        let margin = margin.saturating_add(jitter(margin));
        // A lifetime beyond what the clock can count is a server's nonsense; such a value is of no use.
        let expires_at = received.checked_add(lifetime).unwrap_or(received);
        let refresh_at = expires_at.checked_sub(margin).unwrap_or(received);
        Self { value, refresh_at, expires_at }
    }
}

/// Holds at most one value, and lets one task at a time load it.
///
/// Whoever finds it empty waits for the one that loads; when that one fails, those who waited get the same error
/// rather than each trying again. When it is cancelled or panics, another takes over. Whoever finds a value that is
/// about to end replaces it, and all others go on with it.
#[derive(Debug)]
pub(crate) struct Expiring<V, E> {
    state: Mutex<State<V, E>>,
}

#[derive(Debug)]
struct State<V, E> {
    held: Option<Timed<V>>,
    failure: Option<E>,
    /// Counts the loads that ended, so that who waited can tell whether one ended meanwhile.
    rounds: u64,
    /// Whether somebody loads.
    loading: bool,
    /// Who waits for that to end, by a number of their own, so that one who leaves takes nobody's place.
    waiting: HashMap<u64, Waker>,
    numbers: u64,
}

impl<V, E> Default for Expiring<V, E> {
    fn default() -> Self {
        let state = State { held: None, failure: None, rounds: 0, loading: false, waiting: HashMap::new(), numbers: 0 };
        Self { state: Mutex::new(state) }
    }
}

/// What somebody who needs the value finds.
enum Found<'a, V, E> {
    Value(V),
    Failure(E),
    /// Nobody loads: it is up to the finder, until this is dropped.
    Lead(Lead<'a, V, E>),
    /// Somebody loads, in this round.
    Wait(u64),
}

impl<V: Clone, E: Clone> Expiring<V, E> {
    /// The value, loaded by this task or by another.
    pub(crate) async fn get_or_load<F, L>(&self, clock: &dyn Clock, load: F) -> Result<V, E>
    where
        F: FnOnce() -> L,
        L: Future<Output = Result<Timed<V>, E>>,
    {
        let mut waited_for = None;
        let turn = loop {
            match self.find(clock.now(), waited_for) {
                Found::Value(value) => return Ok(value),
                Found::Failure(failure) => return Err(failure),
                Found::Lead(turn) => break turn,
                Found::Wait(round) => {
                    waited_for = Some(round);
                    Wait { cell: self, round, number: None }.await;
                }
            }
        };
        // Boxed, since most who come here find a value and would carry it all the same.
        let loaded = Box::pin(load()).await;
        let mut state = self.state();
        state.rounds += 1;
        let outcome = match loaded {
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
        };
        drop(state);
        drop(turn);
        outcome
    }

    /// What there is for somebody who has waited for the end of a round, or has not waited yet.
    fn find(&self, now: Instant, waited_for: Option<u64>) -> Found<'_, V, E> {
        let mut state = self.state();
        if let Some(held) = state.live(now)
            && (now < held.refresh_at || state.loading)
        {
            return Found::Value(held.value.clone());
        }
        match &state.failure {
            Some(failure) if waited_for.is_some_and(|round| round != state.rounds) => Found::Failure(failure.clone()),
            _ if state.loading => Found::Wait(state.rounds),
            _ => {
                state.loading = true;
                Found::Lead(Lead { cell: self })
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
}

impl<V, E> Expiring<V, E> {
    /// Something of the value, if one is held.
    pub(crate) fn peek<T>(&self, look: impl FnOnce(&V) -> Option<T>) -> Option<T> {
        self.state().held.as_ref().and_then(|held| look(&held.value))
    }

    fn state(&self) -> MutexGuard<'_, State<V, E>> {
        lock(&self.state)
    }
}

impl<V, E> State<V, E> {
    fn live(&self, now: Instant) -> Option<&Timed<V>> {
        self.held.as_ref().filter(|held| now < held.expires_at)
    }
}

/// The right to load. When it goes, however that comes, those who wait look again.
struct Lead<'a, V, E> {
    cell: &'a Expiring<V, E>,
}

impl<V, E> Drop for Lead<'_, V, E> {
    fn drop(&mut self) {
        let waiting = {
            let mut state = self.cell.state();
            state.loading = false;
            std::mem::take(&mut state.waiting)
        };
        for waker in waiting.into_values() {
            waker.wake();
        }
    }
}

/// Waits until nobody loads any more, or a round has ended.
struct Wait<'a, V, E> {
    cell: &'a Expiring<V, E>,
    round: u64,
    number: Option<u64>,
}

impl<V, E> Future for Wait<'_, V, E> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.cell.state();
        if !state.loading || state.rounds != self.round {
            return Poll::Ready(());
        }
        let number = self.number.unwrap_or_else(|| {
            state.numbers += 1;
            state.numbers
        });
        state.waiting.insert(number, cx.waker().clone());
        drop(state);
        self.number = Some(number);
        Poll::Pending
    }
}

impl<V, E> Drop for Wait<'_, V, E> {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.cell.state().waiting.remove(&number);
        }
    }
}
