#![allow(unused)]

use jit_tools::{jit_tool, jit_toolset};

struct Document;

struct Documents<'a>(&'a str);

#[jit_toolset]
impl<'a> Documents<'a> {
    /// Fetches a document.
    #[jit_tool]
    async fn fetch(&self, id: String) -> Document {
        Document
    }
}

fn main() {
    let _ = Documents::tools(Documents(""));
}
