//! Work inside a task that is completed whatever happens.

use std::{
    error::Error as StdError,
    fmt,
    panic::{AssertUnwindSafe, resume_unwind},
    sync::Arc,
};

use futures_util::{
    FutureExt as _,
    future::{Either, select},
};

use super::{
    CompletionError, CreationError, JitContext, JitContextBuilder, Session, completion::complete_in_background,
    signals::Signals,
};
use crate::authority::TaskId;

/// Why [`JitContext::run_task`] has no plain result. `T` and `E` are what the work gives.
pub enum TaskError<T, E> {
    /// The task was not created, so the work did not start.
    NotCreated(CreationError),
    /// The work failed. The task is completed.
    Failed(E),
    /// A signal stopped the work, such as Ctrl-C or SIGTERM. The task is completed.
    Interrupted,
    /// A signal came while the task was being completed, so that it may be open, and its tokens may live until they
    /// expire. Completing goes on in the background as long as the process lives.
    CutShort {
        /// The task.
        task: TaskId,
        /// What the work gave; `None` when it was interrupted.
        outcome: Option<Result<T, E>>,
    },
    /// The task, or one of its children, could not be completed: their tokens live until they expire.
    NotCompleted {
        /// What the work gave; `None` when it was interrupted.
        outcome: Option<Result<T, E>>,
        /// Which tasks were not completed, and why.
        error: CompletionError,
    },
}

impl JitContextBuilder {
    /// Creates the task, runs `work` in it, and completes it: after success, an error or a panic, when the future is
    /// dropped, and at a signal that asks the process to end: Ctrl-C, SIGTERM, SIGHUP or SIGQUIT, and on Windows the end
    /// of the console, of the session and of the system too. SIGHUP is left alone where the process was started to ignore
    /// it, as by `nohup` (Linux only; elsewhere it is heard).
    ///
    /// The first signal stops the work and completes the task; one while that goes on stops this as well, with
    /// [`TaskError::CutShort`].
    /// Listening for a signal replaces its default effect for the rest of the process; that is tokio's doing.
    /// When the future is dropped, or the work panics while the runtime ends, completion happens in the background
    /// as well as it can.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// use jit_tools::{JitContext, LumoAuthAgent};
    ///
    /// let agent = LumoAuthAgent::from_env()?;
    /// let answer = JitContext::run_task(&agent, "Summarize", |jit| async move {
    ///     // … use `jit` …
    ///     Ok::<_, std::io::Error>(format!("done in {}", jit.task_id()))
    /// })
    /// .await?;
    /// # Ok(()) }
    /// ```
    pub async fn run_task<T, E, F>(self, work: impl FnOnce(JitContext) -> F) -> Result<T, TaskError<T, E>>
    where
        F: Future<Output = Result<T, E>>,
    {
        let mut signals = Signals::listen();
        let jit = self.create_task().await.map_err(TaskError::NotCreated)?;
        let guard = CompleteOnDrop(Some(Arc::clone(jit.session())));

        let outcome = {
            let work = AssertUnwindSafe(work(jit.clone())).catch_unwind();
            match select(Box::pin(work), Box::pin(signals.next())).await {
                Either::Left((outcome, _)) => Some(outcome),
                Either::Right(_) => None,
            }
        };
        let completed = match select(Box::pin(jit.complete_task()), Box::pin(signals.next())).await {
            Either::Left((completed, _)) => completed,
            // Somebody wants out at once. The guard still does what it can.
            Either::Right(_) => {
                let outcome = outcome.map(|outcome| outcome.unwrap_or_else(|panic| resume_unwind(panic)));
                return Err(TaskError::CutShort { task: jit.task_id().clone(), outcome });
            }
        };
        guard.disarm();
        match (outcome, completed) {
            (Some(Err(panic)), completed) => {
                if let Err(error) = completed {
                    tracing::error!(task = %jit.task_id(), %error, "the task of a panic could not be completed");
                }
                resume_unwind(panic)
            }
            (Some(Ok(outcome)), Ok(())) => outcome.map_err(TaskError::Failed),
            (Some(Ok(outcome)), Err(error)) => Err(TaskError::NotCompleted { outcome: Some(outcome), error }),
            (None, Ok(())) => Err(TaskError::Interrupted),
            (None, Err(error)) => Err(TaskError::NotCompleted { outcome: None, error }),
        }
    }
}

/// Completes the task when the future that works in it is dropped, even while other clones of the context live on.
struct CompleteOnDrop(Option<Arc<Session>>);

impl CompleteOnDrop {
    fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for CompleteOnDrop {
    fn drop(&mut self) {
        if let Some(session) = self.0.take() {
            complete_in_background(&session);
        }
    }
}

impl<T, E: fmt::Display> fmt::Display for TaskError<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotCreated(error) => error.fmt(f),
            Self::Failed(error) => error.fmt(f),
            Self::Interrupted => f.write_str("interrupted by a signal; the task was completed"),
            Self::CutShort { task, outcome } => {
                if let Some(Err(failure)) = outcome {
                    write!(f, "{failure}; moreover, ")?;
                }
                write!(
                    f,
                    "a signal came while the task {task} was being completed: its tokens may live until they expire"
                )
            }
            Self::NotCompleted { outcome, error } => {
                if let Some(Err(failure)) = outcome {
                    write!(f, "{failure}; moreover, ")?;
                }
                error.fmt(f)
            }
        }
    }
}

impl<T, E: fmt::Debug> fmt::Debug for TaskError<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotCreated(error) => f.debug_tuple("NotCreated").field(error).finish(),
            Self::Failed(error) => f.debug_tuple("Failed").field(error).finish(),
            Self::Interrupted => f.write_str("Interrupted"),
            Self::CutShort { task, outcome } => {
                let failure = outcome.as_ref().and_then(|outcome| outcome.as_ref().err());
                f.debug_struct("CutShort").field("task", task).field("failure", &failure).finish_non_exhaustive()
            }
            Self::NotCompleted { outcome, error } => f
                .debug_struct("NotCompleted")
                .field("failure", &outcome.as_ref().and_then(|outcome| outcome.as_ref().err()))
                .field("error", error)
                .finish_non_exhaustive(),
        }
    }
}

impl<T, E: StdError + 'static> StdError for TaskError<T, E> {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::NotCreated(error) => error.source(),
            Self::NotCompleted { error, .. } => error.source(),
            Self::Failed(error) => error.source(),
            Self::CutShort { outcome: Some(Err(failure)), .. } => failure.source(),
            Self::Interrupted | Self::CutShort { .. } => None,
        }
    }
}
