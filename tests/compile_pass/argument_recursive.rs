#![deny(warnings)]

use jit_tools::{jit_tool, tools};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::task::answer;

#[derive(Deserialize, JsonSchema)]
struct Tree(Vec<Tree>);

/// Does.
#[jit_tool]
async fn echo(a: Tree) -> String {
    a.0.len().to_string()
}

#[tokio::test]
async fn an_argument_has_more_of_its_kind_in_it() {
    assert_eq!(answer(tools![echo], r#"{"a":[[],[[]]]}"#).await, "2");
}
