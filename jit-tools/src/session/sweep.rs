//! A sweep: completes the tasks that a crash left open.

use std::{
    collections::HashMap,
    time::{Duration, SystemTime},
};

use futures_util::{StreamExt as _, stream};

use super::{
    UnfinishedTask,
    completion::AT_ONCE,
    journal::{Abandoned, AbandonedTask, Journal, JournalEntry, JournalError, OpenedTask, TaskIntent, TaskOwner},
};
use crate::{
    audit::{Audit, AuditEvent, AuditKind},
    authority::{AuthorityError, LumoAuthAgent, MAX_TTL, TaskId},
};

/// How far the authority's clock and this machine's may be apart where a task counts as ended.
const SKEW: Duration = Duration::from_secs(300);

/// What a sweep found, and what became of it.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct SweepReport {
    /// Tasks that were left open, and are completed now.
    pub completed: Vec<TaskId>,
    /// Tasks that could not be completed, and that ended long enough ago that no token of them lives.
    pub ended: Vec<TaskId>,
    /// Tasks that the authority was asked for, without its answer having been written down. If there is one, it was
    /// never used: it holds no token, and ends by itself. Each is reported once.
    pub unknown: Vec<UnknownTask>,
    /// Tasks that could not be completed. They stay in the journal.
    pub failed: Vec<UnfinishedTask>,
    /// Tasks that are [suspended](crate::JitContext::suspend), and are left alone.
    pub suspended: Vec<TaskId>,
    /// How many open tasks of the same agent belong to processes that live.
    pub in_use: usize,
    /// What could not be read, and stays as it is: a person has to look at it.
    pub unreadable: Vec<String>,
    /// Whether there may be more: one sweep takes a few hundred tasks at most.
    pub more: bool,
}

/// A task that may or may not exist; see [`SweepReport::unknown`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownTask {
    /// The name that it was asked for with.
    pub name: String,
    /// The task that it was to be a part of.
    pub parent: Option<TaskId>,
    /// When it was asked for, on the clock of the agent that did.
    pub created_at: SystemTime,
}

impl SweepReport {
    /// Leaves out what is about a task that is held here, by so many entries.
    pub(super) fn without(mut self, task: &TaskId, entries: usize) -> Self {
        self.suspended.retain(|suspended| suspended != task);
        self.in_use = self.in_use.saturating_sub(entries);
        self
    }

    /// Whether nothing is left that anybody has to look at: no task failed, is unknown or cannot be read.
    pub fn is_clean(&self) -> bool {
        self.failed.is_empty() && self.unknown.is_empty() && self.unreadable.is_empty() && !self.more
    }
}

/// What became of one entry.
enum Swept {
    Completed(TaskId),
    Ended(TaskId),
    Unknown(UnknownTask),
    Failed(UnfinishedTask),
}

/// Completes what nobody holds.
pub(super) async fn sweep(
    agent: &LumoAuthAgent,
    audit: &dyn Audit,
    journal: &dyn Journal,
) -> Result<SweepReport, JournalError> {
    let now = agent.clock().system_time();
    Ok(sweep_abandoned(agent, audit, journal.abandoned(&TaskOwner::of(agent), now).await?).await)
}

