//! Time that passes only when somebody sleeps on it, or says so.

use std::{
    future::poll_fn,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
    time::{Duration, Instant, SystemTime},
};

use async_trait::async_trait;

use crate::clock::{Clock, SystemClock};

/// A clock whose sleeps take no time: each moves the clock on by its length, and returns.
///
/// ```
/// use std::time::Duration;
/// use jit_tools::{Clock, testing::ManualClock};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let clock = ManualClock::new();
/// let start = clock.now();
/// clock.sleep(Duration::from_secs(300)).await;
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(clock.now() - start, Duration::from_secs(360));
/// assert_eq!(clock.sleeps(), [Duration::from_secs(300)]);
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ManualClock {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    start: (Instant, SystemTime),
    passed: Mutex<Passed>,
}

#[derive(Debug, Default)]
struct Passed {
    time: Duration,
    sleeps: Vec<Duration>,
    /// Who waits for a deadline.
    waiting: Vec<Waker>,
}

impl ManualClock {
    /// A clock that starts now.
    pub fn new() -> Self {
        let start = (SystemClock.now(), SystemClock.system_time());
        Self { shared: Arc::new(Shared { start, passed: Mutex::default() }) }
    }

    /// Lets time pass.
    pub fn advance(&self, duration: Duration) {
        let waiting = {
            let mut passed = self.passed();
            passed.time += duration;
            mem::take(&mut passed.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Every sleep so far, in order.
    pub fn sleeps(&self) -> Vec<Duration> {
        self.passed().sleeps.clone()
    }

    /// The clock, as one that an agent or an authority takes.
    pub fn shared(&self) -> Arc<dyn Clock> {
        Arc::new(self.clone())
    }

    fn passed(&self) -> MutexGuard<'_, Passed> {
        // Nothing between lock and unlock can panic half-way through a change.
        self.shared.passed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Instant {
        self.shared.start.0 + self.passed().time
    }

    fn system_time(&self) -> SystemTime {
        self.shared.start.1 + self.passed().time
    }

    /// None: a test knows what time it is.
    fn jitter(&self, _most: Duration) -> Duration {
        Duration::ZERO
    }

    async fn sleep(&self, duration: Duration) {
        self.passed().sleeps.push(duration);
        self.advance(duration);
        // Whoever waits for this one's sleep to take a while gets its turn.
        tokio::task::yield_now().await;
    }

    /// Waits until somebody else lets that much time pass.
    async fn deadline(&self, limit: Duration) {
        let end = self.passed().time.saturating_add(limit);
        poll_fn(|cx| {
            let mut passed = self.passed();
            if passed.time >= end {
                return Poll::Ready(());
            }
            passed.waiting.push(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn a_deadline_comes_when_time_has_passed_and_does_not_let_it_pass() {
        let clock = ManualClock::new();
        let mut deadline = clock.deadline(Duration::from_secs(7));
        assert!(deadline.as_mut().now_or_never().is_none());
        let start = clock.now();
        clock.sleep(Duration::from_secs(6)).await;
        assert!(deadline.as_mut().now_or_never().is_none());
        clock.advance(Duration::from_secs(1));
        deadline.await;
        assert_eq!(clock.now() - start, Duration::from_secs(7));
    }
}
