//! Time that passes when nobody can do anything else.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
    time::{Duration, Instant, SystemTime},
};

use jit_tools::{Clock, SystemClock};

#[derive(Clone, Debug)]
pub struct SimClock(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    start: (Instant, SystemTime),
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    passed: Duration,
    timers: Vec<(Duration, Waker)>,
}

impl SimClock {
    pub fn new() -> Self {
        // The same seconds in each run, since dates are cut to them.
        let start = (SystemClock.now(), SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000));
        Self(Arc::new(Shared { start, state: Mutex::default() }))
    }

    pub fn passed(&self) -> Duration {
        self.0.state.lock().unwrap().passed
    }

    /// Moves on to the next timer. Whether there was one.
    pub fn advance(&self) -> bool {
        let mut state = self.0.state.lock().unwrap();
        let Some(next) = state.timers.iter().map(|(at, _)| *at).min() else { return false };
        state.passed = state.passed.max(next);
        let passed = state.passed;
        let (due, later): (Vec<_>, Vec<_>) = state.timers.drain(..).partition(|(at, _)| *at <= passed);
        state.timers = later;
        drop(state);
        for (_, waker) in due {
            waker.wake();
        }
        true
    }
}

#[async_trait::async_trait]
impl Clock for SimClock {
    fn now(&self) -> Instant {
        self.0.start.0 + self.passed()
    }

    fn system_time(&self) -> SystemTime {
        self.0.start.1 + self.passed()
    }

    fn jitter(&self, _most: Duration) -> Duration {
        Duration::ZERO
    }

    async fn sleep(&self, duration: Duration) {
        Sleep { clock: self.clone(), until: self.passed() + duration }.await;
    }
}

struct Sleep {
    clock: SimClock,
    until: Duration,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.clock.0.state.lock().unwrap();
        if state.passed >= self.until {
            return Poll::Ready(());
        }
        state.timers.push((self.until, cx.waker().clone()));
        Poll::Pending
    }
}
