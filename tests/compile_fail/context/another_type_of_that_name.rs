#![allow(unused)]

use jit_tools::jit_tool;

struct ToolContext;

/// Fetches a document.
#[jit_tool]
async fn fetch(cx: &ToolContext, id: String) -> String {
    let _ = cx;
    id
}

fn main() {}
