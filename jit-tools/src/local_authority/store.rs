//! What the authority remembers, and how it may change. No I/O, and no time but the one that is handed in, in seconds
//! since 1970.

mod denials;
mod requests;
mod shelf;
mod tasks;
#[cfg(test)]
mod tests;
mod tokens;

use std::collections::HashMap;

use self::{
    denials::Denials,
    shelf::{Full, Shelf},
    tokens::Usage,
};
pub(super) use self::{
    requests::{Ask, Decision, Request, RequestState, Verdict},
    tasks::{NewTask, Outcome, Task, TaskResult, TaskState},
    tokens::{Caller, DEEPEST_CHAIN, Exchange, Issued, TokenRecord, until_tomorrow},
};
use super::{audit::AuditEvent, clients::Settings, random};

/// How much of each is remembered. The clients share it: each has an equal part, though not less than the second number,
/// so that none has to go without because of another.
const MAX_TASKS: (usize, usize) = (1024, 16);
const MAX_REQUESTS: (usize, usize) = (4096, 64);
const MAX_TOKENS: (usize, usize) = (8192, 128);
/// The agents' own tokens have room of their own, so that an agent whose other tokens fill its part can log in, and
/// complete its tasks.
const MAX_LOGINS: (usize, usize) = (2048, 32);

/// Tasks, permission requests and tokens.
#[derive(Debug)]
pub(super) struct Store {
    tasks: Shelf<Task>,
    requests: Shelf<Request>,
    /// The agents' own tokens.
    logins: Shelf<TokenRecord>,
    /// All other tokens.
    tokens: Shelf<TokenRecord>,
    /// How many tokens each agent was issued against its budget, and on which day.
    usage: HashMap<String, Usage>,
    /// What people said no to lately.
    denials: Denials,
    /// The requests that wait for a person, oldest first: few among many, and asked about at every poll.
    waiting: Vec<String>,
    /// The requests that a person was to decide and that ended since somebody last looked.
    ended: Vec<String>,
    /// What happened since somebody last looked; the caller takes it to the audit log under the same lock, so that
    /// the log has the store's order.
    pub(super) events: Vec<AuditEvent>,
}

/// What a file kept of an earlier process, each list oldest first.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) tasks: Vec<Task>,
    pub(super) requests: Vec<Request>,
    pub(super) tokens: Vec<TokenRecord>,
}

/// What is new or changed, and the ids of what is forgotten.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) tasks: Vec<Task>,
    pub(super) requests: Vec<Request>,
    pub(super) tokens: Vec<TokenRecord>,
    pub(super) tasks_gone: Vec<String>,
    pub(super) requests_gone: Vec<String>,
    pub(super) tokens_gone: Vec<String>,
}

impl Changes {
    pub(super) fn is_empty(&self) -> bool {
        let ids = [&self.tasks_gone, &self.requests_gone, &self.tokens_gone];
        self.tasks.is_empty()
            && self.requests.is_empty()
            && self.tokens.is_empty()
            && ids.iter().all(|ids| ids.is_empty())
    }
}

/// Why the store refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    NoSuchTask,
    NoSuchRequest,
    TooDeep,
    DelegationNotAllowed,
    /// The chain of those who act for a user is as long as it may be.
    ChainTooLong,
    BudgetExceeded,
    TaskCompleted,
    TaskSuspended,
    TaskExpired,
    RequestPending,
    RequestDenied,
    RequestExpired,
    AlreadyDecided,
    TooManyExchanges,
    /// The person was shown another request.
    OtherRequest,
    Full,
}

impl From<Full> for Refusal {
    fn from(_: Full) -> Self {
        Self::Full
    }
}

impl Store {
    /// A store for so many clients.
    pub(super) fn new(clients: usize) -> Self {
        let clients = clients.max(1);
        let room = |(all, least): (usize, usize)| {
            let share = (all / clients).max(least);
            (share, share.saturating_mul(clients))
        };
        let (tasks, requests, logins, tokens) =
            (room(MAX_TASKS), room(MAX_REQUESTS), room(MAX_LOGINS), room(MAX_TOKENS));
        Self {
            tasks: Shelf::new(tasks.0, tasks.1),
            requests: Shelf::new(requests.0, requests.1),
            logins: Shelf::new(logins.0, logins.1),
            tokens: Shelf::new(tokens.0, tokens.1),
            usage: HashMap::new(),
            denials: Denials::default(),
            waiting: Vec::new(),
            ended: Vec::new(),
            events: Vec::new(),
        }
    }

    /// The store as it was, which keeps account of its changes from now on.
    pub(super) fn restore(kept: Kept, clients: usize, now: u64) -> Self {
        let mut store = Self::new(clients);
        for task in kept.tasks {
            store.tasks.put(task.id.clone(), task);
        }
        for request in kept.requests {
            if request.state == RequestState::Pending {
                store.waiting.push(request.id.clone());
            }
            store.recount_denial(&request, now);
            store.requests.put(request.id.clone(), request);
        }
        for token in kept.tokens {
            store.recount(&token, now);
            let kept = if token.is_agents_own() { &mut store.logins } else { &mut store.tokens };
            kept.put(token.jti.clone(), token);
        }
        store.tasks.track_changes();
        store.requests.track_changes();
        store.logins.track_changes();
        store.tokens.track_changes();
        store
    }

    /// Ends what an earlier start left and the settings of this one do not allow: tokens, and the tasks of clients that
    /// are not there any more.
    pub(super) fn hold_to(&mut self, settings: &Settings<'_>, now: u64) {
        self.revoke_tokens(now, |token| !settings.allow(token));
        for task in self.tasks.find(|task| !settings.has_client(&task.agent_id)) {
            self.end(&task, TaskState::Suspended, now);
        }
    }

    /// What changed since this was last called.
    pub(super) fn take_changes(&mut self) -> Changes {
        let (tasks, tasks_gone) = self.tasks.take_changes();
        let (requests, requests_gone) = self.requests.take_changes();
        let (mut tokens, mut tokens_gone) = self.tokens.take_changes();
        let (logins, logins_gone) = self.logins.take_changes();
        tokens.extend(logins);
        tokens_gone.extend(logins_gone);
        Changes { tasks, requests, tokens, tasks_gone, requests_gone, tokens_gone }
    }
}
