//! What one call is given beside its arguments.

use std::{fmt, sync::Arc};

use async_trait::async_trait;

use super::inject::{CancellationToken, ProgressSink, ProgressUpdate, TypeMap};

/// What one call is given beside its arguments; [`Toolset::call_with`](crate::Toolset::call_with) takes it.
///
/// ```
/// use jit_tools::{jit_tool, tool::{CallData, CallOptions}};
///
/// #[derive(Clone)]
/// struct User(String);
///
/// /// Says for whom it works.
/// #[jit_tool]
/// async fn whose(user: CallData<User>) -> String {
///     user.0.0
/// }
///
/// # async fn run(jit: &jit_tools::JitContext) -> Result<(), jit_tools::ToolError> {
/// let options = CallOptions::new().data(User("ada".to_owned()));
/// let output = jit_tools::tools![whose].call_with(jit, "whose", "{}", &options).await?;
/// assert_eq!(output.as_text(), "ada");
/// # Ok(()) }
/// ```
#[derive(Clone, Default)]
pub struct CallOptions {
    pub(crate) data: TypeMap,
    pub(crate) cancellation: Option<CancellationToken>,
    pub(crate) progress: Option<ProgressSink>,
    pub(crate) approver: Option<Arc<dyn CallApprover>>,
}

impl CallOptions {
    /// Nothing beside the arguments.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a value that a tool takes as [`CallData<T>`](crate::tool::CallData), in place of one of the same type.
    pub fn data<T: Clone + Send + Sync + 'static>(mut self, value: T) -> Self {
        self.data.insert(value);
        self
    }

    /// Gives a token by which the tool is told that its result is not needed any more. Whether it stops is its own
    /// matter; dropping the future of the call stops it in any case.
    pub fn cancellation(mut self, token: CancellationToken) -> Self {
        self.cancellation = Some(token);
        self
    }

    /// Takes what the tool tells of its [`Progress`](crate::tool::Progress).
    pub fn progress(mut self, sink: impl Fn(ProgressUpdate) + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(sink));
        self
    }

    /// Decides about calls of tools that [need an approval](crate::tool::CallRules::needs_approval). Without it, such
    /// a tool is not run.
    pub fn approver(mut self, approver: Arc<dyn CallApprover>) -> Self {
        self.approver = Some(approver);
        self
    }
}

impl fmt::Debug for CallOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallOptions")
            .field("data", &self.data)
            .field("cancellation", &self.cancellation.is_some())
            .field("progress", &self.progress.is_some())
            .field("approver", &self.approver.is_some())
            .finish()
    }
}

/// Decides whether one call of a tool with `needs_approval` is run.
#[async_trait]
pub trait CallApprover: Send + Sync {
    /// Whether the tool may be run on these arguments, which are as the model wrote them.
    async fn approves(&self, tool: &str, arguments: &str) -> bool;
}
