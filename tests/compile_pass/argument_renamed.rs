#![deny(warnings)]

use jit_tools::{jit_tool, tools};

use crate::task::answer;

/// Does.
#[jit_tool]
async fn echo(#[serde(rename = "b")] a: u8) -> String {
    a.to_string()
}

#[tokio::test]
async fn serde_renames_an_argument() {
    assert_eq!(answer(tools![echo], r#"{"b":1}"#).await, "1");
}
