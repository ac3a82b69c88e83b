#![allow(unused)]

use jit_tools::jit_tool;

#[jit_tool()]
async fn fetch(document_id: String) {}

fn main() {}
