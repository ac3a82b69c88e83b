#![allow(unused)]

use jit_tools::{jit_tool, jit_toolset};

struct Documents;

#[jit_toolset(func = tools)]
impl Documents {
    #[jit_tool(tilte = "")]
    async fn fetch(&self, id: String) {}

    /// Fetches another document.
    #[jit_tool(ttl = "1d")]
    async fn fetch_another(&self, id: &mut str) {}
}

fn its_tools() -> jit_tools::Toolset {
    Documents::tools(Documents)
}

fn main() {}
