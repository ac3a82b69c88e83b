#![allow(unused)]

use jit_tools::{jit_tool, jit_toolset};

struct Documents;

#[async_trait::async_trait]
trait Fetches {
    async fn fetch(&self, id: String);
}

#[async_trait::async_trait]
#[jit_toolset]
impl Fetches for Documents {
    /// Fetches a document.
    #[jit_tool]
    async fn fetch(&self, id: String) {}
}

fn main() {}
