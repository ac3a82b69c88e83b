#![allow(unused)]

use jit_tools::jit_tool;

#[jit_tool]
mod tools {}

fn main() {}
