//! The manners of polling (RFC 8628, section 3.5): never early, never overlapping, whoever asks.

use std::{
    collections::VecDeque,
    fmt,
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
    time::{Duration, Instant, SystemTime},
};

use axum::{body::Bytes, http::Request};
use futures_util::future::join_all;
use http::Response;
use http_body_util::{BodyExt as _, Full};
use jit_tools::{
    ApprovalWait, Clock, EscalationError, JitContext, LumoAuthAgent, PendingApproval, Permission,
    session::JitContextBuilder,
    testing::ManualClock,
    transport::{ResponseBody, Transport, TransportError},
};

use crate::support::{AUTHORITY, note};

const PENDING: Answer = Answer(200, &[], r#"{"status":"pending"}"#);
const APPROVED: Answer = Answer(200, &[], r#"{"status":"approved"}"#);

#[test]
fn each_answer_to_a_poll_is_followed_by_the_pause_that_it_asks_for() {
    const HTML: Answer = Answer(200, &[("content-type", "text/html")], "<html>please wait</html>");
    const RETRY_40: &[(&str, &str)] = &[("retry-after", "40")];
    // What the authority answers, when it is asked (in seconds), and whether that ends with the permission.
    let table: [(&str, &[Answer], &[u64], bool); 14] = [
        ("undecided", &[PENDING, PENDING, APPROVED], &[5, 10, 15], true),
        ("too often: 5 s more for good", &[Answer(429, &[], ""), PENDING, APPROVED], &[5, 15, 25], true),
        ("too often, twice", &[Answer(429, &[], ""), Answer(429, &[], ""), APPROVED], &[5, 15, 30], true),
        ("Retry-After wins, once", &[Answer(429, RETRY_40, "{}"), PENDING, APPROVED], &[5, 45, 55], true),
        ("as OAuth says it", &[Answer(400, &[], r#"{"error":"slow_down"}"#), APPROVED], &[5, 15], true),
        ("the same", &[Answer(400, &[], r#"{"error":"authorization_pending"}"#), APPROVED], &[5, 10], true),
        ("out of order", &[Answer(503, &[], ""), APPROVED], &[5, 10], true),
        ("out of order until", &[Answer(503, RETRY_40, ""), APPROVED], &[5, 45], true),
        ("a proxy's page", &[HTML, APPROVED], &[5, 10], true),
        ("a word that is not known", &[Answer(200, &[], r#"{"status":"?"}"#), APPROVED], &[5, 10], true),
        ("a token that has ended", &[Answer(401, &[], "{}"), APPROVED], &[5, 10], true),
        // The wait ends before the request does.
        ("Retry-After beyond the end", &[Answer(503, &[("retry-after", "100")], ""), APPROVED], &[5], false),
        ("longer than can be counted", &[Answer(429, &[("retry-after", "18446744073709551615")], "")], &[5], false),
        ("not there any more", &[Answer(404, &[], "{}"), APPROVED], &[5], false),
    ];
    for (name, answers, polled, succeeds) in table {
        let world = Scripted::new(answers);
        let (outcome, jit) = world.drive(async {
            let jit = world.task(Duration::from_secs(100)).await;
            (jit.request_permission(&note("delete", "n1"), None).await, jit)
        });
        assert_eq!((outcome.is_ok(), world.polled()), (succeeds, polled.to_vec()), "{name}: {outcome:?}");
        std::mem::forget(jit);
    }
}

#[test]
fn a_poll_that_hangs_counts_as_lost_and_does_not_outlive_the_wait() {
    let world = Scripted::new(&[Answer(0, &[], ""), Answer(0, &[], ""), Answer(0, &[], "")]);
    let error = world.drive(async {
        let jit = world.task(Duration::from_secs(100)).await;
        let error = jit.request_permission(&note("delete", "n1"), None).await.unwrap_err();
        std::mem::forget(jit);
        error
    });
    assert!(error.is_pending(), "{error}");
    // Half a minute each, and the last one as long as there is time.
    assert_eq!(world.polled(), [5, 40, 75]);
    assert_eq!(world.clock.passed(), Duration::from_secs(100));
}

#[test]
fn a_request_that_is_refused_or_lost_for_a_while_is_not_made_again() {
    for answer in [Answer(403, &[], r#"{"error":"forbidden"}"#), Answer(502, &[], "")] {
        let world = Scripted::new(&[answer, APPROVED]);
        world.drive(async {
            let jit = world.task(Duration::from_secs(9)).await;
            jit.request_permission(&note("delete", "n1"), None).await.unwrap_err();
            jit.request_permission(&note("delete", "n1"), None).await.unwrap();
            std::mem::forget(jit);
        });
        assert_eq!((world.requests(), world.polled()), (1, vec![5, 10]));
    }
}

#[test]
fn whoever_goes_on_after_one_who_was_cancelled_waits_as_that_one_would_have() {
    let world = Scripted::new(&[Answer(429, &[("retry-after", "40")], ""), PENDING, APPROVED]);
    world.drive(async {
        let jit = world.task(Duration::from_secs(300)).await;
        let detail = note("delete", "n1");
        {
            let mut first = pin!(jit.request_permission(&detail, None));
            while world.polled().is_empty() {
                assert!(futures_util::poll!(&mut first).is_pending());
                tokio::task::yield_now().await;
                world.clock.to_the_next_timer();
            }
            assert!(futures_util::poll!(&mut first).is_pending());
        }
        jit.request_permission(&detail, None).await.unwrap();
        std::mem::forget(jit);
    });
    // As long as it said, and then slower for good.
    assert_eq!((world.requests(), world.polled()), (1, vec![5, 45, 55]));
}

#[test]
fn another_process_keeps_the_pause_and_taking_it_up_again_does_not_shorten_it() {
    let world = Scripted::new(&[Answer(429, &[("retry-after", "40")], ""), PENDING, APPROVED]);
    world.drive(async {
        let detail = note("delete", "n1");
        let jit = world.task(Duration::from_secs(10)).await;
        let error = jit.request_permission(&detail, None).await.unwrap_err();
        let stored = serde_json::to_string(error.pending().unwrap()).unwrap();
        let pending: PendingApproval = serde_json::from_str(&stored).unwrap();
        assert_eq!(pending.slower_by, Duration::from_secs(5));

        let next = world.builder(Duration::from_secs(300)).attach(jit.task_id().clone());
        next.adopt(pending.clone()).unwrap();
        next.request_permission(&detail, None).await.unwrap();

        // One who takes it up again and again, and never waits, does not ask again and again.
        let impatient = world.builder(Duration::ZERO).attach(jit.task_id().clone());
        let polled = world.polled();
        for _ in 0..100 {
            impatient.adopt(pending.clone()).unwrap();
            let _ = impatient.request_permission(&note("delete", "n1"), None).await;
        }
        assert!(world.polled().len() <= polled.len() + 1);
        std::mem::forget((jit, next, impatient));
    });
    assert_eq!((world.requests(), &world.polled()[..3]), (1, &[5, 45, 55][..]));
}

#[test]
fn twenty_who_need_the_same_make_one_request_and_their_polls_neither_overlap_nor_come_early() {
    let world = Scripted::slow(&[PENDING, Answer(429, &[], ""), PENDING, APPROVED], Duration::from_secs(2));
    world.drive(async {
        let jit = world.task(Duration::from_secs(300)).await;
        let needs = (0..20).map(|_| async { jit.request_permission(&note("delete", "n1"), None).await });
        let outcomes: Vec<Result<Permission, EscalationError>> = join_all(needs).await;
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
        std::mem::forget(jit);
    });
    assert_eq!((world.requests(), world.has_overlapped()), (1, false));
    assert_eq!(world.polled(), [5, 12, 24, 36]);
}

/// Status, headers and body; the status 0 is an answer that never comes.
#[derive(Clone, Copy)]
struct Answer(u16, &'static [(&'static str, &'static str)], &'static str);

/// An authority whose answers to polls are given; after the last one it says that nobody has decided.
#[derive(Clone)]
struct Scripted {
    clock: Virtual,
    state: Arc<State>,
}

struct State {
    answers: Mutex<VecDeque<Answer>>,
    /// When it was asked, in seconds.
    polled: Mutex<Vec<u64>>,
    requests: AtomicUsize,
    /// How long it thinks about a poll.
    takes: Duration,
    is_polled: AtomicBool,
    has_overlapped: AtomicBool,
}

impl Scripted {
    fn new(answers: &[Answer]) -> Self {
        Self::slow(answers, Duration::ZERO)
    }

    fn slow(answers: &[Answer], takes: Duration) -> Self {
        let state = State {
            answers: Mutex::new(answers.iter().copied().collect()),
            polled: Mutex::default(),
            requests: AtomicUsize::new(0),
            takes,
            is_polled: AtomicBool::new(false),
            has_overlapped: AtomicBool::new(false),
        };
        Self { clock: Virtual::new(), state: Arc::new(state) }
    }

    fn polled(&self) -> Vec<u64> {
        self.state.polled.lock().unwrap().clone()
    }

    fn requests(&self) -> usize {
        self.state.requests.load(Ordering::SeqCst)
    }

    fn has_overlapped(&self) -> bool {
        self.state.has_overlapped.load(Ordering::SeqCst)
    }

    fn builder(&self, limit: Duration) -> JitContextBuilder {
        let agent = LumoAuthAgent::builder()
            .url(AUTHORITY)
            .org("acme-corp")
            .client_id("agt_x")
            .client_secret("s3cret")
            .clock(Arc::new(self.clock.clone()))
            .transport(Arc::new(self.clone()))
            .build()
            .unwrap();
        let wait = ApprovalWait { interval: Duration::from_secs(5), limit };
        JitContext::builder(&agent, "test").approval_wait(wait)
    }

    async fn task(&self, limit: Duration) -> JitContext {
        self.builder(limit).create_task().await.unwrap()
    }

    /// Runs this, and lets time pass when nothing else happens.
    fn drive<T>(&self, work: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut work = pin!(work);
            loop {
                for _ in 0..50 {
                    if let Poll::Ready(outcome) = futures_util::poll!(&mut work) {
                        return outcome;
                    }
                    tokio::task::yield_now().await;
                }
                self.clock.to_the_next_timer();
            }
        })
    }

    async fn answer_poll(&self) -> Answer {
        let state = &self.state;
        state.polled.lock().unwrap().push(self.clock.passed().as_secs());
        state.has_overlapped.fetch_or(state.is_polled.swap(true, Ordering::SeqCst), Ordering::SeqCst);
        if !state.takes.is_zero() {
            self.clock.sleep(state.takes).await;
        }
        state.is_polled.store(false, Ordering::SeqCst);
        let answer = state.answers.lock().unwrap().pop_front().unwrap_or(PENDING);
        if answer.0 == 0 {
            std::future::pending::<()>().await;
        }
        answer
    }
}

impl fmt::Debug for Scripted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scripted")
    }
}

#[async_trait::async_trait]
impl Transport for Scripted {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<ResponseBody>, TransportError> {
        let Answer(status, headers, body) = match request.uri().path().rsplit('/').next().unwrap() {
            "token" => Answer(200, &[], r#"{"access_token":"t","expires_in":3600}"#),
            "task" => Answer(201, &[], r#"{"task_id":"task_1"}"#),
            "request" => {
                self.state.requests.fetch_add(1, Ordering::SeqCst);
                Answer(201, &[], r#"{"request_id":"req_1","status":"pending"}"#)
            }
            "status" => self.answer_poll().await,
            _ => Answer(200, &[], "{}"),
        };
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        Ok(response.body(Full::new(Bytes::from(body)).map_err(|never| match never {}).boxed_unsync()).unwrap())
    }
}

/// A clock on which time passes when it is told to, from one timer to the next.
#[derive(Clone, Debug)]
struct Virtual {
    hands: ManualClock,
    start: Instant,
    timers: Arc<Mutex<Vec<(Instant, Waker)>>>,
}

impl Virtual {
    fn new() -> Self {
        let hands = ManualClock::new();
        Self { start: hands.now(), hands, timers: Arc::default() }
    }

    fn passed(&self) -> Duration {
        self.now() - self.start
    }

    fn to_the_next_timer(&self) {
        let mut timers = self.timers.lock().unwrap();
        let Some(next) = timers.iter().map(|(until, _)| *until).min() else { return };
        self.hands.advance(next.saturating_duration_since(self.now()));
        timers.retain(|(until, waker)| {
            let is_due = *until <= next;
            if is_due {
                waker.wake_by_ref();
            }
            !is_due
        });
    }
}

#[async_trait::async_trait]
impl Clock for Virtual {
    fn now(&self) -> Instant {
        self.hands.now()
    }

    fn system_time(&self) -> SystemTime {
        self.hands.system_time()
    }

    fn jitter(&self, _: Duration) -> Duration {
        Duration::ZERO
    }

    async fn sleep(&self, duration: Duration) {
        let until = self.now() + duration;
        std::future::poll_fn(|cx: &mut Context<'_>| {
            if self.now() >= until {
                return Poll::Ready(());
            }
            self.timers.lock().unwrap().push((until, cx.waker().clone()));
            Poll::Pending
        })
        .await;
    }
}
