#![allow(unused)]

use jit_tools::jit_tool;

/// Fetches a document.
#[jit_tool]
async fn fetch(#[serde(defualt)] pages: u8, #[schemars(rnage(min = 1))] page: u8) {}

fn main() {}
