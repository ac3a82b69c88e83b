#![deny(warnings)]

use std::collections::BTreeMap;

use jit_tools::{jit_tool, tools};

use crate::task::answer;

/// Does.
#[jit_tool]
async fn echo(a: BTreeMap<String, u8>) -> String {
    format!("{a:?}")
}

#[tokio::test]
async fn an_argument_is_a_map() {
    assert_eq!(answer(tools![echo], r#"{"a":{"b":1}}"#).await, "{\"b\": 1}");
}
