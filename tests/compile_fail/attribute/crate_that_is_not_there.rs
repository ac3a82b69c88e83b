#![allow(unused)]

use jit_tools::jit_tool;

/// Fetches a document.
#[jit_tool(crate = ::jit_tool)]
async fn fetch(id: String) {}

fn main() {}
