//! A task that outlives its process, because a person may take longer.

use std::time::Duration;

use futures_util::{StreamExt as _, stream};

use super::{JitContext, JournalError, Session, UnfinishedTask, completion::AT_ONCE};
use crate::{authority::TaskId, escalation::OutstandingToken};

/// The longest time for which a task is kept.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);

/// A task that waits for whoever resumes it, and what could not be given back.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Suspended {
    /// The task.
    pub task: TaskId,
    /// Its tokens that may live, since the authority could not be told to revoke them, or they were handed out by
    /// [`get_token`](JitContext::get_token) and not given back.
    pub tokens: Vec<OutstandingToken>,
    /// Its child tasks that could not be completed.
    pub unfinished: Vec<UnfinishedTask>,
}

impl Suspended {
    /// Whether nothing is left: no token lives, and no child task is open.
    pub fn is_clean(&self) -> bool {
        self.tokens.is_empty() && self.unfinished.is_empty()
    }
}

/// A task that was not suspended.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SuspensionError {
    /// It has no journal, so that nobody would complete it if it is never resumed.
    #[error("a task without a journal cannot be suspended; give it one with JitContextBuilder::journal")]
    NoJournal,
    /// It is completed, or suspended already.
    #[error("the task is over")]
    Over,
    /// The journal could not be told. The task is used no more, and is completed when its context is dropped.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl JitContext {
    /// Leaves the task open for another process, or for this one after a restart, such as while a person decides about a
    /// [pending approval](crate::PendingApproval): sweeps leave it alone for `keep_for`, at most 30 days, and complete it
    /// afterwards. [`resume_task`](crate::session::JitContextBuilder::resume_task) goes on with it until then. The
    /// authority may end it earlier.
    ///
    /// Nothing can be asked in this context any more, nor in a clone, and whoever waits in it for a person is told that
    /// the task is over. The tokens that tools obtained are revoked, as well as that can be done: whoever goes on obtains
    /// new ones. Child tasks are completed. What is left of either is in the report.
    ///
    /// ```
    /// # use std::time::Duration;
    /// use jit_tools::{JitContext, LumoAuthAgent, session::FileJournal};
    /// # use jit_tools::{local_authority::LocalAuthority, testing::InProcess};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// # let authority = LocalAuthority::builder().client("agt_x", "s3cret").build()?;
    /// # let network = InProcess::new().serve("http://127.0.0.1", authority.router())?;
    /// # let agent = LumoAuthAgent::builder().url("http://127.0.0.1").org("acme-corp").client_id("agt_x")
    /// #     .client_secret("s3cret").transport(std::sync::Arc::new(network)).build()?;
    /// # let folder = std::env::temp_dir().join(format!("jit-tools-doc-suspend-{}", std::process::id()));
    /// let builder = JitContext::builder(&agent, "Tidy up").journal(FileJournal::open(&folder).await?.shared());
    /// let jit = builder.clone().create_task().await?;
    /// // … a tool's permission waits for a person: store its `PendingApproval` and the task's id …
    /// let suspended = jit.suspend(Duration::from_secs(8 * 3600)).await?;
    /// assert!(suspended.is_clean());
    ///
    /// // Later, perhaps in another process:
    /// let jit = builder.resume_task(suspended.task).await?;
    /// // … `jit.adopt(pending)`, and call the tool again …
    /// jit.complete_task().await?;
    /// # assert_eq!(std::fs::read_dir(&folder)?.count(), 0);
    /// # std::fs::remove_dir(&folder)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the task has no journal, is over, or the journal cannot be written.
    pub async fn suspend(&self, keep_for: Duration) -> Result<Suspended, SuspensionError> {
        self.session().suspend(keep_for).await
    }
}

impl Session {
    async fn suspend(&self, keep_for: Duration) -> Result<Suspended, SuspensionError> {
        // Held until the end: whoever completes the task meanwhile finds that there is nothing left to do.
        let mut ending = self.ending.lock().await;
        if ending.is_over || self.is_closed() {
            return Err(SuspensionError::Over);
        }
        if ending.entry.is_none() {
            return Err(SuspensionError::NoJournal);
        }
        // From here on whoever obtains a token finds the task closed, and revokes it.
        let children = self.close();
        let tokens = self.escalation.take_tokens();
        // What came of each is in the audit, and what is left in the report.
        let mut revocations = Vec::with_capacity(tokens.len());
        for token in &tokens {
            revocations.push(self.escalation.revoke(token, "the task is suspended"));
        }
        stream::iter(revocations).buffered(AT_ONCE).count().await;
        let unfinished = Self::complete_these(&children).await;
        let now = self.escalation.agent.clock().system_time();
        let until = now.checked_add(keep_for.min(LONGEST)).unwrap_or(now);
        if let Some(entry) = &ending.entry {
            entry.kept(until).await?;
        }
        ending.is_over = true;
        // Lets go of it.
        ending.entry = None;
        let task = self.escalation.task.clone();
        let suspended = Suspended { task, tokens: self.escalation.outstanding(), unfinished };
        let (task, tokens, unfinished) = (&suspended.task, suspended.tokens.len(), suspended.unfinished.len());
        tracing::info!(%task, tokens, unfinished, "a task is suspended");
        Ok(suspended)
    }
}
