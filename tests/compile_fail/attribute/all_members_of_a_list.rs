#![allow(unused)]

use jit_tools::jit_tool;

/// Fetches a document.
#[jit_tool(may_request(type = "document", actions = [read, 1, "write"]))]
async fn fetch(id: String) {}

fn main() {}
