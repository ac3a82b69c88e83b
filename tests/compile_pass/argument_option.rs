#![deny(warnings)]

use jit_tools::{jit_tool, tools};

use crate::task::answer;

/// Does.
#[jit_tool]
async fn echo(a: Option<u8>) -> String {
    format!("{a:?}")
}

#[tokio::test]
async fn an_argument_may_be_left_out() {
    assert_eq!(answer(tools![echo], r#"{"a":1}"#).await, "Some(1)");
    assert_eq!(answer(tools![echo], r#"{}"#).await, "None");
}
