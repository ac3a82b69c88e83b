#![allow(unused)]

use jit_tools::jit_tool;

/// Fetches a document.
#[jit_tool]
async fn fetch(#[jit_tool(args)] a: A, id: u32) {}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct A {}

fn main() {}
