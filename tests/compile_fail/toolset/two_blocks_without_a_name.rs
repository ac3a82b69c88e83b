#![allow(unused)]

use jit_tools::{jit_tool, jit_toolset};

struct Documents;

#[jit_toolset]
impl Documents {
    /// Fetches a document.
    #[jit_tool]
    async fn fetch(&self, id: String) {}
}

#[jit_toolset]
impl Documents {
    /// Removes a document.
    #[jit_tool]
    async fn remove(&self, id: String) {}
}

fn main() {}
