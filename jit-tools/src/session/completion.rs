//! The end of a task: its children first, then itself, and what could not be revoked.

use std::{error::Error as StdError, fmt, sync::Arc, time::SystemTime};

use futures_util::{StreamExt as _, future::BoxFuture, stream};
use tokio::runtime::Handle;

use super::Session;
use crate::{
    authority::{AuthorityError, TaskId},
    escalation::OutstandingToken,
};

/// How many tasks are completed at the same time.
pub(super) const AT_ONCE: usize = 8;

/// Tasks that could not be completed, so that their tokens live until they end by themselves.
///
/// Completing may be tried again: what is completed already is not completed twice.
#[derive(Clone)]
pub struct CompletionError {
    unfinished: Vec<UnfinishedTask>,
}

/// A task that the authority could not be told to complete.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UnfinishedTask {
    /// Its id.
    pub id: TaskId,
    /// The name that it was created with.
    pub name: String,
    /// Why it is not completed: the last of a few tries.
    pub error: AuthorityError,
    /// Its tokens that may live. `None` where this process cannot know, since another one used the task.
    pub tokens: Option<Vec<OutstandingToken>>,
    /// When the authority ends the task by itself, where it said so.
    pub expires_at: Option<SystemTime>,
}

impl UnfinishedTask {
    /// Until when a token of it may live at the latest, where that is known; `None` also where there is none.
    pub fn tokens_end_by(&self) -> Option<SystemTime> {
        self.tokens.as_ref()?.iter().map(|token| token.ends_by).max()
    }
}

impl CompletionError {
    /// The error for tasks that are left. `None` when there is none.
    pub(super) fn of(unfinished: Vec<UnfinishedTask>) -> Option<Self> {
        if unfinished.is_empty() { None } else { Some(Self { unfinished }) }
    }

    /// The tasks that are not completed, by id and name. There is at least one.
    pub fn unfinished(&self) -> &[UnfinishedTask] {
        &self.unfinished
    }

    /// Until when a token of them may live at the latest; `None` where none is known to.
    pub fn tokens_end_by(&self) -> Option<SystemTime> {
        self.unfinished.iter().filter_map(UnfinishedTask::tokens_end_by).max()
    }

    /// Whether trying again later may help: the network, a time-out, a 5xx, or a limit.
    pub fn is_transient(&self) -> bool {
        self.unfinished.iter().any(|task| task.error.is_transient())
    }
}

impl fmt::Display for UnfinishedTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the task {:?} ({}) was not completed", self.name, self.id)?;
        match &self.tokens {
            Some(tokens) if tokens.is_empty() => f.write_str(", and holds no token")?,
            Some(tokens) => {
                for (index, token) in tokens.iter().enumerate() {
                    let start = if index == 0 { ", and its tokens may live: for" } else { ", for" };
                    write!(f, "{start} {token} until {}", Date(token.ends_by))?;
                }
            }
            None => f.write_str(", and its tokens live until they expire")?,
        }
        write!(f, ": {}", self.error)
    }
}

impl fmt::Display for CompletionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, task) in self.unfinished.iter().enumerate() {
            write!(f, "{}{task}", if index == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

impl fmt::Debug for CompletionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CompletionError({self})")
    }
}

impl StdError for CompletionError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.unfinished.first().and_then(|task| task.error.source())
    }
}

/// A time for people: RFC 3339, in UTC.
struct Date(SystemTime);

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs());
        let date = i64::try_from(seconds).ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
        match date {
            Some(date) => date.fmt(f),
            None => f.write_str("an unknown time"),
        }
    }
}

impl Session {
    /// Completes the task after its children; all are attempted, whatever becomes of one. Nothing can be asked in any
    /// of them from now on.
    pub(super) async fn complete(&self) -> Result<(), CompletionError> {
        CompletionError::of(self.complete_all().await).map_or(Ok(()), Err)
    }

    /// Boxed, since a child has children.
    fn complete_all(&self) -> BoxFuture<'_, Vec<UnfinishedTask>> {
        Box::pin(async move {
            let children = self.close();
            self.escalation.clear();
            let mut unfinished = Self::complete_these(&children).await;
            unfinished.extend(self.complete_itself().await);
            unfinished
        })
    }

    /// Completes tasks, a few at a time, and tells what is left.
    pub(super) async fn complete_these(tasks: &[Arc<Self>]) -> Vec<UnfinishedTask> {
        let mut completions = Vec::with_capacity(tasks.len());
        for task in tasks {
            completions.push(task.complete_all());
        }
        stream::iter(completions).buffered(AT_ONCE).concat().await
    }

    async fn complete_itself(&self) -> Option<UnfinishedTask> {
        // Held while completing, since whoever else completes wants that outcome.
        let mut ending = self.ending.lock().await;
        if ending.is_over {
            return None;
        }
        let task = &self.escalation.task;
        let outcome = self.escalation.agent.complete_task(task).await;
        self.escalation.record_completion(outcome.as_ref().copied());
        if let Err(error) = outcome {
            return Some(UnfinishedTask {
                id: task.clone(),
                name: self.name.clone(),
                error,
                tokens: Some(self.escalation.outstanding()),
                expires_at: self.expires_at,
            });
        }
        ending.is_over = true;
        if let Some(entry) = ending.entry.take()
            && let Err(error) = entry.closed().await
        {
            // The next sweep completes the task once more, which changes nothing.
            tracing::warn!(%task, %error, "the task is completed, and its entry in the journal stays");
        }
        None
    }

    /// Whether nothing is left to be done: not for the task, nor for one below it.
    fn is_settled(&self) -> bool {
        self.is_over() && self.children().iter().all(|child| child.is_settled())
    }
}

/// Completes a task where nothing can be awaited. Where that does not succeed, its entry in the journal is let go of, so
/// that the next sweep tries again; without a journal, the tokens live until they expire.
pub(super) fn complete_in_background(session: &Arc<Session>) {
    if session.is_settled() {
        return;
    }
    let task = session.escalation.task.clone();
    let Ok(runtime) = Handle::try_current() else {
        let rest =
            if session.journal.is_some() { "the next sweep completes it" } else { "its tokens live until they expire" };
        tracing::error!(%task, "a task was dropped outside of a runtime: {rest}");
        return;
    };
    let session = Arc::clone(session);
    runtime.spawn(async move {
        match session.complete().await {
            Ok(()) => tracing::info!(%task, "a task that was dropped is completed"),
            Err(error) => tracing::error!(%error, "a task was dropped, and could not be completed"),
        }
    });
}
