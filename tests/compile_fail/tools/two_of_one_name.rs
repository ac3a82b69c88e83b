#![allow(unused)]

use jit_tools::jit_tool;

/// Fetches a document.
#[jit_tool]
async fn fetch() {}

/// Fetches another document.
#[jit_tool(name = "fetch")]
async fn fetch_another() {}

fn main() {
    let _ = jit_tools::tools![fetch, fetch_another];
}
