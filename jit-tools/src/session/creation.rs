//! The beginning of a task: the journal first, then the authority, then the journal again.

use std::{error::Error as StdError, fmt, panic::resume_unwind, sync::Arc};

use tokio::runtime::Handle;
use tracing::Instrument as _;

use super::{
    CompletionError, Held, Session, SweepReport,
    journal::{AbandonedTask, Journal, JournalError, OpenedTask, SharedJournal, TaskIntent},
};
use crate::{
    audit::SharedAudit,
    authority::{AuthorityError, LumoAuthAgent, TaskId},
    escalation::{ApprovalWait, Escalation, SharedLimits},
    policy::Policy,
};

/// A task that was not created.
#[derive(Clone)]
pub struct CreationError {
    kind: Kind,
    swept: Option<Box<SweepReport>>,
}

#[derive(Clone)]
enum Kind {
    Authority(AuthorityError),
    Journal(JournalError),
    /// It was created and could not be written down, so it was completed, or not even that.
    NotRecorded(JournalError, Option<CompletionError>),
    ParentOver,
    /// Its parent was completed meanwhile, and it could not be.
    LeftByItsParent(CompletionError),
    InUse(TaskId),
    Interrupted,
}

impl CreationError {
    pub(super) fn journal(error: JournalError) -> Self {
        Kind::Journal(error).into()
    }

    pub(super) fn parent_over() -> Self {
        Kind::ParentOver.into()
    }

    pub(super) fn in_use(task: TaskId) -> Self {
        Kind::InUse(task).into()
    }

    /// The error, with what the sweep before found.
    pub(super) fn after(self, swept: Option<SweepReport>) -> Self {
        Self { swept: swept.map(Box::new), ..self }
    }

    pub(super) fn left_by_its_parent(unfinished: CompletionError) -> Self {
        Kind::LeftByItsParent(unfinished).into()
    }

    /// The authority's error, where it is to blame.
    pub fn authority_error(&self) -> Option<&AuthorityError> {
        match &self.kind {
            Kind::Authority(error) => Some(error),
            _ => None,
        }
    }

    /// The journal's error, where that is to blame: a task that cannot be written down is not used.
    pub fn journal_error(&self) -> Option<&JournalError> {
        match &self.kind {
            Kind::Journal(error) | Kind::NotRecorded(error, _) => Some(error),
            _ => None,
        }
    }

    /// What is left open, where a task was created, could not be used, and could not be completed either.
    pub fn unfinished(&self) -> Option<&CompletionError> {
        match &self.kind {
            Kind::NotRecorded(_, unfinished) => unfinished.as_ref(),
            Kind::LeftByItsParent(unfinished) => Some(unfinished),
            _ => None,
        }
    }

    /// Whether the task that was to be [resumed](super::JitContextBuilder::resume_task) is in use: by a process that
    /// lives, or by a sweep that completes it.
    pub fn is_in_use(&self) -> bool {
        matches!(self.kind, Kind::InUse(_))
    }

    /// What the sweep before found, if there was one.
    pub fn swept(&self) -> Option<&SweepReport> {
        self.swept.as_deref()
    }

    /// Whether the task that was to be its parent is over.
    pub fn is_parent_over(&self) -> bool {
        matches!(self.kind, Kind::ParentOver | Kind::LeftByItsParent(_))
    }
}

impl From<Kind> for CreationError {
    fn from(kind: Kind) -> Self {
        Self { kind, swept: None }
    }
}

impl From<AuthorityError> for CreationError {
    fn from(error: AuthorityError) -> Self {
        Kind::Authority(error).into()
    }
}

impl fmt::Display for CreationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Authority(error) => error.fmt(f),
            Kind::Journal(error) => write!(f, "no task was created: {error}"),
            Kind::NotRecorded(error, None) => write!(f, "a task was created and completed again: {error}"),
            Kind::NotRecorded(error, Some(unfinished)) => {
                write!(f, "a task was created and could not be written down: {error}; moreover, {unfinished}")
            }
            Kind::ParentOver => f.write_str("no child task was created: its parent is over"),
            Kind::LeftByItsParent(unfinished) => write!(f, "its parent is over; moreover, {unfinished}"),
            Kind::InUse(task) => write!(f, "the task {task} is not resumed: it is in use, or is being completed"),
            Kind::Interrupted => f.write_str("the task was not created: the runtime ends"),
        }
    }
}

impl fmt::Debug for CreationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CreationError({self})")
    }
}

