#![allow(unused)]

use jit_tools::jit_tool;

/// Fetches a document.
#[jit_tool]
async fn fetch(/** The id. */ id: String, page) {}

fn main() {
    let _ = jit_tools::tools![fetch];
}
