#![allow(unused)]

use jit_tools::jit_tool;

/// Fetches a document.
#[jit_tool]
async fn fetch(#[jit_tool(args)] id: &str) {}

/// Fetches another document.
#[jit_tool]
async fn fetch_another(#[jit_tool(args)] ids: Vec<u8>) {}

fn main() {}
