#![allow(unused)]

use jit_tools::{jit_tool, jit_toolset};

#[jit_toolset]
struct Documents;

fn main() {}
