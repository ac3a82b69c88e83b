#![allow(unused)]

use jit_tools::{jit_tool, jit_toolset};

struct Documents;

#[jit_toolset]
impl Documents {
    /// Fetches a document.
    #[cfg(not(windows))]
    #[jit_tool]
    async fn fetch(&self) {}

    /// Fetches another.
    #[cfg(not(any()))]
    #[jit_tool(name = "fetch")]
    async fn fetch_another(&self) {}
}

fn main() {}
