#![allow(unused)]

use jit_tools::{jit_tool, jit_toolset};

struct Documents;

#[jit_toolset]
impl Documents {
    /// Fetches a document.
    #[jit_tool]
    async fn fetch(&self) {}
}

fn main() {
    let _ = jit_tools::tools![Documents::fetch];
}
