#![allow(unused)]

use jit_tools::{ToolContext, jit_tool};

/// Fetches a document.
#[jit_tool]
async fn fetch(cx: Option<&ToolContext>) {}

fn main() {}
