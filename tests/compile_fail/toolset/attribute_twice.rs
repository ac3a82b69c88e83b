#![allow(unused)]

use jit_tools::{jit_tool, jit_toolset};

struct Documents;

#[jit_toolset]
impl Documents {
    /// Fetches a document.
    #[jit_tool]
    #[jit_tool(name = "x")]
    async fn fetch(&self, id: String) {}

    /// Fetches another.
    #[jit_tool = "x"]
    async fn fetch_another(&self) {}
}

fn main() {}
