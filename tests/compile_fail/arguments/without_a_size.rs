#![allow(unused)]

use jit_tools::jit_tool;

/// Fetches a document.
#[jit_tool]
async fn fetch(id: str, pages: [u8]) {}

fn main() {}
