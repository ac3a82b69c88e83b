#![allow(unused)]

use jit_tools::{jit_tool, tool::State};

/// Fetches a document.
#[jit_tool(justification = "Fetching {id} from {database}")]
async fn fetch(id: String, database: State<u8>) {}

fn main() {}
