#![allow(unused)]

use jit_tools::jit_tool;

#[jit_tool]
pub struct Fetch {
    id: String,
}

fn main() {}
