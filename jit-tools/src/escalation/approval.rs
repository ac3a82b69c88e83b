//! Waiting for a person.

use std::time::Duration;

use super::{EscalationError, over};
use crate::authority::{
    AuthorityError, LumoAuthAgent, PendingApproval, PermissionAnswered, PermissionStatus, RequestId,
};

/// How much slower polling becomes, for good, each time the authority asks for it (RFC 8628, section 3.5).
const SLOW_DOWN: Duration = Duration::from_secs(5);

/// The shortest interval between two polls.
const MIN_INTERVAL: Duration = Duration::from_secs(1);

/// How long a call waits for a person, and how often it asks.
///
/// The wait ends earlier when the request itself ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApprovalWait {
    /// The time between two polls; at least 1 s.
    pub interval: Duration,
    /// The longest wait.
    pub limit: Duration,
}

impl Default for ApprovalWait {
    /// Every 5 s for at most 300 s, as the vendor's SDK does.
    fn default() -> Self {
        Self { interval: Duration::from_secs(5), limit: Duration::from_secs(300) }
    }
}

/// Asks for the status of a request until it is decided. Polls never overlap, and never come early.
pub(super) async fn wait(
    agent: &LumoAuthAgent,
    request: &RequestId,
    pending: &PendingApproval,
    limits: &ApprovalWait,
) -> Result<PermissionAnswered, EscalationError> {
    let clock = agent.clock();
    let started = clock.now();
    let mut interval = limits.interval.max(MIN_INTERVAL);
    let mut pause = interval;
    let mut end = limits.limit;
    let mut shorten = |pending: &PendingApproval| {
        // The end is a date of the server's; from here on it is counted on this machine's own clock.
        if let Some(expires_at) = pending.expires_at {
            let left = expires_at.duration_since(clock.system_time()).unwrap_or_default();
            end = end.min(clock.now().duration_since(started).saturating_add(left));
        }
        end
    };
    let mut end_of_wait = shorten(pending);
    loop {
        let waited = clock.now().duration_since(started);
        if waited.saturating_add(pause) > end_of_wait {
            return Err(EscalationError::undecided(request.clone(), waited));
        }
        clock.sleep(pause).await;
        pause = interval;
        match agent.permission_status(request).await {
            Ok(PermissionAnswered { status: PermissionStatus::Pending(pending), .. }) => {
                end_of_wait = shorten(&pending);
            }
            Ok(decided) => return Ok(decided),
            Err(error) if asks_to_slow_down(&error) => {
                interval = interval.saturating_add(SLOW_DOWN);
                pause = error.retry_after().unwrap_or(interval).max(MIN_INTERVAL);
            }
            // One poll that got lost is no decision; the wait is bounded all the same.
            Err(error) if error.is_transient() => {
                tracing::debug!(%request, %error, "a poll for a decision failed");
                pause = error.retry_after().unwrap_or(interval).max(MIN_INTERVAL);
            }
            Err(error) => return Err(over(error)),
        }
    }
}

fn asks_to_slow_down(error: &AuthorityError) -> bool {
    error.is_rate_limited() || error.code() == Some("slow_down")
}
