#![allow(unused)]

use jit_tools::{jit_tool, jit_toolset};

struct Documents<'a>(&'a str);

#[jit_toolset]
impl Documents<'_> {
    /// Fetches a document.
    #[jit_tool]
    async fn fetch(&self, id: String) {}
}

fn main() {}
