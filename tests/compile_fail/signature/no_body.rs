#![allow(unused)]

use jit_tools::jit_tool;

trait Documents {
    /// Fetches a document.
    #[jit_tool]
    async fn fetch(id: String) -> String;
}

fn main() {}
