//! What the authority remembers, and how it may change. No I/O, and no time but the one that is handed in, in seconds
//! since 1970.

mod requests;
mod shelf;
mod tokens;

use self::shelf::{Full, Shelf};
pub(super) use self::{
    requests::{Ask, Decision, Request, RequestState},
    tokens::{Issued, TokenRecord},
};
use super::{
    audit::{AuditEvent, AuditKind},
    random,
};

/// How long a task lives, in seconds.
const TASK_LIFETIME: u64 = 3600;
/// How many denials suspend a task.
const DENIALS_TO_SUSPENSION: u32 = 3;

const MOST_TASKS: usize = 1024;
const MOST_REQUESTS: usize = 4096;
const MOST_TOKENS: usize = 8192;

/// Tasks, permission requests and tokens.
#[derive(Debug)]
pub(super) struct Store {
    tasks: Shelf<Task>,
    requests: Shelf<Request>,
    tokens: Shelf<TokenRecord>,
    /// What happened since somebody last looked; the caller takes it to the audit log under the same lock, so that
    /// the log has the store's order.
    pub(super) events: Vec<AuditEvent>,
}

/// One task: an ephemeral identity of an agent.
#[derive(Clone, Debug)]
pub(super) struct Task {
    pub(super) id: String,
    pub(super) agent_id: String,
    pub(super) name: Option<String>,
    pub(super) parent: Option<String>,
    pub(super) on_behalf_of: Option<String>,
    pub(super) caep_session_id: String,
    pub(super) expires_at: u64,
    pub(super) completed_at: Option<u64>,
    state: TaskState,
    denials: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TaskState {
    Open,
    Suspended,
    Completed,
}

/// What an agent says about a new task.
#[derive(Debug, Default)]
pub(super) struct NewTask {
    pub(super) name: Option<String>,
    pub(super) parent: Option<String>,
    pub(super) on_behalf_of: Option<String>,
}

/// Why the store refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    NoSuchTask,
    NoSuchRequest,
    TaskCompleted,
    TaskSuspended,
    TaskExpired,
    RequestPending,
    RequestDenied,
    RequestExpired,
    AlreadyDecided,
    Full,
}

impl From<Full> for Refusal {
    fn from(_: Full) -> Self {
        Self::Full
    }
}

impl Task {
    /// Whether anything may still be done in its name.
    fn check_open(&self, now: u64) -> Result<(), Refusal> {
        match self.state {
            TaskState::Completed => Err(Refusal::TaskCompleted),
            TaskState::Suspended => Err(Refusal::TaskSuspended),
            TaskState::Open if now >= self.expires_at => Err(Refusal::TaskExpired),
            TaskState::Open => Ok(()),
        }
    }
}

impl Default for Store {
    fn default() -> Self {
        Self {
            tasks: Shelf::new(MOST_TASKS),
            requests: Shelf::new(MOST_REQUESTS),
            tokens: Shelf::new(MOST_TOKENS),
            events: Vec::new(),
        }
    }
}

impl Store {
    /// A task of this agent. Another agent's task does not exist for it.
    pub(super) fn task(&self, agent_id: &str, task_id: &str) -> Result<&Task, Refusal> {
        self.tasks.get(task_id).filter(|task| task.agent_id == agent_id).ok_or(Refusal::NoSuchTask)
    }

    pub(super) fn create_task(&mut self, agent_id: &str, new: NewTask, now: u64) -> Result<&Task, Refusal> {
        if let Some(parent) = &new.parent {
            self.task(agent_id, parent)?.check_open(now)?;
        }
        let id = random::id("task");
        let task = Task {
            id: id.clone(),
            agent_id: agent_id.to_owned(),
            name: new.name,
            parent: new.parent,
            on_behalf_of: new.on_behalf_of,
            caep_session_id: random::id("caep"),
            expires_at: now.saturating_add(TASK_LIFETIME),
            completed_at: None,
            state: TaskState::Open,
            denials: 0,
        };
        self.tasks.insert(id.clone(), task, |task| task.check_open(now).is_err())?;
        self.events.push(AuditEvent::new(AuditKind::TaskCreated).agent(agent_id).task(&id).ttl(TASK_LIFETIME));
        self.task(agent_id, &id)
    }

