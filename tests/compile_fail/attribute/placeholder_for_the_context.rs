#![allow(unused)]

use jit_tools::{ToolContext, jit_tool};

/// Fetches a document.
#[jit_tool(justification = "Reading {cx}.")]
async fn fetch(cx: &ToolContext, document_id: String) {}

fn main() {
    let _ = jit_tools::tools![fetch];
}
