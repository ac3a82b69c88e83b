#![allow(unused)]

use jit_tools::jit_tool;

struct Document;

/// Fetches a document.
#[jit_tool]
async fn fetch(id: String) -> Document {
    let _ = id;
    Document
}

fn main() {
    let _ = jit_tools::tools![fetch];
}
