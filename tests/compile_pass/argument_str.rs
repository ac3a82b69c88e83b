#![deny(warnings)]

use jit_tools::{jit_tool, tools};

use crate::task::answer;

/// Does.
#[jit_tool]
async fn echo(a: &str) -> String {
    a.to_owned()
}

#[tokio::test]
async fn an_argument_borrows_a_text() {
    assert_eq!(answer(tools![echo], r#"{"a":"x\n"}"#).await, "x\n");
}
