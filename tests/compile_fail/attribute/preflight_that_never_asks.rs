#![allow(unused)]

use jit_tools::jit_tool;

/// Fetches a document.
#[jit_tool(preflight, retry = "never", may_request(type = "document", identifier = "{id}"))]
async fn fetch(id: String) -> String {
    id
}

fn main() {}
