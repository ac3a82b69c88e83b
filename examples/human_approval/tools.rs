//! The agent's tool.

use std::sync::OnceLock;

use jit_tools::{BaseUrl, ToolContext, ToolError, jit_tool, url};

static API: OnceLock<BaseUrl> = OnceLock::new();

/// Says where the document API is. The first word counts.
pub fn use_api(url: BaseUrl) {
    let _ = API.set(url);
}

/// Delete a document for good.
#[jit_tool(
    justification = "Deleting document {document_id}: {reason}",
    may_request(type = "document", actions = ["delete"], identifier = "{document_id}")
)]
pub async fn delete_document(
    cx: &ToolContext,
    /// The document's id, such as `doc_1207`.
    document_id: String,
    /// Why nobody needs it any more.
    reason: String,
) -> Result<String, ToolError> {
    // It is for the person who decides.
    let _ = reason;
    let api = API.get().ok_or_else(|| ToolError::new("The document API is not set up."))?;
    cx.http().delete(url!("{api}/v1/documents/{document_id}")).send().await?.error_for_status()?;
    Ok(format!("Document {document_id} is deleted."))
}
