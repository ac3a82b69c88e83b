#![allow(unused)]

use jit_tools::{jit_tool, jit_toolset};

struct Documents;

#[jit_toolset]
impl Documents {
    /// Fetches a document.
    #[jit_tool]
    async fn fetch(&self, id: String) {}

    /// Fetches another.
    #[cfg(unix)]
    #[jit_tool(name = "fetch")]
    async fn fetch_another(&self) {}
}

fn main() {}
