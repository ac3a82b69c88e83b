#![allow(unused)]

use jit_tools::jit_tool;

struct Token;

struct Document;

/// Fetches a document.
#[jit_tool(naem = "x")]
async fn fetch(id: Token, when: std::time::Instant, (a, b): (u8, u8)) -> Document {
    Document
}

fn main() {}
