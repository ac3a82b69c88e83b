#![allow(unused)]

use jit_tools::{jit_tool, jit_toolset};

struct Documents;

#[jit_toolset]
impl Documents {
    /// Fetches a document.
    #[jit_tool]
    async fn fetch<T: ToString>(&self, id: T) {}
}

fn main() {}
