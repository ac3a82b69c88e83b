#![deny(warnings)]

use jit_tools::{jit_tool, tools};

use crate::task::answer;

/// Does.
#[jit_tool]
async fn echo(a: Option<&str>) -> String {
    format!("{a:?}")
}

#[tokio::test]
async fn an_argument_borrows_if_it_is_there() {
    assert_eq!(answer(tools![echo], r#"{"a":"x"}"#).await, "Some(\"x\")");
    assert_eq!(answer(tools![echo], r#"{}"#).await, "None");
}
