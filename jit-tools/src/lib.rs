//! Agent tools that ask for exactly the permission that is missing, and give it back.

// The expansion of `#[jit_tool]` names this crate by an absolute path, in its own doctests too.
extern crate self as jit_tools;

pub mod agent;
pub mod authority;
pub mod authorization_details;
pub mod challenge;
pub mod clock;
pub mod escalation;
mod expiring;
pub mod export;
mod grants;
#[cfg(feature = "local-authority")]
pub mod local_authority;
pub mod origin;
pub mod policy;
pub mod resource;
#[cfg(feature = "resource-server")]
pub mod resource_server;
pub mod secret;
pub mod session;
#[cfg(feature = "testing")]
pub mod testing;
pub mod tool;
pub mod toolset;
mod toolset_macro;
pub mod transport;

#[doc(inline)]
pub use crate::{
    agent::{Agent, Item, Model, RunError, RunResult, Runner},
    authority::{AuthorityError, ConfigError, JitToken, LumoAuthAgent},
    authorization_details::AuthorizationDetail,
    challenge::Challenge,
    clock::{Clock, SharedClock, SystemClock},
    escalation::{ApprovalWait, EscalationError, Permission},
    origin::{Origin, OriginError},
    policy::{Policy, PolicyError},
    resource::{ResourceClient, ResourceError, Response},
    secret::AccessToken,
    session::{JitContext, TaskError},
    tool::{IntoToolOutput, Json, Tool, ToolContext, ToolDefinition, ToolError, ToolOutput},
    toolset::Toolset,
};

/// Makes a tool of a function: what a model may call, and what a call may ask an authority for.
///
/// ```
/// use jit_tools::{ToolContext, ToolError, jit_tool, tools};
///
/// /// Fetch a sensitive document from the protected API.
/// #[jit_tool(
///     justification = "Fetching document {document_id} for user query",
///     may_request(type = "document", actions = ["read"], identifier = "{document_id}"),
/// )]
/// async fn fetch_protected_document(
///     cx: &ToolContext,
///     /// The document's id, such as `doc_9982`.
///     document_id: String,
/// ) -> Result<String, ToolError> {
///     let response = cx.http().get(format!("https://api.example.com/documents/{document_id}")).send().await?;
///     Ok(response.error_for_status()?.text().await?)
/// }
///
/// let tools = tools![fetch_protected_document];
/// let definition = tools.get("fetch_protected_document").ok_or("no such tool")?.definition();
/// assert_eq!(definition.description(), "Fetch a sensitive document from the protected API.");
/// # Ok::<(), &str>(())
/// ```
pub use jit_tools_macros::jit_tool;

/// What an expansion of `#[jit_tool]` names. Not for use by hand: it changes without notice.
#[doc(hidden)]
pub mod __private {
    pub use schemars;
    pub use serde;

    pub use crate::{
        authorization_details::AuthorizationDetail,
        policy::Entitlement,
        tool::{
            IntoToolOutput, ToolContext, ToolDefinition, ToolError, ToolOutput,
            function::{
                LazyDefinition, Piece, PlaceholderValue, Shape, ToolArgument, ToolFunction, ToolResult, argument,
                assert_distinct_names, render_exact, render_justification,
            },
        },
    };
}
