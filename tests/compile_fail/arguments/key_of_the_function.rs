#![allow(unused)]

use jit_tools::jit_tool;

/// Fetches a document.
#[jit_tool]
async fn fetch(#[jit_tool(rename = "id", description = "The id.")] document: String) {}

fn main() {}
