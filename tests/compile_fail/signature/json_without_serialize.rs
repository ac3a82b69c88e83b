#![allow(unused)]

use jit_tools::{Json, jit_tool};

#[derive(schemars::JsonSchema)]
struct Document;

/// Fetches a document.
#[jit_tool]
async fn fetch(id: String) -> Json<Document> {
    Json(Document)
}

fn main() {}
