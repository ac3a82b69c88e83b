//! Grants that a task holds: one request for many needs, and one token until shortly before its end.
//!
//! It does not know what a grant is made of, or who issues it: the loader is handed in.

use std::{
    collections::HashMap,
    future::Future,
    mem,
    sync::{Arc, OnceLock},
    time::Instant,
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

    /// Something of each grant that is held, where there is such a thing.
    pub(crate) fn peek<T>(&self, look: impl Fn(&V) -> Option<T>) -> Vec<T> {
        self.entries().values().filter_map(|entry| entry.cell.peek(&look)).collect()
    }

    /// Forgets everything, and gives what is still good.
    pub(crate) fn take(&self, now: Instant) -> Vec<V> {
        mem::take(&mut *self.entries()).into_values().filter_map(|entry| entry.cell.live(now)).collect()
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

#[cfg(test)]
mod tests {
    use std::{
        panic::AssertUnwindSafe,
        sync::atomic::{AtomicUsize, Ordering},
        task::{Context, Wake, Waker},
        time::{Duration, Instant},
    };

    use async_trait::async_trait;
    use futures_util::{FutureExt as _, StreamExt as _, future::join, stream::FuturesUnordered};

    use super::*;
    use crate::clock::SystemClock;

    #[derive(Clone, Debug, PartialEq)]
    enum Failure {
        Denied,
        Passing,
        Full,
    }

    impl From<Full> for Failure {
        fn from(Full: Full) -> Self {
            Self::Full
        }
    }

    /// A clock that a test turns by hand.
    #[derive(Debug)]
    struct Hands(Instant, Mutex<Duration>);

    #[async_trait]
    impl Clock for Hands {
        fn now(&self) -> Instant {
            self.0 + *lock(&self.1)
        }

        fn system_time(&self) -> std::time::SystemTime {
            SystemClock.system_time()
        }

        async fn sleep(&self, _: Duration) {}
    }

    struct Bench {
        grants: Grants<&'static str, Failure>,
        clock: Hands,
        loads: AtomicUsize,
    }

    impl Bench {
        fn new() -> Self {
            let clock = Hands(SystemClock.now(), Mutex::default());
            Self { grants: Grants::default(), clock, loads: AtomicUsize::new(0) }
        }

        fn pass(&self, seconds: u64) {
            *lock(&self.clock.1) += Duration::from_secs(seconds);
        }

        async fn get(&self, key: GrantKey, loaded: Result<&'static str, Failure>) -> Result<&'static str, Failure> {
            let load = || async {
                self.loads.fetch_add(1, Ordering::SeqCst);
                // Others get their turn while this one loads.
                tokio::task::yield_now().await;
                let life = Duration::from_secs(600);
                loaded
                    .map(|value| Timed::new(value, self.clock.now(), life, Duration::from_secs(30), |_| Duration::ZERO))
            };
            let is_lasting = |failure: &Failure| *failure == Failure::Denied;
            self.grants.get_or_load(key, &self.clock, |held| *held == "covering", is_lasting, load).await
        }

        fn loads(&self) -> usize {
            self.loads.load(Ordering::SeqCst)
        }
    }

    fn scope(task: &str) -> Arc<GrantScope> {
        let authority = "https://authority.test".parse().unwrap();
        GrantScope::new(&authority, "acme-corp", "agt_x", Subject::Agent, task).unwrap()
    }

    fn key(task: &str, origin: &str, kind: &str) -> GrantKey {
        GrantKey::new(&scope(task), &origin.parse().unwrap(), &AuthorizationDetail::new(kind))
    }

    #[test]
    fn a_scope_with_a_part_missing_is_nobodys() {
        let authority = "https://authority.test".parse().unwrap();
        for (tenant, agent, task, is_somebodys) in
            [("t", "a", "k", true), ("", "a", "k", false), ("t", "", "k", false), ("t", "a", "", false)]
        {
            assert_eq!(GrantScope::new(&authority, tenant, agent, Subject::Agent, task).is_some(), is_somebodys);
        }
    }

    #[tokio::test]
    async fn needs_that_differ_in_any_part_share_nothing_unless_a_held_grant_covers_them() {
        let bench = Bench::new();
        let first = key("task_1", "https://a.test", "note");
        assert_eq!(bench.get(first.clone(), Ok("covering")).await, Ok("covering"));
        assert_eq!(bench.get(first, Ok("other")).await, Ok("covering"));
        // Another detail at the same place is covered by what is held.
        assert_eq!(bench.get(key("task_1", "https://a.test", "memo"), Ok("other")).await, Ok("covering"));
        assert_eq!(bench.loads(), 1);
        // Another task or another origin is not.
        assert_eq!(bench.get(key("task_2", "https://a.test", "note"), Ok("second")).await, Ok("second"));
        assert_eq!(bench.get(key("task_1", "https://b.test", "note"), Ok("third")).await, Ok("third"));
        assert_eq!(bench.loads(), 3);
    }

    #[tokio::test]
    async fn a_grant_is_replaced_in_its_last_30_seconds_and_is_not_used_after_its_end() {
        let bench = Bench::new();
        let need = || key("task_1", "https://a.test", "note");
        assert_eq!(bench.get(need(), Ok("first")).await, Ok("first"));
        bench.pass(569);
        assert_eq!(bench.get(need(), Ok("second")).await, Ok("first"));
        bench.pass(1);
        // A replacement that fails leaves the grant that is still good.
        assert_eq!(bench.get(need(), Err(Failure::Passing)).await, Ok("first"));
        assert_eq!(bench.get(need(), Ok("second")).await, Ok("second"));
        bench.pass(600);
        assert_eq!(bench.get(need(), Err(Failure::Passing)).await, Err(Failure::Passing));
        assert_eq!(bench.loads(), 4);
    }

    #[tokio::test]
    async fn a_denial_lasts_and_another_failure_does_not() {
        let bench = Bench::new();
        let need = |kind| key("task_1", "https://a.test", kind);
        assert_eq!(bench.get(need("a"), Err(Failure::Denied)).await, Err(Failure::Denied));
        assert_eq!(bench.get(need("a"), Ok("never")).await, Err(Failure::Denied));
        assert_eq!(bench.get(need("b"), Err(Failure::Passing)).await, Err(Failure::Passing));
        assert_eq!(bench.get(need("b"), Ok("now")).await, Ok("now"));
        assert_eq!(bench.loads(), 3);
    }

    #[tokio::test]
    async fn one_who_is_cancelled_cancels_nobody_else() {
        let bench = Bench::new();
        let need = || key("task_1", "https://a.test", "note");
        // The first leads and the second waits; then the first goes, and later the second.
        let mut first = Box::pin(bench.get(need(), Ok("first")));
        assert!(first.as_mut().now_or_never().is_none());
        let mut second = Box::pin(bench.get(need(), Ok("second")));
        assert!(second.as_mut().now_or_never().is_none());
        let third = bench.get(need(), Ok("third"));
        drop(first);
        drop(second);
        assert_eq!(third.await, Ok("third"));
        assert_eq!(bench.loads(), 2);
    }

    #[tokio::test]
    async fn those_who_wait_share_the_outcome_each_of_them() {
        for outcome in [Ok("loaded"), Err(Failure::Passing)] {
            let bench = Bench::new();
            let need = || key("task_1", "https://a.test", "note");
            // Each has a waker of its own here: one that is not woken hangs for ever.
            let all: FuturesUnordered<_> = (0..5).map(|_| bench.get(need(), outcome.clone())).collect();
            let all: Vec<_> = all.collect().await;
            assert_eq!(all, vec![outcome; 5]);
            assert_eq!(bench.loads(), 1);
        }
    }

    #[tokio::test]
    async fn one_who_no_longer_waits_leaves_nothing_behind() {
        struct Nobody;
        impl Wake for Nobody {
            fn wake(self: Arc<Self>) {}
        }
        let bench = Bench::new();
        let need = || key("task_1", "https://a.test", "note");
        let mut leading = Box::pin(bench.get(need(), Ok("first")));
        assert!(leading.as_mut().now_or_never().is_none());
        let waker = Arc::new(Nobody);
        let mut waiting = Box::pin(bench.get(need(), Ok("second")));
        assert!(waiting.as_mut().poll(&mut Context::from_waker(&Waker::from(Arc::clone(&waker)))).is_pending());
        assert_eq!(Arc::strong_count(&waker), 2);
        drop(waiting);
        assert_eq!(Arc::strong_count(&waker), 1);
        assert_eq!(leading.await, Ok("first"));
    }

    #[tokio::test]
    async fn one_who_panics_while_loading_hands_over() {
        let bench = Bench::new();
        let need = key("task_1", "https://a.test", "note");
        let panicking = bench.grants.get_or_load(
            need.clone(),
            &bench.clock,
            |_| false,
            |_: &Failure| false,
            || async {
                tokio::task::yield_now().await;
                assert!(bench.loads() > 0, "the loader panics");
                Err(Failure::Passing)
            },
        );
        let waiting = bench.get(need, Ok("loaded"));
        let (panicked, loaded) = join(AssertUnwindSafe(panicking).catch_unwind(), waiting).await;
        assert!(panicked.is_err());
        assert_eq!(loaded, Ok("loaded"));
    }

    #[tokio::test]
    async fn what_is_forgotten_is_asked_for_again() {
        let bench = Bench::new();
        let need = || key("task_1", "https://a.test", "note");
        assert_eq!(bench.get(need(), Ok("first")).await, Ok("first"));
        bench.grants.forget(|held| *held == "another");
        assert_eq!(bench.get(need(), Ok("second")).await, Ok("first"));
        bench.grants.forget(|held| *held == "first");
        assert_eq!(bench.get(need(), Ok("second")).await, Ok("second"));
        bench.grants.clear();
        assert_eq!(bench.get(need(), Ok("third")).await, Ok("third"));
        assert_eq!(bench.grants.take(bench.clock.now()), ["third"]);
        assert_eq!(bench.get(need(), Ok("fourth")).await, Ok("fourth"));
        bench.pass(600);
        assert!(bench.grants.take(bench.clock.now()).is_empty(), "what has ended is not given");
    }

    #[tokio::test]
    async fn there_is_room_for_1024_different_needs() {
        let bench = Bench::new();
        for number in 0..MAX_GRANTS {
            bench.get(key("task_1", "https://a.test", &number.to_string()), Ok("held")).await.unwrap();
        }
        let one_more = bench.get(key("task_1", "https://a.test", "one more"), Ok("held")).await;
        assert_eq!(one_more, Err(Failure::Full));
        assert_eq!(bench.get(key("task_1", "https://a.test", "0"), Ok("never")).await, Ok("held"));
    }
}
