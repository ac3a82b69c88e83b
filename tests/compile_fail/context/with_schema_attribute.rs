#![allow(unused)]

use jit_tools::{ToolContext, jit_tool};

/// Fetches a document.
#[jit_tool]
async fn fetch(#[schemars(description = "the context")] cx: &ToolContext) {}

fn main() {}
