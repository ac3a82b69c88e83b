//! A crate that calls jit-tools by another name.

use std::sync::Arc;

use agent_tools::{Json, ToolContext, ToolError, Toolset, jit_tool, jit_toolset, tools};

/// Fetch a document.
#[jit_tool(
    crate = ::agent_tools,
    justification = "Fetching {id}",
    may_request(type = "document", actions = ["read"], identifier = "{id}"),
    timeout = "30s",
    description = concat!("Fetch ", "a document."),
    read_only
)]
pub async fn fetch(
    cx: &ToolContext,
    id: &str,
    #[jit_tool(default = 10)] limit: u32,
) -> Result<Json<Vec<String>>, ToolError> {
    let _ = (cx, limit);
    Ok(Json(vec![id.to_owned()]))
}

/// Documents.
pub struct Documents;

#[jit_toolset(crate = ::agent_tools)]
impl Documents {
    /// Fetch another document.
    #[jit_tool]
    pub async fn fetch_another(&self, id: &str) -> String {
        id.to_owned()
    }
}

/// All tools.
pub fn all() -> Toolset {
    let mut all = tools![fetch];
    let _ = all.merge(Documents::tools(Arc::new(Documents)));
    all
}
