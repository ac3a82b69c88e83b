//! The agent's two tools.

use std::sync::OnceLock;

use jit_tools::{BaseUrl, ToolContext, ToolError, jit_tool, url};
use serde_json::json;

static API: OnceLock<BaseUrl> = OnceLock::new();

/// Says where the document API is. The first word counts.
pub fn use_api(url: BaseUrl) {
    let _ = API.set(url);
}

/// Fetch a sensitive document from the protected API.
///
/// Asks for access when it is missing.
#[jit_tool(
    justification = "Fetching document {document_id} for user query",
    may_request(type = "document", actions = ["read"], identifier = "{document_id}")
)]
pub async fn fetch_protected_document(
    cx: &ToolContext,
    /// The document's id, such as `doc_9982`.
    document_id: String,
) -> Result<String, ToolError> {
    let api = api()?;
    let response = cx.http().get(url!("{api}/v1/documents/{document_id}")).send().await?;
    Ok(response.error_for_status()?.text().await?)
}

/// Save a summary of a document beside it.
#[jit_tool(
    justification = "Saving a summary of document {document_id}",
    may_request(type = "document", actions = ["write"], identifier = "{document_id}")
)]
pub async fn summarize_and_save(
    cx: &ToolContext,
    /// The document's id, such as `doc_9982`.
    document_id: String,
    /// The summary, in plain text.
    summary: String,
) -> Result<String, ToolError> {
    let api = api()?;
    let summaries = url!("{api}/v1/documents/{document_id}/summaries");
    cx.http().post(summaries).json(&json!({ "text": summary })).send().await?.error_for_status()?;
    Ok(format!("The summary of {document_id} is saved."))
}

fn api() -> Result<&'static BaseUrl, ToolError> {
    API.get().ok_or_else(|| ToolError::new("The document API is not set up."))
}
