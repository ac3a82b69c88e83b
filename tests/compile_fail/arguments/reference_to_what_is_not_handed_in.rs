#![allow(unused)]

use jit_tools::jit_tool;

/// Fetches a document.
#[jit_tool]
async fn fetch(id: &u32) {}

fn main() {}
