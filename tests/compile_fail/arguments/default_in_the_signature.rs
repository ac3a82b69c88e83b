#![allow(unused)]

use jit_tools::jit_tool;

/// Fetches a document.
#[jit_tool]
async fn fetch(id: String, page: u32 = 10) {}

fn main() {
    let _ = jit_tools::tools![fetch];
}
