#![deny(warnings)]

use jit_tools::{ToolContext, jit_tool};

/// Fetches a document.
#[jit_tool]
async fn fetch<'a, 'b: 'a>(cx: &'a ToolContext, id: &'b str) -> &'a str {
    let _ = cx;
    id
}

#[test]
fn it_is_a_tool() {
    assert_eq!(jit_tools::tools![fetch].len(), 1);
}
