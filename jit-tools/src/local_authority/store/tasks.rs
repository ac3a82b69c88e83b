//! Tasks: ephemeral identities of an agent, and what ends them.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::{Caller, Refusal, Store, random, shelf::Owned};
use crate::local_authority::audit::{AuditEvent, AuditKind, DecidedBy};

/// How long a task lives, in seconds.
pub(super) const TASK_LIFETIME: u64 = 3600;
/// How deep tasks nest.
const DEEPEST: usize = 8;
/// How long a suspended task is kept, in seconds, however many others its agent begins: a person is to see it.
const SUSPENSION_SHOWN_FOR: u64 = 3600;

/// One task: an ephemeral identity of an agent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in super::super) struct Task {
    pub(in super::super) id: String,
    pub(in super::super) agent_id: String,
    pub(in super::super) name: Option<String>,
    pub(in super::super) kind: Option<String>,
    pub(in super::super) parent: Option<String>,
    pub(in super::super) on_behalf_of: Option<String>,
    /// Whether it was created with the user's consent, by a token that says so: only with such a token is anything
    /// asked for in it then. Without, `on_behalf_of` is what the agent claims.
    pub(in super::super) is_delegated: bool,
    pub(in super::super) caep_session_id: String,
    pub(in super::super) created_at: u64,
    pub(in super::super) expires_at: u64,
    /// When it was completed or suspended.
    pub(in super::super) ended_at: Option<u64>,
    pub(in super::super) outcome: Option<Outcome>,
    pub(in super::super) state: TaskState,
    pub(in super::super) denials: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) enum TaskState {
    Open,
    Suspended,
    Completed,
}

/// How a task went, in the words of whoever closed it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in super::super) struct Outcome {
    pub(in super::super) result: TaskResult,
    pub(in super::super) notes: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in super::super) enum TaskResult {
    Completed,
    Failed,
    Cancelled,
}

impl TaskResult {
    /// The word that stands for it on the wire.
    pub(in super::super) fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What an agent says about a new task.
#[derive(Debug, Default)]
pub(in super::super) struct NewTask {
    pub(in super::super) name: Option<String>,
    pub(in super::super) kind: Option<String>,
    pub(in super::super) parent: Option<String>,
    pub(in super::super) on_behalf_of: Option<String>,
    /// Whether the agent came with a token by which it acts for that user.
    pub(in super::super) is_delegated: bool,
}

impl Owned for Task {
    fn owner(&self) -> &str {
        &self.agent_id
    }
}

impl Task {
    /// Whether anything may still be done in its name.
    pub(in super::super) fn check_open(&self, now: u64) -> Result<(), Refusal> {
        match self.state {
            TaskState::Completed => Err(Refusal::TaskCompleted),
            TaskState::Suspended => Err(Refusal::TaskSuspended),
            TaskState::Open if now >= self.expires_at => Err(Refusal::TaskExpired),
            TaskState::Open => Ok(()),
        }
    }

    /// Whether this caller may ask for anything in its name. What was begun for a user ends with the user's consent.
    pub(super) fn check_caller(&self, caller: &Caller) -> Result<(), Refusal> {
        let is_allowed = !self.is_delegated || caller.user == self.on_behalf_of;
        if is_allowed { Ok(()) } else { Err(Refusal::DelegationNotAllowed) }
    }

    /// The word for its state.
    pub(in super::super) fn state_name(&self, now: u64) -> &'static str {
        match self.check_open(now) {
            Err(Refusal::TaskSuspended) => "suspended",
            Err(Refusal::TaskExpired) => "expired",
            Err(_) => self.outcome.as_ref().map_or("completed", |outcome| outcome.result.as_str()),
            Ok(()) => "open",
        }
    }
}

impl Store {
    /// A task of this agent. Another agent's task does not exist for it.
    pub(in super::super) fn task(&self, agent_id: &str, task_id: &str) -> Result<&Task, Refusal> {
        self.tasks.get(task_id).filter(|task| task.agent_id == agent_id).ok_or(Refusal::NoSuchTask)
    }

    /// Every task that is remembered, oldest first.
    pub(in super::super) fn tasks(&self) -> impl Iterator<Item = &Task> {
        self.tasks.iter()
    }

    pub(in super::super) fn create_task(&mut self, agent_id: &str, new: NewTask, now: u64) -> Result<&Task, Refusal> {
        let mut expires_at = now.saturating_add(TASK_LIFETIME);
        if let Some(parent) = &new.parent {
            let parent = self.task(agent_id, parent)?;
            parent.check_open(now)?;
            // A part of a task does not outlive it, and acts for the same user.
            expires_at = expires_at.min(parent.expires_at);
            if parent.on_behalf_of.is_some() && new.on_behalf_of.is_some() && parent.on_behalf_of != new.on_behalf_of {
                return Err(Refusal::DelegationNotAllowed);
            }
            if self.ancestors(&parent.id).len() >= DEEPEST {
                return Err(Refusal::TooDeep);
            }
        }
        let parent = new.parent.as_ref().and_then(|parent| self.tasks.get(parent));
        let inherited = parent.and_then(|parent| parent.on_behalf_of.clone());
        let is_delegated = new.is_delegated || parent.is_some_and(|parent| parent.is_delegated);
        let id = random::id("task");
        let task = Task {
            id: id.clone(),
            agent_id: agent_id.to_owned(),
            name: new.name,
            kind: new.kind,
            parent: new.parent,
            on_behalf_of: new.on_behalf_of.or(inherited),
            is_delegated,
            caep_session_id: random::id("caep"),
            created_at: now,
            expires_at,
            ended_at: None,
            outcome: None,
            state: TaskState::Open,
            denials: 0,
        };
        let lifetime = expires_at.saturating_sub(now);
        let mut event = AuditEvent::new(AuditKind::TaskCreated).agent(agent_id).task(&id).ttl(lifetime);
        match &task.on_behalf_of {
            Some(user) if is_delegated => event = event.user(user),
            Some(user) => event = event.claimed_user(user),
            None => {}
        }
        let to_be_seen = self.recently_suspended(now);
        self.tasks.insert(id.clone(), task, |task| task.check_open(now).is_err() && !to_be_seen.contains(&task.id))?;
        self.events.push(event);
        self.task(agent_id, &id)
    }

