//! Agent tools that start with no privilege.
//!
//! Put [`#[jit_tool]`](macro@jit_tool) on an async function, and an LLM agent may call it. When an API answers 403 and
//! names the missing permission, the authorization server ([`LumoAuthAgent`]) is asked for exactly that, a person
//! approves where one must, the call is sent again with the short-lived token, and everything is given back when the
//! task ([`JitContext`]) ends.
//!
//! ```no_run
//! use jit_tools::{Agent, JitContext, LumoAuthAgent, Model, Runner, ToolContext, ToolError, jit_tool, tools, url};
//!
//! /// Fetch a sensitive document from the protected API.
//! #[jit_tool(
//!     justification = "Fetching document {document_id} for user query",
//!     may_request(type = "document", actions = ["read"], identifier = "{document_id}")
//! )]
//! async fn fetch_protected_document(
//!     cx: &ToolContext,
//!     /// The document's id, such as `doc_9982`.
//!     document_id: String,
//! ) -> Result<String, ToolError> {
//!     let url = url!("https://api.acme.com/v1/documents/{document_id}");
//!     Ok(cx.http().get(url).send().await?.error_for_status()?.text().await?)
//! }
//!
//! # async fn run(model: impl Model + 'static) -> Result<(), Box<dyn std::error::Error>> {
//! let agent = LumoAuthAgent::from_env()?;
//! let jit = JitContext::create_task(&agent, "OpenAI Agents document task").await?;
//! let analyst = Agent::builder("Document Analyst")
//!     .instructions("Answer from the documents that you can fetch.")
//!     .tools(tools![fetch_protected_document])
//!     .model(model)
//!     .build();
//! let result = Runner::new(&jit).run(&analyst, "Fetch document doc_9982, and say what it is about.").await;
//! jit.complete_task().await?; // revokes every token, also after an error
//! println!("{}", result?.final_output());
//! # Ok(()) }
//! ```
//!
//! # Where to go from here
//!
//! - [`guide`]: what a function may look like, and each attribute, with examples.
//! - [`ToolContext`]: what a function gets: an HTTP client that obtains what is missing.
//! - [`url!`]: URLs in which a value that a model wrote stays in its place.
//! - [`Policy`]: what is allowed beyond what each tool declares, and where tokens may go.
//! - [`JitContext::run_task`]: a task that is completed after success, an error, a panic, Ctrl-C, SIGTERM or
//!   SIGHUP.
//! - [`Toolset`]: dispatch and exports, for a loop of your own.
//!
//! # Features
//!
//! None is on by default; features add, and change nothing else.
//!
//! | feature | what it adds |
//! |---|---|
//! | `garde` | `#[jit_tool(validate)]`: arguments check themselves by [garde](https://docs.rs/garde) before the body runs |
//! | `genai` | [`agent`]`::OpenAiModel`, for every server that speaks Chat Completions |
//! | `local-authority` | `local_authority`: an authority on this machine, and the binary `jit-authority` |
//! | `resource-server` | `resource_server`: the API author's side, a router and a tower layer |
//! | `testing` | `testing`: a clock that is turned by hand, a network in the process, a scripted model |

// The expansion of `#[jit_tool]` names this crate by an absolute path, in its own doctests too.
extern crate self as jit_tools;

pub mod agent;
pub mod audit;
pub mod authority;
pub mod authorization_details;
pub mod challenge;
pub mod clock;
mod digest;
pub mod escalation;
mod expiring;
pub mod export;
mod grants;
pub mod guide;
mod http_url;
mod json_schema;
#[cfg(feature = "local-authority")]
pub mod local_authority;
pub mod origin;
mod plain_text;
pub mod policy;
mod private_file;
pub mod resource;
#[cfg(feature = "resource-server")]
pub mod resource_server;
pub mod risk;
pub mod secret;
pub mod session;
mod sync;
#[cfg(feature = "testing")]
pub mod testing;
pub mod tool;
pub mod toolset;
mod toolset_macro;
pub mod transport;
mod url_macro;

#[doc(inline)]
pub use crate::{
    agent::{Agent, Item, Model, RunError, RunResult, Runner},
    authority::{AuthorityError, ConfigError, JitToken, LumoAuthAgent},
    authorization_details::AuthorizationDetail,
    challenge::Challenge,
    clock::{Clock, SharedClock, SystemClock},
    escalation::{ApprovalWait, EscalationError, PendingApproval, Permission},
    http_url::{BaseUrl, IntoUrl, UrlError},
    origin::{Origin, OriginError},
    policy::{Policy, PolicyError},
    resource::{ResourceClient, ResourceError, Response},
    risk::RiskLevel,
    secret::AccessToken,
    session::{CompletionError, CreationError, FileJournal, JitContext, SweepReport, TaskError},
    tool::{IntoToolOutput, Json, Tool, ToolContext, ToolDefinition, ToolError, ToolOutput},
    toolset::Toolset,
};

/// Makes a tool of a function: what a model may call, and what a call may ask an authority for.
///
/// ```
/// use jit_tools::{ToolContext, ToolError, jit_tool, tools, url};
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
///     let response = cx.http().get(url!("https://api.example.com/documents/{document_id}")).send().await?;
///     Ok(response.error_for_status()?.text().await?)
/// }
///
/// let tools = tools![fetch_protected_document];
/// let definition = tools.get("fetch_protected_document").ok_or("no such tool")?.definition();
/// assert_eq!(definition.description(), "Fetch a sensitive document from the protected API.");
/// # Ok::<(), &str>(())
/// ```
pub use jit_tools_macros::jit_tool;
#[doc(inline)]
pub use jit_tools_macros::jit_toolset;

/// What an expansion of `#[jit_tool]` names. Not for use by hand: it changes without notice.
#[doc(hidden)]
pub mod __private {
    pub use core::compile_error;
    pub use std::{sync::Arc, vec::Vec};

    pub use jit_tools_macros::url;
    pub use schemars;
    pub use serde;

    pub use crate::{
        http_url::{UrlPart, build as build_url},
        tool::{
            FromContext, IntoToolOutput, Retry, ToolAnnotations, ToolContext, ToolDefinition, ToolError, ToolOutput,
            ceiling::{MayRequest, PlaceholderValue, Value, entitlement},
            function::{
                BoundTool, Entitled, LazyDefinition, Listed, ListedTool, OnlyOneBlockMayLeaveOutFn, Outcome, SUSPEND,
                ToolFunction, ToolMethod, ToolReceiver, ToolRef, WAIT, description, distinct, distinct_names,
                milliseconds,
            },
            shape::{Defaulted, Probe, ProbeArgument, Shape, Slot, Text, ToolArgument as Arg, whole},
            validation::validate,
        },
        toolset::Toolset,
    };
}

/// The README's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
