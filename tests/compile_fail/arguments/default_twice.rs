#![allow(unused)]

use jit_tools::jit_tool;

/// Fetches a document.
#[jit_tool]
async fn fetch(#[serde(default)] #[jit_tool(default = 3)] pages: u8) {}

fn main() {}