    /// Ends a task and those below it, and revokes their tokens. Ending it again changes nothing and is no error.
    pub(super) fn complete_task(&mut self, agent_id: &str, task_id: &str, now: u64) -> Result<&Task, Refusal> {
        self.task(agent_id, task_id)?;
        let mut ending = vec![task_id.to_owned()];
        while let Some(task_id) = ending.pop() {
            // A task is younger than its parent, so this comes to an end.
            let is_child = |task: &&Task| task.parent.as_ref() == Some(&task_id);
            ending.extend(self.tasks.iter().filter(is_child).map(|task| task.id.clone()));
            self.complete_one(agent_id, &task_id, now);
        }
        self.task(agent_id, task_id)
    }

    fn complete_one(&mut self, agent_id: &str, task_id: &str, now: u64) {
        if let Some(task) = self.tasks.get_mut(task_id)
            && task.state != TaskState::Completed
        {
            task.state = TaskState::Completed;
            task.completed_at = Some(now);
            self.revoke_tokens(now, |token| token.task_id.as_deref() == Some(task_id));
            self.drop_pending(task_id);
            self.events.push(AuditEvent::new(AuditKind::TaskCompleted).agent(agent_id).task(task_id));
        }
    }

    pub(super) fn evaluate_task(&mut self, agent_id: &str, task_id: &str, result: &'static str) -> Result<(), Refusal> {
        self.task(agent_id, task_id)?;
        self.events.push(AuditEvent::new(AuditKind::TaskEvaluated).agent(agent_id).task(task_id).reason(result));
        Ok(())
    }

