#![allow(unused)]

use jit_tools::jit_tool;

/// Fetches a document.
#[jit_tool]
async fn fetch(
    #[schemars(rename = "id")] document: String,
    #[schemars(default)] pages: u8,
    #[schemars(skip)] secret: u8,
    #[schemars(required)] note: Option<String>,
) {}

fn main() {}
