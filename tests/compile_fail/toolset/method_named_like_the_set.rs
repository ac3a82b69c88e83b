#![allow(unused)]

use jit_tools::{jit_tool, jit_toolset};

struct Documents;

#[jit_toolset]
impl Documents {
    /// Lists the tools.
    #[jit_tool]
    async fn tools(&self) {}
}

fn main() {}