    /// Counts a denial, and stops the task at the last one that is tolerated (the vendor's use of CAEP).
    fn count_denial(&mut self, task_id: &str, now: u64) {
        let Some(task) = self.tasks.get_mut(task_id) else { return };
        task.denials = task.denials.saturating_add(1);
        if task.denials >= DENIALS_TO_SUSPENSION && task.state == TaskState::Open {
            task.state = TaskState::Suspended;
            self.events.push(AuditEvent::new(AuditKind::TaskSuspended).agent(&task.agent_id).task(task_id));
            self.revoke_tokens(now, |token| token.task_id.as_deref() == Some(task_id));
            self.drop_pending(task_id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{authorization_details::AuthorizationDetail, local_authority::risk::RiskLevel};

    const AGENT: &str = "agt_a";

    fn ask(task_id: &str, action: &str) -> Ask {
        Ask {
            task_id: task_id.to_owned(),
            detail: AuthorizationDetail::new("document").actions([action]).identifier("1"),
            justification: None,
            ttl: 600,
        }
    }

    fn store_with_task() -> (Store, String) {
        let mut store = Store::default();
        let task = store.create_task(AGENT, NewTask::default(), 0).unwrap().id.clone();
        (store, task)
    }

    #[test]
    fn a_completed_task_has_no_live_token() {
        let (mut store, task) = store_with_task();
        let request = store.ask(AGENT, ask(&task, "read"), 0).unwrap().id.clone();
        let token = store.exchange(AGENT, &request, 0).unwrap().jti;
        assert!(store.live_token(&token, 0).is_some());
        store.complete_task(AGENT, &task, 1).unwrap();
        assert!(store.live_token(&token, 1).is_none());
    }

    #[test]
    fn completing_a_task_twice_keeps_the_first_time() {
        let (mut store, task) = store_with_task();
        assert_eq!(store.complete_task(AGENT, &task, 5).unwrap().completed_at, Some(5));
        assert_eq!(store.complete_task(AGENT, &task, 9).unwrap().completed_at, Some(5));
    }

    #[test]
    fn a_completed_task_takes_those_below_it_along() {
        let (mut store, task) = store_with_task();
        let mut below = |parent: &str| {
            let new = NewTask { parent: Some(parent.to_owned()), ..NewTask::default() };
            store.create_task(AGENT, new, 0).unwrap().id.clone()
        };
        let child = below(&task);
        let grandchild = below(&child);
        let request = store.ask(AGENT, ask(&grandchild, "read"), 0).unwrap().id.clone();
        let token = store.exchange(AGENT, &request, 0).unwrap().jti;
        store.complete_task(AGENT, &task, 5).unwrap();
        assert!(store.live_token(&token, 5).is_none());
        for task in [&child, &grandchild] {
            assert_eq!(store.complete_task(AGENT, task, 9).unwrap().completed_at, Some(5));
        }
    }

    #[test]
    fn a_task_of_another_agent_does_not_exist() {
        let (mut store, task) = store_with_task();
        let request = store.ask(AGENT, ask(&task, "read"), 0).unwrap().id.clone();
        assert_eq!(store.ask("agt_b", ask(&task, "read"), 0).unwrap_err(), Refusal::NoSuchTask);
        assert_eq!(store.complete_task("agt_b", &task, 0).unwrap_err(), Refusal::NoSuchTask);
        assert_eq!(store.exchange("agt_b", &request, 0).unwrap_err(), Refusal::NoSuchRequest);
        let child = NewTask { parent: Some(task), ..NewTask::default() };
        assert_eq!(store.create_task("agt_b", child, 0).unwrap_err(), Refusal::NoSuchTask);
    }

    #[test]
    fn an_ended_task_refuses_requests_and_exchanges() {
        let (mut store, task) = store_with_task();
        let request = store.ask(AGENT, ask(&task, "read"), 0).unwrap().id.clone();
        assert_eq!(store.ask(AGENT, ask(&task, "read"), 3600).unwrap_err(), Refusal::TaskExpired);
        assert_eq!(store.exchange(AGENT, &request, 3600).unwrap_err(), Refusal::TaskExpired);
        store.complete_task(AGENT, &task, 3600).unwrap();
        assert_eq!(store.ask(AGENT, ask(&task, "read"), 0).unwrap_err(), Refusal::TaskCompleted);
        assert_eq!(store.exchange(AGENT, &request, 0).unwrap_err(), Refusal::TaskCompleted);
    }

    #[test]
    fn a_token_never_outlives_its_task() {
        let (mut store, task) = store_with_task();
        let request = store.ask(AGENT, ask(&task, "read"), 3500).unwrap().id.clone();
        assert_eq!(store.exchange(AGENT, &request, 3500).unwrap().expires_at, 3600);
    }

    #[test]
    fn three_denials_suspend_a_task_and_revoke_its_tokens() {
        let (mut store, task) = store_with_task();
        let read = store.ask(AGENT, ask(&task, "read"), 0).unwrap().id.clone();
        let token = store.exchange(AGENT, &read, 0).unwrap().jti;
        for expected in [RiskLevel::High, RiskLevel::High, RiskLevel::Critical] {
            let request = store.ask(AGENT, ask(&task, "delete"), 0).unwrap();
            assert_eq!(request.risk, expected);
            let id = request.id.clone();
            store.decide(&id, Decision::Deny { agent_message: None }, 0).unwrap();
        }
        assert!(store.live_token(&token, 0).is_none());
        assert_eq!(store.ask(AGENT, ask(&task, "read"), 0).unwrap_err(), Refusal::TaskSuspended);
        let kinds: Vec<_> = store.events.iter().map(|event| event.event).collect();
        assert!(kinds.contains(&AuditKind::TaskSuspended) && kinds.contains(&AuditKind::TokenRevoked));
    }

    #[test]
    fn a_pending_request_expires_and_is_then_past_deciding() {
        let (mut store, task) = store_with_task();
        let request = store.ask(AGENT, ask(&task, "delete"), 0).unwrap().id.clone();
        assert_eq!(store.exchange(AGENT, &request, 299).unwrap_err(), Refusal::RequestPending);
        store.expire_requests(300);
        assert_eq!(store.request(AGENT, &request).unwrap().state, RequestState::Expired);
        let late = store.decide(&request, Decision::Approve { ttl: None, agent_message: None }, 300);
        assert_eq!(late.unwrap_err(), Refusal::RequestExpired);
    }

    #[test]
    fn a_decision_is_made_once() {
        let (mut store, task) = store_with_task();
        let request = store.ask(AGENT, ask(&task, "delete"), 0).unwrap().id.clone();
        store.decide(&request, Decision::Approve { ttl: Some(9000), agent_message: None }, 0).unwrap();
        assert_eq!(store.request(AGENT, &request).unwrap().ttl, 900);
        let again = store.decide(&request, Decision::Deny { agent_message: None }, 0);
        assert_eq!(again.unwrap_err(), Refusal::AlreadyDecided);
    }

    #[test]
    fn live_tasks_are_never_evicted() {
        let mut store = Store::default();
        for _ in 0..MOST_TASKS {
            store.create_task(AGENT, NewTask::default(), 0).unwrap();
        }
        assert_eq!(store.create_task(AGENT, NewTask::default(), 0).unwrap_err(), Refusal::Full);
        assert!(store.create_task(AGENT, NewTask::default(), TASK_LIFETIME).is_ok());
    }
}