/// Completes these tasks, children before their parents.
async fn sweep_abandoned(agent: &LumoAuthAgent, audit: &dyn Audit, abandoned: Abandoned) -> SweepReport {
    let Abandoned { mut tasks, suspended, in_use, unreadable, more } = abandoned;
    // What a crash left of a resumption: the task was not used, and somebody may resume it again.
    tasks.retain(|task| task.opened.as_ref().is_none_or(|opened| !suspended.contains(&opened.id)));
    let mut report = SweepReport { suspended, in_use, unreadable, more, ..SweepReport::default() };
    // Without a token each completion would fail, and each only after its tries.
    let is_asked = tasks.iter().any(|task| task.opened.is_some());
    let no_token = if is_asked { agent.access_token().await.err() } else { None };
    for generation in by_generation(tasks) {
        let sweeping = generation.into_iter().map(|task| sweep_one(agent, audit, no_token.as_ref(), task));
        let mut swept = stream::iter(sweeping).buffered(AT_ONCE);
        while let Some(swept) = swept.next().await {
            match swept {
                Swept::Completed(id) => report.completed.push(id),
                Swept::Ended(id) => report.ended.push(id),
                Swept::Unknown(task) => report.unknown.push(task),
                Swept::Failed(task) => report.failed.push(task),
            }
        }
    }
    if !report.is_clean() || !report.completed.is_empty() {
        tracing::warn!(
            completed = report.completed.len(),
            ended = report.ended.len(),
            unknown = report.unknown.len(),
            failed = report.failed.len(),
            unreadable = report.unreadable.len(),
            "a crash had left tasks open"
        );
    }
    report
}

async fn sweep_one(
    agent: &LumoAuthAgent,
    audit: &dyn Audit,
    no_token: Option<&AuthorityError>,
    task: AbandonedTask,
) -> Swept {
    let AbandonedTask { intent, opened, entry, .. } = task;
    let Some(OpenedTask { id, expires_at }) = opened else {
        close(entry).await;
        let TaskIntent { name, parent, created_at, .. } = intent;
        return Swept::Unknown(UnknownTask { name, parent, created_at });
    };
    let outcome = match no_token {
        Some(error) => Err(error.clone()),
        None => agent.complete_task(&id).await,
    };
    let event = |kind| AuditEvent::new(kind, agent.clock().system_time(), agent.client_id(), id.as_str());
    audit.record(&match &outcome {
        Ok(()) => event(AuditKind::Revoked).reason("the task that a crash left open is completed"),
        Err(error) => event(AuditKind::Failed).reason(error),
    });
    match outcome {
        Ok(()) => {
            close(entry).await;
            Swept::Completed(id)
        }
        Err(_) if expires_at.is_some_and(|end| is_long_past(end, agent.clock().system_time())) => {
            close(entry).await;
            Swept::Ended(id)
        }
        Err(error) => Swept::Failed(UnfinishedTask { id, name: intent.name, error, tokens: None, expires_at }),
    }
}

/// Whether every token of a task that ended then has ended as well: none is issued after the task's end, and none lives
/// longer than the authority grants at most.
fn is_long_past(end: SystemTime, now: SystemTime) -> bool {
    now.duration_since(end).is_ok_and(|past| past > MAX_TTL + SKEW)
}

async fn close(entry: Box<dyn JournalEntry>) {
    if let Err(error) = entry.closed().await {
        tracing::warn!(%error, "an entry of the journal stays, and is looked at again by the next sweep");
    }
}

/// The youngest first: each generation's parents are in a later one, or not among the tasks.
fn by_generation(tasks: Vec<AbandonedTask>) -> Vec<Vec<AbandonedTask>> {
    let parents: HashMap<TaskId, Option<TaskId>> =
        tasks.iter().filter_map(|task| Some((task.opened.as_ref()?.id.clone(), task.intent.parent.clone()))).collect();
    let depth = |task: &AbandonedTask| {
        let mut depth = 0;
        let mut parent = task.intent.parent.as_ref();
        // Files may say anything, such as that two tasks are each other's parent.
        while let Some(id) = parent
            && depth < parents.len()
        {
            depth += 1;
            parent = parents.get(id).and_then(Option::as_ref);
        }
        depth
    };
    let mut generations: Vec<Vec<AbandonedTask>> = Vec::new();
    let mut deep: Vec<_> = tasks.into_iter().map(|task| (depth(&task), task)).collect();
    deep.sort_by_key(|(depth, _)| std::cmp::Reverse(*depth));
    let mut last = None;
    for (depth, task) in deep {
        match generations.last_mut() {
            Some(generation) if last == Some(depth) => generation.push(task),
            _ => generations.push(vec![task]),
        }
        last = Some(depth);
    }
    generations
}
