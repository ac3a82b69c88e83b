//! How often an agent may call: a count a minute, told in the headers of every answer.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use http::{HeaderMap, HeaderName, HeaderValue};

const WINDOW: u64 = 60;
const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// How many calls a minute are answered. What is beyond gets 429 with `Retry-After`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimits {
    /// Calls of one client to the token endpoint; 30, as the vendor's service has it. As many calls with wrong
    /// credentials are answered at once, beside those.
    pub token_calls: u32,
    /// All other calls of one agent; 6000. As many questions about tokens (RFC 7662) are answered besides, for each agent
    /// whose tokens they are about.
    pub api_calls: u32,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self { token_calls: 30, api_calls: 6000 }
    }
}

impl RateLimits {
    /// Sets how many calls of one client to the token endpoint are answered a minute.
    pub fn token_calls(mut self, calls: u32) -> Self {
        self.token_calls = calls;
        self
    }

    /// Sets how many other calls of one agent are answered a minute.
    pub fn api_calls(mut self, calls: u32) -> Self {
        self.api_calls = calls;
        self
    }
}

/// What a call counts against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Token,
    Api,
    /// Questions about tokens, apart from the other calls of the client that asks and for each agent whose tokens they are
    /// about: those who send it tokens cause them.
    Introspection,
    /// Wrong credentials, which are counted apart: they take nothing from the client that they name.
    Failure,
}

/// What is left of a limit after a call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quota {
    limit: u32,
    remaining: u32,
    /// When the count starts again, in seconds since 1970.
    reset: u64,
}

impl Quota {
    pub(super) fn write(self, headers: &mut HeaderMap) {
        headers.insert(LIMIT, HeaderValue::from(self.limit));
        headers.insert(REMAINING, HeaderValue::from(self.remaining));
        headers.insert(RESET, HeaderValue::from(self.reset));
    }
}

/// Where a call leaves its quota on the way in, for the headers on the way out.
#[derive(Clone, Debug, Default)]
pub(super) struct QuotaSlot(Arc<OnceLock<Quota>>);

impl QuotaSlot {
    pub(super) fn get(&self) -> Option<Quota> {
        self.0.get().copied()
    }
}

/// The counts of every agent.
#[derive(Debug)]
pub(super) struct Limiter {
    limits: RateLimits,
    windows: Mutex<HashMap<(Kind, String), Window>>,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    reset: u64,
    calls: u32,
}

impl Limiter {
    pub(super) fn new(limits: RateLimits) -> Self {
        Self { limits, windows: Mutex::default() }
    }

    /// Counts a call of `who`, which has to be among the known clients, since each has its own count. The error is how
    /// many seconds to wait.
    pub(super) fn take(&self, kind: Kind, who: &str, now: u64, slot: &QuotaSlot) -> Result<(), u64> {
        let limit = match kind {
            Kind::Token | Kind::Failure => self.limits.token_calls,
            Kind::Api | Kind::Introspection => self.limits.api_calls,
        };
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = Window { reset: now.saturating_add(WINDOW), calls: 0 };
        let window = windows.entry((kind, who.to_owned())).or_insert(fresh);
        // A clock that was set back must not lock anybody out for longer than a window.
        if now >= window.reset || window.reset > fresh.reset {
            *window = fresh;
        }
        let is_within = window.calls < limit;
        if is_within {
            window.calls = window.calls.saturating_add(1);
        }
        let quota = Quota { limit, remaining: limit.saturating_sub(window.calls), reset: window.reset };
        // The first count of a call is the one that its caller knows of.
        let _ = slot.0.set(quota);
        if is_within { Ok(()) } else { Err(window.reset.saturating_sub(now).max(1)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_has_so_many_calls_and_each_agent_its_own() {
        let limiter = Limiter::new(RateLimits::default().token_calls(2));
        let take = |who: &str, now| limiter.take(Kind::Token, who, now, &QuotaSlot::default());
        assert_eq!((take("a", 0), take("a", 10)), (Ok(()), Ok(())));
        assert_eq!(take("a", 20), Err(40));
        assert_eq!(take("b", 20), Ok(()));
        assert_eq!(take("a", 60), Ok(()));
    }

    #[test]
    fn a_clock_that_was_set_back_locks_nobody_out() {
        let limiter = Limiter::new(RateLimits::default().token_calls(1));
        let take = |now| limiter.take(Kind::Token, "a", now, &QuotaSlot::default());
        assert_eq!((take(1_000_000), take(1_000_000)), (Ok(()), Err(60)));
        assert_eq!(take(10), Ok(()));
    }
}
