#![allow(unused)]

use jit_tools::jit_tool;

/// Fetches a document.
#[jit_tool]
async fn fetch(id: String) -> Result<String, String> {
    Ok(id)
}

fn main() {}
