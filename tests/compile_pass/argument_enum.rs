#![deny(warnings)]

use jit_tools::{jit_tool, tools};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::task::answer;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Order {
    Up,
    Down,
}

/// Does.
#[jit_tool]
async fn echo(a: Order) -> String {
    format!("{a:?}")
}

#[tokio::test]
async fn an_argument_is_one_of_a_few() {
    assert_eq!(answer(tools![echo], r#"{"a":"down"}"#).await, "Down");
}