    /// The tasks that were suspended lately, without those that only went along with the one above them.
    fn recently_suspended(&self, now: u64) -> HashSet<String> {
        let is_suspended = |task: &Task| task.state == TaskState::Suspended;
        let is_recent = |task: &&Task| {
            let above = task.parent.as_ref().and_then(|parent| self.tasks.get(parent));
            let until = task.ended_at.map(|ended_at| ended_at.saturating_add(SUSPENSION_SHOWN_FOR));
            is_suspended(task) && until.is_some_and(|until| now < until) && !above.is_some_and(is_suspended)
        };
        self.tasks.iter().filter(is_recent).map(|task| task.id.clone()).collect()
    }

    /// Ends a task and those below it, and revokes their tokens. Ending it again changes nothing and is no error; one that
    /// was suspended stays so.
    pub(in super::super) fn complete_task(
        &mut self,
        agent_id: &str,
        task_id: &str,
        now: u64,
    ) -> Result<&Task, Refusal> {
        self.task(agent_id, task_id)?;
        self.end(task_id, TaskState::Completed, now);
        self.task(agent_id, task_id)
    }

    /// Closes a task with an outcome. One that has ended already only gets the outcome: what came out of it may be
    /// known later.
    pub(in super::super) fn evaluate_task(
        &mut self,
        agent_id: &str,
        task_id: &str,
        outcome: Outcome,
        now: u64,
    ) -> Result<&Task, Refusal> {
        self.task(agent_id, task_id)?;
        self.end(task_id, TaskState::Completed, now);
        let result = outcome.result.as_str();
        if let Some(task) = self.tasks.get_mut(task_id) {
            task.outcome = Some(outcome);
        }
        self.events.push(AuditEvent::new(AuditKind::TaskEvaluated).agent(agent_id).task(task_id).reason(result));
        self.task(agent_id, task_id)
    }

    /// Stops a task and those below it at a reviewer's word, and revokes their tokens.
    pub(in super::super) fn suspend_task(&mut self, task_id: &str, now: u64) -> Result<&Task, Refusal> {
        let task = self.tasks.get(task_id).ok_or(Refusal::NoSuchTask)?;
        if task.state == TaskState::Completed {
            return Err(Refusal::TaskCompleted);
        }
        self.suspend(task_id, now);
        self.tasks.get(task_id).ok_or(Refusal::NoSuchTask)
    }

    /// The task, and those above it, nearest first.
    pub(super) fn ancestors(&self, task_id: &str) -> Vec<String> {
        let mut line = Vec::new();
        let mut next = self.tasks.get(task_id);
        // What is deeper cannot be created; the bound holds for what a file says as well.
        while let Some(task) = next.filter(|_| line.len() <= DEEPEST) {
            line.push(task.id.clone());
            next = task.parent.as_ref().and_then(|parent| self.tasks.get(parent));
        }
        line
    }

    /// Stops a task that a person stopped, or denied too much.
    pub(super) fn suspend(&mut self, task_id: &str, now: u64) {
        self.end_one(task_id, TaskState::Suspended, Some(DecidedBy::Reviewer), now);
        self.end(task_id, TaskState::Suspended, now);
    }

    pub(super) fn end(&mut self, task_id: &str, state: TaskState, now: u64) {
        let mut ending = vec![task_id.to_owned()];
        while let Some(task_id) = ending.pop() {
            // A task is younger than its parent, so this comes to an end.
            let is_child = |task: &&Task| task.parent.as_ref() == Some(&task_id);
            ending.extend(self.tasks.iter().filter(is_child).map(|task| task.id.clone()));
            self.end_one(&task_id, state, None, now);
        }
    }

    fn end_one(&mut self, task_id: &str, state: TaskState, decided_by: Option<DecidedBy>, now: u64) {
        // A task ends once: what its agent says afterwards does not hide that it was suspended.
        if self.tasks.get(task_id).is_none_or(|task| task.state != TaskState::Open) {
            return;
        }
        let Some(task) = self.tasks.get_mut(task_id) else { return };
        task.state = state;
        task.ended_at = Some(now);
        let kind = match state {
            TaskState::Suspended => AuditKind::TaskSuspended,
            TaskState::Open | TaskState::Completed => AuditKind::TaskCompleted,
        };
        let event = AuditEvent::new(kind).agent(&task.agent_id).task(task_id).decided_by(decided_by);
        self.revoke_tokens(now, |token| token.task_id.as_deref() == Some(task_id));
        self.drop_pending(task_id, now);
        self.events.push(event);
    }
}
