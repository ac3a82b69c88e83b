#![allow(unused)]

use jit_tools::jit_tool;

/// Fetches a document.
#[jit_tool]
async fn fetch((page, size): (u32, u32)) {}

fn main() {}
