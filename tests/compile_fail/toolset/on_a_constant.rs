#![allow(unused)]

use jit_tools::{jit_tool, jit_toolset};

struct Documents;

#[jit_toolset]
impl Documents {
    /// Fetches a document.
    #[jit_tool]
    async fn fetch(&self, id: String) {}

    #[jit_tool]
    const MOST: usize = 3;
}

fn main() {
    let _ = Documents::tools(Documents);
}
