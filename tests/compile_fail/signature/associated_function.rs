#![allow(unused)]

use jit_tools::jit_tool;

struct Documents;

impl Documents {
    /// Fetches a document.
    #[jit_tool]
    async fn fetch(id: String) -> Self {
        Self
    }
}

fn main() {}
