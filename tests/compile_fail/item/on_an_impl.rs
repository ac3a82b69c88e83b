#![allow(unused)]

use jit_tools::jit_tool;

struct Documents;

#[jit_tool]
impl Documents {
    async fn fetch(id: String) {}
}

fn main() {}
