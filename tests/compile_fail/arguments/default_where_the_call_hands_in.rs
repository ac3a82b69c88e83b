#![allow(unused)]

use jit_tools::{jit_tool, tool::State};

/// Fetches a document.
#[jit_tool]
async fn fetch(#[serde(default)] database: State<u8>) {}

fn main() {}
