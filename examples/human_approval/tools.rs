//! The agent's tool.

use std::sync::OnceLock;

use jit_tools::{ToolContext, ToolError, jit_tool};
use url::Url;

static API: OnceLock<Url> = OnceLock::new();

/// Says where the document API is. The first word counts.
pub fn use_api(url: Url) {
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
    let mut url = API.get().cloned().ok_or_else(|| ToolError::new("The document API is not set up."))?;
    match url.path_segments_mut() {
        Ok(mut segments) => drop(segments.pop_if_empty().extend(["v1", "documents", &document_id])),
        Err(()) => return Err(ToolError::new("The document API has no usable address.")),
    }
    cx.http().delete(url).send().await?.error_for_status()?;
    Ok(format!("Document {document_id} is deleted."))
}
