#![allow(unused)]

use jit_tools::{jit_tool, jit_toolset};

struct Documents;

#[jit_toolset]
impl Documents {
    /// Fetches a document.
    #[jit_tool(crate = ::jit_tools)]
    async fn fetch(&self, id: String) {}
}

fn main() {
    let _ = Documents::tools(Documents);
}
