#![deny(warnings)]

use std::collections::BTreeMap;

use jit_tools::{jit_tool, tools};

use crate::task::answer;

/// Does.
#[jit_tool]
async fn echo(#[serde(flatten)] a: BTreeMap<String, u8>) -> String {
    format!("{a:?}")
}

#[tokio::test]
async fn an_argument_takes_the_members_that_are_left() {
    assert_eq!(answer(tools![echo], r#"{"b":1}"#).await, "{\"b\": 1}");
}
