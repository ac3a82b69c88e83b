#![allow(unused)]

use jit_tools::jit_tool;

/// Fetches a document.
#[jit_tool(may_request(type = "document", action = ["read"]))]
async fn fetch(document_id: String) {}

fn main() {
    let _ = jit_tools::tools![fetch];
}
