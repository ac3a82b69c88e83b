#![allow(unused)]

use jit_tools::jit_tool;

/// Fetches a document.
#[jit_tool]
async fn größe(id: String) -> String {
    id
}

fn main() {
    let _ = jit_tools::tools![größe];
}
