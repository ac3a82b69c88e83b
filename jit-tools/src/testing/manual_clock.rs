//! Time that passes only when somebody sleeps on it, or says so.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
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
}

impl ManualClock {
    /// A clock that starts now.
    pub fn new() -> Self {
        let start = (SystemClock.now(), SystemClock.system_time());
        Self { shared: Arc::new(Shared { start, passed: Mutex::default() }) }
    }

    /// Lets time pass.
    pub fn advance(&self, duration: Duration) {
        self.passed().time += duration;
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
        {
            let mut passed = self.passed();
            passed.sleeps.push(duration);
            passed.time += duration;
        }
        // Whoever waits for this one's sleep to take a while gets its turn.
        tokio::task::yield_now().await;
    }
}
