//! Waiting for a person.

use std::{
    pin::pin,
    time::{Duration, SystemTime},
};

use futures_util::future::{Either, select};
use http::StatusCode;

use super::{
    Escalation, EscalationError, Need, Permission,
    open::{Open, Polls},
    over,
};
use crate::{
    authority::{AuthorityError, PermissionAnswered, PermissionStatus},
    tool::definition::ApprovalMode,
};

/// How much slower polling becomes, for good, each time the authority asks for it (RFC 8628, section 3.5).
const SLOW_DOWN: Duration = Duration::from_secs(5);

/// The shortest interval between two polls.
const MIN_INTERVAL: Duration = Duration::from_secs(1);

/// How long a poll may take; the wait may end it earlier.
const LONGEST_POLL: Duration = Duration::from_secs(30);

/// How long a call waits for a person, and how often it asks.
///
/// The wait ends earlier when the request itself ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApprovalWait {
    /// The time between two polls; 5 s by default, and at least 1 s.
    pub interval: Duration,
    /// The longest wait; 300 s by default. The time that a tool's `timeout` bounds does not include it.
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

    /// The time between two polls where the authority does not ask for more.
    pub(super) fn shortest_pause(self) -> Duration {
        self.interval.max(MIN_INTERVAL)
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

/// What a poll for a decision says.
enum Heard {
    /// Nobody has decided yet.
    Undecided {
        expires_at: Option<SystemTime>,
    },
    /// Nobody has, and the authority is asked too often.
    SlowDown(AuthorityError),
    /// Nothing, or no answer in time: the wait is bounded all the same.
    Nothing(Option<AuthorityError>),
    Decided(PermissionAnswered),
    /// The authority has no such request any more, or the task is over.
    Gone(AuthorityError),
    /// The authority does not tell. The request is open all the same.
    Refused(AuthorityError),
}

impl Heard {
    fn of(answer: Result<PermissionAnswered, AuthorityError>) -> Self {
        let error = match answer {
            Ok(PermissionAnswered { status: PermissionStatus::Pending(undecided), .. }) => {
                return Self::Undecided { expires_at: undecided.expires_at };
            }
            Ok(decided) => return Self::Decided(decided),
            Err(error) => error,
        };
        match (error.status(), error.code()) {
            _ if error.is_task_closed() => Self::Gone(error),
            // RFC 8628, section 3.5: the names of what OAuth's own polls are told.
            (_, Some("authorization_pending")) => Self::Undecided { expires_at: None },
            (_, Some("slow_down")) | (Some(StatusCode::TOO_MANY_REQUESTS), _) => Self::SlowDown(error),
            (Some(StatusCode::NOT_FOUND | StatusCode::GONE), _) => Self::Gone(error),
            // A token that is not accepted is replaced for the next poll; credentials that are not are no use.
            (Some(StatusCode::UNAUTHORIZED), _) if !error.is_invalid_client() => Self::Nothing(Some(error)),
            (Some(status), Some(_)) if status.is_client_error() => Self::Refused(error),
            // The network, a 5xx, or what somebody before the authority wrote.
            _ => Self::Nothing(Some(error)),
        }
    }
}

/// Waits until a request is decided, and asks about it where nobody else does. Polls never overlap and never come early,
/// whoever asks: in this wait, in another one at the same time, or after an earlier one.
pub(super) async fn wait(escalation: &Escalation, need: Need<'_>, open: &Open) -> Result<Permission, EscalationError> {
    let limits = escalation.wait.in_mode(need.approval);
    let clock = &**escalation.agent.clock();
    let started = clock.now();
    let waited = || clock.now().saturating_duration_since(started);
    let mut end_of_wait = limits.limit;
    let mut news = open.polls.subscribe();
    loop {
        let Polls { not_before, expires_at, outcome, .. } = news.borrow_and_update().clone();
        if let Some(outcome) = outcome {
            return outcome;
        }
        // The end of the request is a date of the server's; it is held against this machine's own.
        if let Some(expires_at) = expires_at {
            let left = expires_at.duration_since(clock.system_time()).unwrap_or_default();
            end_of_wait = end_of_wait.min(waited().saturating_add(left));
        }
        let pause = not_before.saturating_duration_since(clock.now());
        if waited().saturating_add(pause) > end_of_wait {
            return Err(EscalationError::undecided(open.pending(clock), waited()));
        }
        // Whoever has the turn goes on by itself; the others look again after each of its polls, or take over.
        let _turn = match select(pin!(open.turn.lock()), pin!(news.changed())).await {
            Either::Left((turn, _)) => turn,
            Either::Right(_) => continue,
        };
        // Whoever had it before may have polled, and have gone in the middle of that.
        if news.has_changed().unwrap_or(false) || open.polls.borrow().not_before != not_before {
            continue;
        }
        clock.sleep(not_before.saturating_duration_since(clock.now())).await;
        // Whoever takes over in the middle of a poll waits as if it had been answered with nothing.
        let interval = |polls: &Polls| limits.shortest_pause().saturating_add(polls.slower_by);
        open.polls.send_if_modified(|polls| {
            polls.pause(clock.now(), interval(polls));
            false
        });
        let left = end_of_wait.saturating_sub(waited()).clamp(MIN_INTERVAL, LONGEST_POLL);
        let heard =
            match select(pin!(escalation.agent.permission_status(open.request_id())), clock.deadline(left)).await {
                Either::Left((answer, _)) => Heard::of(answer),
                Either::Right(_) => Heard::Nothing(None),
            };
        let outcome = match &heard {
            Heard::Decided(answered) => Some(escalation.settle(need, open.requested_ttl(), answered.clone())),
            Heard::Gone(error) | Heard::Refused(error) => Some(Err(over(error.clone()))),
            _ => None,
        };
        if let Some(outcome) = outcome {
            let outcome = escalation.outcome_of(need, outcome);
            if matches!(heard, Heard::Refused(_)) {
                return outcome;
            }
            // What was approved is remembered until it is exchanged.
            if outcome.is_err() {
                escalation.open.forget(open.request_id());
            }
            open.polls.send_modify(|polls| polls.outcome = Some(outcome));
        } else {
            let asked_for = match &heard {
                Heard::SlowDown(error) => error.retry_after(),
                Heard::Nothing(error) => {
                    let error = error.as_ref();
                    tracing::debug!(request = %open.request_id(), ?error, "a poll for a decision got lost");
                    error.and_then(AuthorityError::retry_after)
                }
                _ => None,
            };
            open.polls.send_modify(|polls| {
                match heard {
                    Heard::Undecided { expires_at } => polls.expires_at = expires_at.or(polls.expires_at),
                    Heard::SlowDown(_) => polls.slow_down(SLOW_DOWN),
                    _ => {}
                }
                polls.pause(clock.now(), asked_for.unwrap_or_else(|| interval(polls)).max(MIN_INTERVAL));
            });
        }
    }
}
