#![allow(unused)]

use jit_tools::jit_tool;

/// Fetches a document.
#[jit_tool(timeout = "0s")]
async fn fetch(id: String) -> String {
    id
}

fn main() {}
