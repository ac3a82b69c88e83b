#![deny(warnings)]

use jit_tools::{jit_tool, tools};

use crate::task::answer;

/// Does.
#[jit_tool]
async fn echo(a: &[u8]) -> String {
    format!("{a:?}")
}

#[tokio::test]
async fn an_argument_borrows_a_list() {
    assert_eq!(answer(tools![echo], r#"{"a":[1]}"#).await, "[1]");
}
