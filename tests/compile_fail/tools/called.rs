#![allow(unused)]

use jit_tools::jit_tool;

/// Fetches a document.
#[jit_tool]
async fn fetch() {}

fn main() {
    let _ = jit_tools::tools![fetch()];
}
