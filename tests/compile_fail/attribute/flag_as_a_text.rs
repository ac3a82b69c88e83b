#![allow(unused)]

use jit_tools::jit_tool;

/// Fetches a document.
#[jit_tool(read_only = "yes")]
async fn fetch(id: String) -> String {
    id
}

fn main() {}
