#![allow(unused)]

use jit_tools::{jit_tool, jit_toolset};

struct Documents(std::cell::Cell<u8>);

#[jit_toolset]
impl Documents {
    /// Fetches a document.
    #[jit_tool]
    fn fetch(&self, id: String) {}
}

fn main() {}
