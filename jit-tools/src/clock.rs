//! Time, injected.
//!
//! This is the one file that may read the machine's clocks (clippy.toml bans it elsewhere), so that a test can let
//! minutes of waiting pass in microseconds.

use std::{
    fmt,
    hash::{BuildHasher as _, RandomState},
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use async_trait::async_trait;

/// A source of time: monotonic for deadlines, civil for what is compared with a server's dates, and a sleep.
#[async_trait]
pub trait Clock: fmt::Debug + Send + Sync {
    /// The monotonic time. Deadlines of tokens are counted on it from their receipt.
    fn now(&self) -> Instant;

    /// The civil time, for what a server writes as a date (`expires_at`, the `exp` of a JWT).
    fn system_time(&self) -> SystemTime;

    /// Returns once `duration` has passed on this clock.
    async fn sleep(&self, duration: Duration);

    /// Returns once `limit` has passed: the bound of something else that goes on meanwhile, such as of every exchange with
    /// a server. On a clock whose sleeps take no time, this has to wait until something else moves the time on; as it is
    /// here, it would end everything at once.
    async fn deadline(&self, limit: Duration) {
        self.sleep(limit).await;
    }

    /// A part of `most`, at random, so that many who hold the same kind of thing do not all replace it at once. It is
    /// no secret.
    fn jitter(&self, most: Duration) -> Duration {
        // The standard library seeds each of these at random; there is no need of a better source for this.
        let random = u32::try_from(RandomState::new().hash_one(()) >> 32).unwrap_or_default();
        most.mul_f64(f64::from(random) / f64::from(u32::MAX))
    }
}

/// A clock that is shared by everything that belongs to one agent.
pub type SharedClock = Arc<dyn Clock>;

/// The machine's clocks, and tokio's timer.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl SystemClock {
    /// The machine's clock as a [`SharedClock`].
    pub fn shared() -> SharedClock {
        Arc::new(Self)
    }
}

#[async_trait]
#[expect(clippy::disallowed_methods, reason = "this is the place where they are allowed")]
impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn system_time(&self) -> SystemTime {
        SystemTime::now()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn jitter_stays_within_its_bound_and_is_not_always_the_same() {
        let most = Duration::from_secs(30);
        let jitters: HashSet<_> = (0..100).map(|_| SystemClock.jitter(most)).collect();
        assert!(jitters.iter().all(|jitter| *jitter <= most) && jitters.len() > 50, "{jitters:?}");
        assert_eq!(SystemClock.jitter(Duration::ZERO), Duration::ZERO);
    }
}
