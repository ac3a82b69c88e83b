//! What is set for a task before it begins.

use std::sync::Arc;

use super::{
    CreationError, Held, JitContext, Session, SharedJournal, SweepReport,
    creation::NewTask,
    journal::{Taken, TaskOwner},
    sweep,
};
use crate::{
    audit::{SharedAudit, TracingAudit},
    authority::{LumoAuthAgent, TaskId},
    escalation::{ApprovalWait, Escalation},
    policy::Policy,
};

/// Sets up a task.
#[derive(Clone, Debug)]
pub struct JitContextBuilder {
    agent: LumoAuthAgent,
    name: String,
    policy: Policy,
    wait: ApprovalWait,
    audit: SharedAudit,
    journal: Option<SharedJournal>,
    sweeps: bool,
}

impl JitContextBuilder {
    pub(super) fn new(agent: &LumoAuthAgent, name: &str) -> Self {
        Self {
            agent: agent.clone(),
            name: name.to_owned(),
            policy: Policy::new(),
            wait: ApprovalWait::default(),
            audit: Arc::new(TracingAudit),
            journal: None,
            sweeps: true,
        }
    }

    /// What is allowed in the task, beyond what each tool declares.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets how long a call waits for a person; 300 s by default ([`ApprovalWait::default`]).
    pub fn approval_wait(mut self, wait: ApprovalWait) -> Self {
        self.wait = wait;
        self
    }

    /// What takes the audit events of the task; [`TracingAudit`] otherwise.
    pub fn audit(mut self, audit: SharedAudit) -> Self {
        self.audit = audit;
        self
    }

    /// Writes the task down before it is used, so that it can be completed after a crash, and completes first what an
    /// earlier crash left open; see [`JitContext::swept`].
    pub fn journal(mut self, journal: SharedJournal) -> Self {
        self.journal = Some(journal);
        self
    }

    /// Does not look for what a crash left open, such as for one of many tasks in a process that
    /// [swept](JitContext::sweep) at its start.
    pub fn without_sweep(mut self) -> Self {
        self.sweeps = false;
        self
    }

    /// Creates the task. Where the caller no longer waits for it, it is completed in the background.
    pub async fn create_task(self) -> Result<JitContext, CreationError> {
        let Self { agent, name, policy, wait, audit, journal, sweeps } = self;
        let swept = match &journal {
            Some(journal) if sweeps => {
                Some(sweep::sweep(&agent, &*audit, &**journal).await.map_err(CreationError::journal)?)
            }
            _ => None,
        };
        let task = NewTask { agent, name, parent: None, policy, wait, audit, journal, limits: None };
        match task.create().await {
            Ok(held) => Ok(JitContext::after(swept, held)),
            Err(error) => Err(error.after(swept)),
        }
    }

    /// Goes on with a task of a process that died, such as one whose
    /// [pending approval](crate::escalation::PendingApproval) is picked up: completes first what else an earlier crash
    /// left open, children of the task included, and then takes over the task's entry in the journal, or makes one.
    ///
    /// Nobody else can go on with it meanwhile, as far as the journal knows of it. Where the caller no longer waits
    /// before it is taken over, it is left as it was.
    ///
    /// Without a journal, this is [`attach`](Self::attach). Nothing is asked of the authority, so whether the task is
    /// still open turns out when it is used.
    ///
    /// # Errors
    /// When the task [is in use](CreationError::is_in_use), or the journal cannot be read or written.
    pub async fn resume_task(self, task: TaskId) -> Result<JitContext, CreationError> {
        let Some(journal) = self.journal.clone() else { return Ok(self.attach(task)) };
        let entries = match journal.take(&TaskOwner::of(&self.agent), &task).await.map_err(CreationError::journal)? {
            Taken::Free(entries) => entries,
            Taken::Absent => Vec::new(),
            Taken::InUse => return Err(CreationError::in_use(task)),
        };
        let swept = if self.sweeps {
            let report = sweep::sweep(&self.agent, &*self.audit, &*journal).await.map_err(CreationError::journal)?;
            Some(report.without(&task, entries.iter().filter(|entry| entry.kept_until.is_none()).count()))
        } else {
            None
        };
        match self.session(task).taken_over(&*journal, entries).await {
            Ok(session) => Ok(JitContext::after(swept, Held(Arc::new(session)))),
            Err(error) => Err(CreationError::journal(error).after(swept)),
        }
    }

    /// A context of a task that was created before, by this process or another. It is completed like any other. Nothing
    /// is sent yet, and the journal does not learn of it: [`resume_task`](Self::resume_task) writes it down.
    pub fn attach(self, task: TaskId) -> JitContext {
        JitContext { held: Arc::new(Held(Arc::new(self.session(task)))) }
    }

    fn session(self, task: TaskId) -> Session {
        let Self { agent, name, policy, wait, audit, journal, .. } = self;
        Session::new(Escalation::new(agent, task, policy, wait, audit), name, journal)
    }
}

impl JitContext {
    /// The context of a task, with what the sweep before it found.
    fn after(swept: Option<SweepReport>, held: Held) -> Self {
        if let Some(report) = swept {
            // Nobody else has the task yet.
            let _ = held.0.swept.set(report);
        }
        Self { held: Arc::new(held) }
    }
}
