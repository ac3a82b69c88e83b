#![allow(unused)]

use jit_tools::jit_tool;

/// Fetches a document.
#[jit_tool]
async fn fetch(#[serde(rename = "id")] document: String, id: u8) {}

/// Fetches a document.
#[jit_tool]
async fn fetch_another(id: u8, #[serde(alias = "other", alias = "id")] document: String) {}

/// Fetches a document.
#[jit_tool]
async fn fetch_a_third(id: u8, id: u8) {}

fn main() {}
