#![allow(unused)]

use jit_tools::jit_tool;
use serde::Deserialize;

#[derive(Deserialize)]
struct DocumentId(String);

/// Fetches a document.
#[jit_tool]
async fn fetch(id: DocumentId) {}

fn main() {
    let _ = jit_tools::tools![fetch];
}
