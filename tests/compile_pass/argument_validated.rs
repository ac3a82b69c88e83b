#![deny(warnings)]

use jit_tools::{jit_tool, tools};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::task::answer;

#[derive(Deserialize, JsonSchema, garde::Validate)]
struct Mail {
    #[garde(length(min = 3))]
    address: String,
}

/// Does.
#[jit_tool]
async fn echo(#[jit_tool(validate)] a: Mail) -> String {
    a.address
}

#[tokio::test]
async fn an_argument_checks_itself() {
    assert_eq!(answer(tools![echo], r#"{"a":{"address":"a@b.c"}}"#).await, "a@b.c");
}
