#![deny(warnings, missing_docs, missing_debug_implementations, unreachable_pub)]

use jit_tools::{ToolContext, ToolError, jit_tool};

/// With a context.
#[jit_tool(justification = "For {id}", may_request(type = "document", actions = ["read"], identifier = "{id}"))]
async fn with_context(cx: &ToolContext, id: String) -> Result<String, ToolError> {
    let _ = cx.arguments();
    Ok(id)
}

/// Without a context.
#[jit_tool]
async fn without_context(
    /// The first.
    a: i64,
    b: Option<i64>,
) -> i64 {
    a + b.unwrap_or_default()
}

/// Without anything.
#[jit_tool()]
async fn nothing() {}

/// Not async.
#[jit_tool]
fn plain(mut text: String) -> String {
    text.push('!');
    text
}

/// With a context that is not used.
#[jit_tool]
fn unused(_: &ToolContext) {}

#[test]
fn all_are_tools() {
    let tools = jit_tools::tools![with_context, without_context, nothing, plain, self::unused];
    assert_eq!(tools.len(), 5);
}
