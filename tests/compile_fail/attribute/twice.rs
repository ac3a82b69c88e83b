#![allow(unused)]

use jit_tools::jit_tool;

/// Fetches a document.
#[jit_tool]
#[jit_tool(name = "fetch_document")]
async fn fetch(id: String) {}

fn main() {}
