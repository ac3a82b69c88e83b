#![allow(unused)]

use jit_tools::{jit_tool, jit_toolset};

struct Documents;

#[jit_toolset]
impl Documents {
    /// Fetches a document.
    #[jit_tool]
    fn fetch(&self, id: String) {}

    /// Fetches another document.
    #[jit_tool(name = "fetch")]
    fn fetch_another(&self, id: String) {}
}

fn main() {}
