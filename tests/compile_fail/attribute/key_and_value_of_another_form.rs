#![allow(unused)]

use jit_tools::jit_tool;

/// Fetches a document.
#[jit_tool = "fetch"]
async fn fetch(id: String) {}

fn main() {}
