#![deny(warnings)]

use jit_tools::{jit_tool, tools};

use crate::task::answer;

/// Does.
#[jit_tool]
async fn echo(a: String) -> String {
    a
}

#[tokio::test]
async fn an_argument_is_owned() {
    assert_eq!(answer(tools![echo], r#"{"a":"x"}"#).await, "x");
}
