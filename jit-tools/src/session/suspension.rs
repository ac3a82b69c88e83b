//! A task that outlives its process, because a person may take longer.

use std::time::{Duration, SystemTime};

use futures_util::{StreamExt as _, stream};

use super::{JitContext, JournalError, Session, completion::AT_ONCE};
use crate::authority::TaskId;

/// The longest time for which a task is kept.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);

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
    /// Nothing can be asked in this context any more, nor in a clone. The tokens that tools obtained are revoked, as well
    /// as that can be done: whoever goes on obtains new ones. Child tasks are completed.
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
    /// let task = jit.suspend(Duration::from_secs(8 * 3600)).await?;
    ///
    /// // Later, perhaps in another process:
    /// let jit = builder.resume_task(task).await?;
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
    pub async fn suspend(&self, keep_for: Duration) -> Result<TaskId, SuspensionError> {
        self.session().suspend(keep_for).await
    }
}

impl Session {
    async fn suspend(&self, keep_for: Duration) -> Result<TaskId, SuspensionError> {
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
        // One that cannot be revoked ends by itself; the audit has it.
        let revoked = tokens.iter().map(|token| self.escalation.revoke(token, "the task is suspended"));
        stream::iter(revoked).buffered(AT_ONCE).count().await;
        for unfinished in Self::complete_these(&children).await {
            tracing::warn!(%unfinished, "a part of a task that is suspended is left open");
        }
        let now = self.escalation.agent.clock().system_time();
        let until = now.checked_add(keep_for.min(LONGEST)).unwrap_or(now);
        if let Some(entry) = &ending.entry {
            entry.kept(until).await?;
        }
        ending.is_over = true;
        // Lets go of it.
        ending.entry = None;
        let task = self.escalation.task.clone();
        tracing::info!(%task, "a task is suspended");
        Ok(task)
    }
}

/// Whether a task that is kept until then is to be left alone.
pub(super) fn is_kept(kept_until: Option<SystemTime>, now: SystemTime) -> bool {
    kept_until.is_some_and(|until| now < until)
}
