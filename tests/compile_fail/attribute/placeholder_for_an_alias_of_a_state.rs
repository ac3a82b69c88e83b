#![allow(unused)]

use jit_tools::{jit_tool, tool::State};

type Database = State<u8>;

/// Fetches a document.
#[jit_tool(justification = "Fetching {id} from {database}")]
async fn fetch(id: String, database: Database) {}

fn main() {}
