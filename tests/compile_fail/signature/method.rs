#![allow(unused)]

use jit_tools::jit_tool;

struct Documents;

impl Documents {
    /// Fetches a document.
    #[jit_tool]
    async fn fetch(&self, id: String) -> String {
        id
    }
}

fn main() {}
