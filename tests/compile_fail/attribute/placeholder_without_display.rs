#![allow(unused)]

use jit_tools::jit_tool;

/// Fetches a document.
#[jit_tool(may_request(type = "document", identifier = "{document_id}"))]
async fn fetch(document_id: Option<String>) {}

fn main() {
    let _ = jit_tools::tools![fetch];
}
