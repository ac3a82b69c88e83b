#![deny(warnings)]

use jit_tools::{ToolContext, jit_tool, tools};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::task::answer;

#[derive(Deserialize, JsonSchema)]
struct Search {
    text: String,
}

/// Does.
#[jit_tool]
async fn echo(#[jit_tool(args)] Search { text, .. }: Search, _: &ToolContext) -> String {
    text
}

#[tokio::test]
async fn a_struct_of_all_is_taken_apart_at_once() {
    assert_eq!(answer(tools![echo], r#"{"text":"x"}"#).await, "x");
}
