#![allow(unused)]

use jit_tools::jit_tool;

/// Fetches a document.
#[jit_tool(ttl = 300)]
async fn fetch(id: String) -> String {
    id
}

fn main() {}
