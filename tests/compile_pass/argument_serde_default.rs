#![deny(warnings)]

use jit_tools::{jit_tool, tools};

use crate::task::answer;

/// Does.
#[jit_tool]
async fn echo(#[serde(default)] a: u8) -> String {
    a.to_string()
}

#[tokio::test]
async fn serde_puts_a_default() {
    assert_eq!(answer(tools![echo], r#"{}"#).await, "0");
}
