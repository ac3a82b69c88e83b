#![allow(unused)]

use jit_tools::{ToolContext, jit_tool};

/// Fetches a document.
#[jit_tool]
async fn fetch<'a>(cx: &'a ToolContext, id: String) -> String {
    id
}

fn main() {}
