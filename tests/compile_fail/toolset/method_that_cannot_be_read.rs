#![allow(unused)]

use jit_tools::{jit_tool, jit_toolset};

struct Documents;

#[jit_toolset]
impl Documents {
    /// Fetches a document.
    #[jit_tool]
    async fn fetch(&self, id: String) {}

    /// Fetches another.
    #[jit_tool]
    async fn fetch_another(&self, id: String = 3) {}
}

fn main() {
    let _ = Documents::tools(Documents);
}
