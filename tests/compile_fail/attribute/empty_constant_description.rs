#![allow(unused)]

use jit_tools::jit_tool;

/// Fetches a document.
#[jit_tool(description = NOTHING)]
async fn fetch(id: String) -> String {
    id
}

const NOTHING: &str = " ";

fn main() {}
