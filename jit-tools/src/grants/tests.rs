//! Needs that meet grants.

use std::{
    collections::HashSet,
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
            loaded.map(|value| Timed::new(value, self.clock.now(), life, Duration::from_secs(30), |_| Duration::ZERO))
        };
        let serves = |held: &&str| *held != "for another";
        self.grants.get_or_load(key, &self.clock, serves, |held| *held == "covering", load).await
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

#[test]
fn each_part_alone_makes_another_key() {
    type Scope = (&'static str, &'static str, &'static str, Option<&'static str>, &'static str);
    let of = |((authority, tenant, agent, user, task), origin, detail): (Scope, &str, &str)| {
        let subject = user.map_or(Subject::Agent, |user| Subject::User(Sha256Hex::of([user.as_bytes()])));
        let scope = GrantScope::new(&authority.parse().unwrap(), tenant, agent, subject, task).unwrap();
        GrantKey::new(&scope, &origin.parse().unwrap(), &serde_json::from_str(detail).unwrap())
    };
    let note = r#"{"type":"note","identifier":"n1"}"#;
    let (one, other) = ("https://one.test", "https://other.test");
    let keys = [
        ((one, "acme", "agt_x", Some("ann"), "task_1"), one, note),
        ((other, "acme", "agt_x", Some("ann"), "task_1"), one, note),
        ((one, "zinc", "agt_x", Some("ann"), "task_1"), one, note),
        ((one, "acme", "agt_y", Some("ann"), "task_1"), one, note),
        ((one, "acme", "agt_x", Some("bob"), "task_1"), one, note),
        ((one, "acme", "agt_x", None, "task_1"), one, note),
        ((one, "acme", "agt_x", Some("ann"), "task_2"), one, note),
        ((one, "acme", "agt_x", Some("ann"), "task_1"), other, note),
        ((one, "acme", "agt_x", Some("ann"), "task_1"), one, r#"{"type":"note","identifier":"n2"}"#),
    ]
    .map(of);
    let different: HashSet<_> = keys.iter().collect();
    assert_eq!(different.len(), keys.len());
    // The detail counts in its canonical form.
    let reordered = ((one, "acme", "agt_x", Some("ann"), "task_1"), one, r#"{"identifier":"n1","type":"note"}"#);
    assert!(of(reordered) == keys[0]);
}

#[tokio::test]
async fn what_is_held_can_be_looked_at() {
    let bench = Bench::new();
    bench.get(key("task_1", "https://a.test", "note"), Ok("held")).await.unwrap();
    assert_eq!(bench.grants.peek(|held| Some(*held)), ["held"]);
    assert!(bench.grants.peek(|_| None::<()>).is_empty());
    bench.grants.clear();
    assert!(bench.grants.peek(|held| Some(*held)).is_empty());
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
async fn a_need_of_its_own_uses_a_held_grant_that_covers_it_again_once_its_own_is_gone() {
    for ends in ["failed", "expired", "forgotten"] {
        let bench = Bench::new();
        let need = |kind| key("task_1", "https://a.test", kind);
        let loaded = if ends == "failed" { Err(Failure::Passing) } else { Ok("own") };
        assert_eq!(bench.get(need("a"), loaded.clone()).await, loaded);
        match ends {
            "expired" => bench.pass(600),
            "forgotten" => bench.grants.forget(|held| *held == "own"),
            _ => {}
        }
        assert_eq!(bench.get(need("b"), Ok("covering")).await, Ok("covering"));
        assert_eq!(bench.get(need("a"), Ok("never")).await, Ok("covering"), "{ends}");
        assert_eq!(bench.loads(), 2);
    }
}

#[tokio::test]
async fn a_grant_of_its_own_goes_before_another_that_covers_it() {
    let bench = Bench::new();
    let need = |kind| key("task_1", "https://a.test", kind);
    assert_eq!(bench.get(need("a"), Ok("own")).await, Ok("own"));
    assert_eq!(bench.get(need("b"), Ok("covering")).await, Ok("covering"));
    assert_eq!(bench.get(need("a"), Ok("never")).await, Ok("own"));
}

#[tokio::test]
async fn a_grant_for_another_purpose_is_left_to_that_and_not_replaced() {
    let bench = Bench::new();
    let need = || key("task_1", "https://a.test", "a");
    let mine = || need().only_for(Sha256Hex::of([b"mine".as_slice()]));
    assert_eq!(bench.get(need(), Ok("for another")).await, Ok("for another"));
    // Whoever is not served looks, and asks for this one purpose; then finds that.
    assert_eq!(bench.get(need(), Ok("never")).await, Ok("for another"));
    assert_eq!(bench.get(mine(), Ok("covering")).await, Ok("covering"));
    assert_eq!(bench.get(need(), Ok("never")).await, Ok("covering"));
    assert_eq!((bench.loads(), bench.grants.take(bench.clock.now()).len()), (2, 2));
}

#[tokio::test]
async fn a_failure_does_not_last() {
    let bench = Bench::new();
    let need = || key("task_1", "https://a.test", "a");
    assert_eq!(bench.get(need(), Err(Failure::Passing)).await, Err(Failure::Passing));
    assert_eq!(bench.get(need(), Ok("now")).await, Ok("now"));
    assert_eq!(bench.loads(), 2);
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
        |_| true,
        |_| false,
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
async fn there_is_room_for_1024_grants_that_live_or_are_being_obtained() {
    let bench = Bench::new();
    let need = |number: usize| key("task_1", "https://a.test", &number.to_string());
    let one_more = || key("task_1", "https://a.test", "one more");
    for number in 0..MAX_GRANTS - 1 {
        bench.get(need(number), Ok("held")).await.unwrap();
    }
    let mut obtaining = Box::pin(bench.get(need(MAX_GRANTS), Ok("held")));
    assert!(obtaining.as_mut().now_or_never().is_none());
    assert_eq!(bench.get(one_more(), Ok("held")).await, Err(Failure::Full));
    assert_eq!(bench.get(need(0), Ok("never")).await, Ok("held"));

    // What has ended, was forgotten or failed makes room.
    bench.pass(600);
    assert_eq!(bench.get(one_more(), Ok("held")).await, Ok("held"));
    assert_eq!(bench.grants.entries().len(), 2);
    assert_eq!(obtaining.await, Ok("held"));
    assert_eq!(bench.get(need(MAX_GRANTS), Ok("never")).await, Ok("held"));
}

#[test]
fn a_value_is_replaced_before_its_end_and_earlier_by_the_jitter() {
    let received = SystemClock.now();
    let seconds = Duration::from_secs;
    for (lifetime, jitter, refresh_at) in [(600, 0, 570), (600, 30, 540), (600, 12, 558), (100, 0, 80), (100, 20, 60)] {
        let margin = |most| {
            assert!(seconds(jitter) <= most);
            seconds(jitter)
        };
        let value = Timed::new((), received, seconds(lifetime), seconds(30), margin);
        assert_eq!(value.refresh_at - received, seconds(refresh_at), "{lifetime} {jitter}");
        assert_eq!(value.expires_at - received, seconds(lifetime));
    }
}
