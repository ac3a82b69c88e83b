#![allow(unused)]

use jit_tools::jit_tool;

/// Fetches a document.
#[jit_tool]
async fn fetch(#[garde(length(min = 1))] id: String, #[validate(email)] mail: String) {}

fn main() {}