impl StdError for CreationError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.kind {
            Kind::Authority(error) => error.source(),
            Kind::Journal(error) | Kind::NotRecorded(error, _) => error.source(),
            Kind::LeftByItsParent(unfinished) => unfinished.source(),
            Kind::ParentOver | Kind::InUse(_) | Kind::Interrupted => None,
        }
    }
}

/// A task that is to be created.
#[derive(Debug)]
pub(super) struct NewTask {
    pub(super) agent: LumoAuthAgent,
    pub(super) name: String,
    pub(super) parent: Option<TaskId>,
    pub(super) policy: Policy,
    pub(super) wait: ApprovalWait,
    pub(super) audit: SharedAudit,
    pub(super) journal: Option<SharedJournal>,
    /// The limits of its parent, if it has one: they hold for both together.
    pub(super) limits: Option<SharedLimits>,
}

impl NewTask {
    /// Creates the task, and goes on with that when the caller no longer waits for it: a task that nobody knows of
    /// would stay open. It is completed in the background then.
    pub(super) async fn create(self) -> Result<Held, CreationError> {
        let Ok(runtime) = Handle::try_current() else { return self.create_here().await };
        match runtime.spawn(self.create_here().in_current_span()).await {
            Ok(outcome) => outcome,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                Err(_) => Err(Kind::Interrupted.into()),
            },
        }
    }

    async fn create_here(self) -> Result<Held, CreationError> {
        let Self { agent, name, parent, policy, wait, audit, journal, limits } = self;
        // What fails here leaves no intent behind.
        agent.access_token().await?;
        let entry = match &journal {
            Some(journal) => {
                let intent = TaskIntent::new(&agent, &name, parent.clone());
                Some(journal.begin(&intent).await.map_err(CreationError::journal)?)
            }
            None => None,
        };
        let task = match agent.create_task_within(parent.as_ref(), Some(&name)).await {
            Ok(task) => task,
            Err(error) => {
                // Whether there is a task is known or not; where it is not, the intent stays for a sweep to report.
                if let Some(entry) = entry
                    && !error.may_have_acted()
                    && let Err(error) = entry.closed().await
                {
                    tracing::warn!(%error, "no task was created, and its entry in the journal stays");
                }
                return Err(error.into());
            }
        };
        tracing::info!(task = %task.id, parent = parent.as_ref().map(tracing::field::display), "a task was created");

        // From here on dropping it completes the task.
        let mut escalation = Escalation::new(agent, task.id, policy, wait, audit);
        if let Some(limits) = limits {
            escalation = escalation.within(limits);
        }
        let session = Session { expires_at: task.expires_at, ..Session::new(escalation, name, journal) };
        let held = Held(Arc::new(session.with_entry(entry)));
        if let Err(error) = held.0.record().await {
            return Err(Kind::NotRecorded(error, held.0.complete().await.err()).into());
        }
        Ok(held)
    }
}

impl Session {
    /// The session, written down in the journal as in use: in one of the task's entries that nobody keeps for later, or
    /// in a new one. The others end.
    pub(super) async fn taken_over(
        mut self,
        journal: &dyn Journal,
        entries: Vec<AbandonedTask>,
    ) -> Result<Self, JournalError> {
        let (mut mine, mut others) = (None, Vec::new());
        for AbandonedTask { intent, opened, kept_until, entry } in entries {
            self.name = intent.name;
            self.expires_at = opened.and_then(|opened| opened.expires_at);
            match mine {
                None if kept_until.is_none() => mine = Some(entry),
                _ => others.push(entry),
            }
        }
        let entry = if let Some(entry) = mine {
            entry
        } else {
            let (agent, task) = (&self.escalation.agent, &self.escalation.task);
            let entry = journal.begin(&TaskIntent::new(agent, &self.name, None)).await?;
            entry.opened(&OpenedTask::new(task.clone(), self.expires_at)).await?;
            entry
        };
        // From here on the task is kept for nobody else: a crash leaves it to the next sweep.
        for other in others {
            other.closed().await?;
        }
        Ok(self.with_entry(Some(entry)))
    }

    /// Writes the task's id down. It is not used before.
    async fn record(&self) -> Result<(), JournalError> {
        // Nobody else knows the task yet, so nobody waits for this lock.
        match &self.ending.lock().await.entry {
            Some(entry) => entry.opened(&OpenedTask::new(self.escalation.task.clone(), self.expires_at)).await,
            None => Ok(()),
        }
    }
}
