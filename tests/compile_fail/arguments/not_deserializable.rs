#![allow(unused)]

use jit_tools::jit_tool;

struct DocumentId(String);

/// Fetches a document.
#[jit_tool]
async fn fetch(#[allow(unused)] id: DocumentId, page: Option<u32>) {}

fn main() {
    let _ = jit_tools::tools![fetch];
}
