#![allow(unused)]

use jit_tools::{jit_tool, jit_toolset};

trait Store: Send + Sync + 'static {
    const TEXT: &'static str;
}

struct Documents<S>(S);

#[jit_toolset]
impl<S: Store> Documents<S> {
    const TEXT: &'static str = S::TEXT;

    #[jit_tool(description = Self::TEXT)]
    async fn fetch(&self) {}
}

fn main() {}
