#![deny(warnings)]

use jit_tools::{jit_tool, tools};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::task::answer;

#[derive(Deserialize, JsonSchema)]
struct Search {
    text: String,
}

/// Does.
#[jit_tool]
async fn echo(#[jit_tool(args)] a: Search) -> String {
    a.text
}

#[tokio::test]
async fn a_struct_is_all_arguments() {
    assert_eq!(answer(tools![echo], r#"{"text":"x"}"#).await, "x");
}
