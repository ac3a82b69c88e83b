#![allow(unused)]

use jit_tools::jit_tool;

#[jit_tool]
const FETCH: u32 = 1;

fn main() {}
