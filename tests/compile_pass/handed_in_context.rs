#![deny(warnings)]

use jit_tools::{ToolContext, jit_tool, tools};

use crate::task::answer;

/// Echoes.
#[jit_tool]
async fn echo(cx: &ToolContext) -> String {
    cx.arguments().to_owned()
}

#[tokio::test]
async fn a_call_hands_in_its_context() {
    assert_eq!(answer(tools![echo], r#"{ }"#).await, "{ }");
}
