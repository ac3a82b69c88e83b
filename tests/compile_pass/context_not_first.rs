#![deny(warnings)]

use jit_tools::{ToolContext, jit_tool};

/// In the middle.
#[jit_tool(justification = "{id} {page}")]
async fn in_the_middle(id: String, context: &jit_tools::ToolContext, page: u32) -> String {
    let _ = context.arguments();
    format!("{id}{page}")
}

/// At the end.
#[jit_tool]
async fn at_the_end(id: String, _cx: &'_ ToolContext) -> String {
    id
}

#[test]
fn all_are_tools() {
    assert_eq!(jit_tools::tools![in_the_middle, at_the_end].len(), 2);
}
