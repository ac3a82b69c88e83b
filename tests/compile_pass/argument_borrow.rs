#![deny(warnings)]

use jit_tools::{jit_tool, tools};

use crate::task::answer;

/// Does.
#[jit_tool]
async fn echo(#[serde(borrow)] a: &str) -> String {
    a.to_owned()
}

#[tokio::test]
async fn an_author_says_that_an_argument_borrows() {
    assert_eq!(answer(tools![echo], r#"{"a":"x"}"#).await, "x");
}
