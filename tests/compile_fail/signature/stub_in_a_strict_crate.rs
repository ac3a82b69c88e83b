//! A crate.
#![deny(warnings, missing_docs, missing_debug_implementations)]

use jit_tools::jit_tool;

#[doc = "Fetches a document."]
#[jit_tool(naem = "x")]
pub const fn fetch(id: u8) -> u8 {
    id
}

fn main() {}
