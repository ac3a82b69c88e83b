#![allow(unused)]

use jit_tools::jit_tool;

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Local;

/// Fetches a document.
#[jit_tool]
async fn fetch(id: std::rc::Rc<Local>) {}

fn main() {}
