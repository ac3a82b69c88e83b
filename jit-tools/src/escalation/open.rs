//! The requests of a task that wait for a person, or that a person approved and nobody exchanged yet: whoever needs the
//! same thing asks about them, not anew.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
    time::{Duration, Instant, SystemTime},
};

use tokio::sync::{OwnedMutexGuard, watch};

use super::{ApprovalBinding, EscalationError, Need, PendingApproval, Permission};
use crate::{
    authority::RequestId,
    clock::Clock,
    sync::{Mutex, lock},
};

/// How many requests of one task may wait for a person.
const MAX_OPEN: usize = 1024;

/// The longest pause between two polls, in case that somebody asks for one that no clock can count.
const LONGEST_PAUSE: Duration = Duration::from_secs(30 * 24 * 3600);

#[derive(Debug, Default)]
pub(super) struct OpenRequests {
    by_binding: Mutex<HashMap<ApprovalBinding, Arc<Open>>>,
    /// Who asks at this moment, or wants to.
    asking: Mutex<HashMap<ApprovalBinding, Weak<tokio::sync::Mutex<()>>>>,
}

/// One request, and how it is asked about: whoever does, polls never overlap, and none comes early.
#[derive(Debug)]
pub(super) struct Open {
    /// As it was made, or taken up.
    request: PendingApproval,
    /// Who holds it polls, or sleeps until the next poll.
    pub(super) turn: tokio::sync::Mutex<()>,
    pub(super) polls: watch::Sender<Polls>,
}

/// What is known of a request, by whoever asked.
#[derive(Clone, Debug)]
pub(super) struct Polls {
    /// How much slower than otherwise it is asked about, for good.
    pub(super) slower_by: Duration,
    /// When it may be asked about again.
    pub(super) not_before: Instant,
    /// Whether it was asked about at all.
    pub(super) began: bool,
    /// When it ends undecided, where the authority says so.
    pub(super) expires_at: Option<SystemTime>,
    /// What came of it.
    pub(super) outcome: Option<Result<Permission, EscalationError>>,
}

impl Open {
    /// A request that was made just now, and is asked about after `pause`.
    pub(super) fn new(request: PendingApproval, now: Instant, pause: Duration) -> Arc<Self> {
        let polls = Polls {
            slower_by: request.slower_by.min(LONGEST_PAUSE),
            not_before: after(now, pause),
            began: request.not_before.is_some(),
            expires_at: request.expires_at,
            outcome: None,
        };
        Arc::new(Self { request, turn: tokio::sync::Mutex::default(), polls: watch::Sender::new(polls) })
    }

    /// Whether it was asked for what is needed, where it is needed (the binding says so too, unless somebody changed what
    /// was stored), and for no longer than is needed.
    pub(super) fn is_for(&self, need: &Need<'_>) -> bool {
        // A request that names no lifetime gets the authority's own.
        let is_short = need.ttl.is_none_or(|ttl| self.requested_ttl().is_some_and(|asked| asked <= ttl));
        is_short && self.request.detail == *need.detail && self.request.origin.as_ref() == need.origin
    }

    /// The lifetime that was asked for, which may be a shorter one than a later need would ask for.
    pub(super) fn requested_ttl(&self) -> Option<Duration> {
        self.request.requested_ttl.map(Duration::from_secs)
    }

    pub(super) fn request_id(&self) -> &RequestId {
        &self.request.request_id
    }

    /// Whether it is known to be approved.
    pub(super) fn is_approved(&self) -> bool {
        self.polls.borrow().outcome.as_ref().is_some_and(Result::is_ok)
    }

    /// The request as a value, with what was learned meanwhile.
    pub(super) fn pending(&self, clock: &dyn Clock) -> PendingApproval {
        let polls = self.polls.borrow();
        let pause = polls.not_before.saturating_duration_since(clock.now());
        PendingApproval {
            expires_at: polls.expires_at,
            slower_by: polls.slower_by,
            not_before: if polls.began { clock.system_time().checked_add(pause) } else { None },
            ..self.request.clone()
        }
    }
}

impl Polls {
    /// The next poll is that far away at least.
    pub(super) fn pause(&mut self, now: Instant, pause: Duration) {
        self.not_before = after(now, pause);
        self.began = true;
    }

    /// It is asked about less often from now on.
    pub(super) fn slow_down(&mut self, by: Duration) {
        self.slower_by = self.slower_by.saturating_add(by).min(LONGEST_PAUSE);
    }
}

fn after(now: Instant, pause: Duration) -> Instant {
    now.checked_add(pause.min(LONGEST_PAUSE)).unwrap_or(now)
}

impl OpenRequests {
    pub(super) fn get(&self, binding: &ApprovalBinding) -> Option<Arc<Open>> {
        lock(&self.by_binding).get(binding).cloned()
    }

    /// Waits for the turn to ask for one thing, so that two who need it at once do not both ask.
    pub(super) async fn turn_to_ask(&self, binding: &ApprovalBinding) -> OwnedMutexGuard<()> {
        let turn = {
            let mut asking = lock(&self.asking);
            asking.retain(|_, turn| turn.strong_count() > 0);
            asking.get(binding).and_then(Weak::upgrade).unwrap_or_else(|| {
                let turn = Arc::default();
                asking.insert(binding.clone(), Arc::downgrade(&turn));
                turn
            })
        };
        turn.lock_owned().await
    }

    /// Remembers a request. Where there is no room, the next need asks anew: a second prompt, and no other harm.
    pub(super) fn remember(&self, open: &Arc<Open>) {
        let mut requests = lock(&self.by_binding);
        let binding = &open.request.binding;
        if requests.len() < MAX_OPEN || requests.contains_key(binding) {
            requests.insert(binding.clone(), Arc::clone(open));
        }
    }

    /// Takes up a request from elsewhere. One that is known here is asked about as before.
    pub(super) fn adopt(&self, pending: PendingApproval, clock: &dyn Clock) {
        if self.get(&pending.binding).is_some_and(|open| *open.request_id() == pending.request_id) {
            return;
        }
        let pause = pending.not_before.and_then(|date| date.duration_since(clock.system_time()).ok());
        self.remember(&Open::new(pending, clock.now(), pause.unwrap_or_default()));
    }

    pub(super) fn forget(&self, request: &RequestId) {
        lock(&self.by_binding).retain(|_, open| open.request_id() != request);
    }
}
