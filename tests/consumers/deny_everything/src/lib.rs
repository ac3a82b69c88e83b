//! A crate that lets no lint pass.

#![deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unused_qualifications,
    unused_results,
    non_ascii_idents,
    rust_2018_idioms,
    let_underscore_drop,
    single_use_lifetimes,
    trivial_casts,
    unsafe_code,
    clippy::all,
    clippy::pedantic,
    clippy::nursery,
    clippy::unwrap_used,
    clippy::indexing_slicing
)]

use jit_tools::{Json, JitContext, ToolContext, ToolError, Toolset, jit_tool, jit_toolset, tool::State, tools};

/// Fetches a document.
///
/// # Errors
/// When there is none.
#[jit_tool(
    justification = "Fetching {id}",
    may_request(type = "document", actions = ["read"], identifier = "{id}"),
    title = "Fetch",
    timeout = "30s",
    read_only
)]
pub async fn fetch(
    cx: &ToolContext,
    id: String,
    #[serde(default)] note: Option<&str>,
    #[jit_tool(default = 10)] limit: u32,
    state: State<u8>,
) -> Result<Json<Vec<String>>, ToolError> {
    let text = cx.http().get(format!("https://api.example.com/{id}")).send().await?.text().await?;
    Ok(Json(vec![text, format!("{note:?} {limit} {}", *state)]))
}

/// Documents.
#[derive(Debug)]
pub struct Documents;

#[jit_toolset]
impl Documents {
    /// Fetches another document.
    #[jit_tool]
    #[must_use]
    pub fn fetch_another(&self, id: &str) -> String {
        format!("{self:?} {id}")
    }
}

/// All tools.
///
/// # Errors
/// When two have one name.
pub async fn all(jit: &JitContext) -> Result<Toolset, ToolError> {
    let mut all = tools![fetch].with_state(State::new(1_u8));
    all.merge(Documents::tools(Documents))?;
    let _output = all.call(jit, "fetch", r#"{"id":"a"}"#).await?;
    Ok(all)
}
