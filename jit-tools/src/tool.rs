//! Tools: what a model may call.

mod arguments;
pub(crate) mod ceiling;
mod check;
pub(crate) mod content;
mod context;
mod contract;
pub(crate) mod definition;
mod error;
pub(crate) mod function;
mod inject;
mod options;
mod output;
pub(crate) mod shape;
pub(crate) mod validation;

use async_trait::async_trait;

pub(crate) use self::inject::TypeMap;
pub use self::{
    content::ContentPart,
    context::ToolContext,
    definition::{ApprovalMode, CallRules, Retry, ToolAnnotations, ToolDefinition, ToolIcon},
    error::{ToolError, ToolErrorKind},
    inject::{CallData, CancellationToken, FromContext, Progress, ProgressUpdate, State},
    options::{CallApprover, CallOptions},
    output::{IntoToolError, IntoToolOutput, Json, JsonOutput, ToolOutput},
};
use crate::policy::Entitlement;

/// Something that a model may call. `#[jit_tool]` makes one of a function; implement it by hand for a tool whose
/// definition is known only at run time.
#[async_trait]
pub trait Tool: Send + Sync + 'static {
    /// What a model sees of the tool.
    fn definition(&self) -> &ToolDefinition;

    /// What a call with these arguments may ask an authority for. Asked only when a request of the call was refused.
    ///
    /// # Errors
    /// When the arguments are not what the tool takes.
    fn entitlement(&self, arguments: &str) -> Result<Entitlement, ToolError> {
        let _ = arguments;
        Ok(Entitlement::default())
    }

    /// Whether a request of [`cx.http()`](ToolContext::http) asks for its permission before it is sent, where the
    /// [entitlement](Self::entitlement) has exactly one for its address; that saves the first 403. Otherwise, and where
    /// that is not obtained, the API is asked first. `#[jit_tool(preflight)]` says so.
    fn asks_up_front(&self) -> bool {
        self.definition().rules().preflight
    }

    /// Runs the tool on [`cx.arguments()`](ToolContext::arguments).
    ///
    /// It may run a second time for the same call, after a permission was granted; see [`ToolError::challenge`].
    async fn call(&self, cx: &ToolContext) -> Result<ToolOutput, ToolError>;
}
