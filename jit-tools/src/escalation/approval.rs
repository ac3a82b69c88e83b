//! Waiting for a person.

use std::time::Duration;

use super::{Escalation, EscalationError, over, pending::Open};
use crate::{
    authority::{AuthorityError, PermissionAnswered, PermissionStatus},
    tool::definition::ApprovalMode,
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

impl ApprovalWait {
    /// No wait: a call that needs a person's approval fails at once, with an error that holds the request as a value
    /// ([`EscalationError::pending`](super::EscalationError::pending)). Store it, and go on later.
    pub fn none() -> Self {
        Self { limit: Duration::ZERO, ..Self::default() }
    }

    /// The wait of a tool that says itself whether it waits. One that does, in a task that does not, waits as long as
    /// tasks usually do.
    pub(super) fn in_mode(self, mode: Option<ApprovalMode>) -> Self {
        match mode {
            Some(ApprovalMode::Suspend) => Self::none(),
            Some(ApprovalMode::Wait) if self.limit.is_zero() => Self::default(),
            Some(ApprovalMode::Wait) | None => self,
        }
    }
}

/// Asks for the status of a request until it is decided. Polls never overlap, and never come early: not in this wait,
/// nor after an earlier one for the same request.
pub(super) async fn wait(
    escalation: &Escalation,
    limits: ApprovalWait,
    mut open: Open,
) -> Result<PermissionAnswered, EscalationError> {
    let Escalation { agent, open: open_requests, .. } = escalation;
    let clock = agent.clock();
    let started = clock.now();
    let mut interval = limits.interval.max(MIN_INTERVAL);
    let mut pause = match open.asked_at {
        Some(asked_at) => interval.saturating_sub(started.duration_since(asked_at)),
        // Taken up from another process: it has not been asked about here.
        None => Duration::ZERO,
    };
    let mut end_of_wait = limits.limit;
    loop {
        let waited = clock.now().duration_since(started);
        // The end of the request is a date of the server's; it is held against this machine's own.
        if let Some(expires_at) = open.pending.expires_at {
            let left = expires_at.duration_since(clock.system_time()).unwrap_or_default();
            end_of_wait = end_of_wait.min(waited.saturating_add(left));
        }
        if waited.saturating_add(pause) > end_of_wait {
            return Err(EscalationError::undecided(open.pending, waited));
        }
        clock.sleep(pause).await;
        open.asked_at = Some(clock.now());
        open_requests.remember(open.clone());
        pause = interval;
        match agent.permission_status(&open.pending.request_id).await {
            Ok(PermissionAnswered { status: PermissionStatus::Pending(undecided), .. }) => {
                open.pending.expires_at = undecided.expires_at.or(open.pending.expires_at);
            }
            Ok(decided) => return Ok(decided),
            Err(error) if asks_to_slow_down(&error) => {
                interval = interval.saturating_add(SLOW_DOWN);
                pause = error.retry_after().unwrap_or(interval).max(MIN_INTERVAL);
            }
            // One poll that got lost is no decision; the wait is bounded all the same.
            Err(error) if error.is_transient() => {
                tracing::debug!(request = %open.pending.request_id, %error, "a poll for a decision failed");
                pause = error.retry_after().unwrap_or(interval).max(MIN_INTERVAL);
            }
            Err(error) => return Err(over(error)),
        }
    }
}

fn asks_to_slow_down(error: &AuthorityError) -> bool {
    error.is_rate_limited() || error.code() == Some("slow_down")
}
