#![allow(unused)]

use jit_tools::jit_tool;

struct DocumentId(String);

/// Fetches a document.
#[jit_tool]
async fn fetch(ids: Vec<DocumentId>) {}

fn main() {}
