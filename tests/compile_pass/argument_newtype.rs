#![deny(warnings)]

use jit_tools::{jit_tool, tools};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::task::answer;

#[derive(Deserialize, JsonSchema)]
struct Id(String);

/// Does.
#[jit_tool]
async fn echo(a: Id) -> String {
    a.0
}

#[tokio::test]
async fn an_argument_is_a_newtype() {
    assert_eq!(answer(tools![echo], r#"{"a":"x"}"#).await, "x");
}
