#![allow(unused)]

use jit_tools::jit_tool;

struct Mistake;

/// Fetches a document.
#[jit_tool]
async fn fetch(id: String) -> Result<String, Mistake> {
    Err(Mistake)
}

fn main() {}
