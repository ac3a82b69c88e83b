#![deny(warnings)]

use jit_tools::jit_tool;

/// Fetches documents.
#[jit_tool]
fn fetch(ids: &[String], pages: Option<&[u32]>) -> usize {
    ids.len() + pages.map_or(0, <[u32]>::len)
}

#[test]
fn it_is_a_tool() {
    assert_eq!(jit_tools::tools![fetch].len(), 1);
}
