//! Tasks: the ephemeral identities under which an agent holds permissions.

use std::time::SystemTime;

use http::{Method, StatusCode};

use super::{
    AuthorityError, LumoAuthAgent, TaskId,
    call::{Body, Repeat},
    error::Kind,
    wire::{CreateTask, EvaluateTask, TaskAnswer, needed},
};

/// A task as the authority created it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// The task's id.
    pub id: TaskId,
    /// When the authority ends it by itself, where it says so.
    pub expires_at: Option<SystemTime>,
}

impl LumoAuthAgent {
    /// Creates a task. Most users want [`JitContext::create_task`](crate::JitContext::create_task), which also gives
    /// everything back.
    pub async fn create_task(&self, name: Option<&str>) -> Result<Task, AuthorityError> {
        self.create_task_within(None, name).await
    }

    /// Creates a task, as a part of another one where `parent` names it.
    pub(crate) async fn create_task_within(
        &self,
        parent: Option<&TaskId>,
        name: Option<&str>,
    ) -> Result<Task, AuthorityError> {
        const OPERATION: &str = "create the task";
        let body = Body::json(OPERATION, &CreateTask { name, parent_task_id: parent.map(TaskId::as_str) })?;
        let answer: TaskAnswer =
            self.call(OPERATION, Method::POST, &["jit", "task"], body, Repeat::IfUnprocessed).await?.json(OPERATION)?;
        let failed = |kind| AuthorityError::new(OPERATION, kind);
        let id = needed(answer.task_id, "task_id").map_err(failed)?;
        Ok(Task {
            id: TaskId::try_from(id).map_err(|_| failed(Kind::Unusable { field: "task_id" }))?,
            expires_at: answer.expires_at.as_deref().and_then(date),
        })
    }

    /// Completes a task, which revokes every token of it. A task that is over already counts as completed.
    ///
    /// The agent does so as itself, also where it acts for a user, whose token may have ended.
    pub async fn complete_task(&self, task: &TaskId) -> Result<(), AuthorityError> {
        const OPERATION: &str = "complete the task";
        let path = ["jit", "task", task.as_str(), "complete"];
        match self.itself().call(OPERATION, Method::POST, &path, Body::Empty, Repeat::Always).await {
            Err(error) if error.is_task_closed() || error.status() == Some(StatusCode::GONE) => Ok(()),
            outcome => outcome.map(drop),
        }
    }
}

impl LumoAuthAgent {
    /// Tells the authority how a task went, which closes it there. `notes` are for its audit log.
    pub async fn evaluate_task(
        &self,
        task: &TaskId,
        result: TaskResult,
        notes: Option<&str>,
    ) -> Result<(), AuthorityError> {
        const OPERATION: &str = "take the outcome of the task";
        let body = Body::json(OPERATION, &EvaluateTask { result: result.as_str(), notes })?;
        let path = ["jit", "task", task.as_str(), "evaluate"];
        self.itself().call(OPERATION, Method::POST, &path, body, Repeat::Always).await.map(drop)
    }
}

/// How a task went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskResult {
    /// It did what it was for.
    Completed,
    /// It did not.
    Failed,
    /// It was given up.
    Cancelled,
}

impl TaskResult {
    fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A date of the authority's (RFC 3339). One that cannot be read counts as not given.
pub(crate) fn date(text: &str) -> Option<SystemTime> {
    let since_epoch = text.parse::<jiff::Timestamp>().ok()?.duration_since(jiff::Timestamp::UNIX_EPOCH);
    SystemTime::UNIX_EPOCH.checked_add(since_epoch.try_into().ok()?)
}
