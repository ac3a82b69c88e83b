#![deny(warnings)]

use jit_tools::{jit_tool, tools};

use crate::task::answer;

/// Does.
#[jit_tool]
async fn echo(a: serde_json::Value) -> String {
    a.to_string()
}

#[tokio::test]
async fn an_argument_is_any_json() {
    assert_eq!(answer(tools![echo], r#"{"a":[{}]}"#).await, "[{}]");
}
