#![allow(unused)]

use jit_tools::jit_tool;

/// Fetches a document.
#[jit_tool]
async fn fetch(id: impl Into<String>) {}

fn main() {
    let _ = jit_tools::tools![fetch];
}
