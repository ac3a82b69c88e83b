//! The agent's two tools.

use std::sync::OnceLock;

use jit_tools::{ToolContext, ToolError, jit_tool};
use serde_json::json;
use url::Url;

static API: OnceLock<Url> = OnceLock::new();

/// Says where the document API is. The first word counts.
pub fn use_api(url: Url) {
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
    let response = cx.http().get(document(&document_id, &[])?).send().await?;
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
    let request = cx.http().post(document(&document_id, &["summaries"])?).json(&json!({ "text": summary }));
    request.send().await?.error_for_status()?;
    Ok(format!("The summary of {document_id} is saved."))
}

/// An address of the API. The id is one segment of it, whatever the model wrote.
fn document(id: &str, rest: &[&str]) -> Result<Url, ToolError> {
    let mut url = API.get().cloned().ok_or_else(|| ToolError::new("The document API is not set up."))?;
    match url.path_segments_mut() {
        Ok(mut segments) => drop(segments.pop_if_empty().extend(["v1", "documents", id]).extend(rest)),
        Err(()) => return Err(ToolError::new("The document API has no usable address.")),
    }
    Ok(url)
}
