#![allow(unused)]

use jit_tools::jit_tool;

/// Fetches a document.
#[jit_tool]
async fn fetch(pairs: Vec<(&str, u8)>) {}

fn main() {}
