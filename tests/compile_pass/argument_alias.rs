#![deny(warnings)]

use jit_tools::{jit_tool, tools};

use crate::task::answer;

/// Does.
#[jit_tool]
async fn echo(#[serde(alias = "b")] a: u8) -> String {
    a.to_string()
}

#[tokio::test]
async fn serde_knows_an_argument_by_another_name() {
    assert_eq!(answer(tools![echo], r#"{"b":1}"#).await, "1");
    assert_eq!(answer(tools![echo], r#"{"a":1}"#).await, "1");
}
