#![deny(warnings)]

use jit_tools::{jit_tool, tools};

use crate::task::answer;

/// Does.
#[jit_tool]
async fn echo(#[jit_tool(default = 1 + 2)] a: u8) -> String {
    a.to_string()
}

#[tokio::test]
async fn a_default_is_an_expression() {
    assert_eq!(answer(tools![echo], r#"{}"#).await, "3");
}
