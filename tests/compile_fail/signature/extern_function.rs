#![allow(unused)]

use jit_tools::jit_tool;

/// Fetches a document.
#[jit_tool]
extern "C" fn add(a: i64, b: i64) -> i64 {
    a + b
}

fn main() {}
