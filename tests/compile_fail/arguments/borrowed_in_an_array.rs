#![allow(unused)]

use jit_tools::jit_tool;

/// Fetches a document.
#[jit_tool]
async fn fetch(pair: [&str; 2]) {}

fn main() {}
