#![deny(warnings)]

use jit_tools::{jit_tool, tools};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::task::answer;

#[derive(Debug, Deserialize, JsonSchema)]
#[allow(dead_code)]
struct Page {
    number: u8,
    size: Size,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[allow(dead_code)]
struct Size {
    most: u8,
}

/// Does.
#[jit_tool]
async fn echo(a: Vec<Page>) -> String {
    format!("{a:?}")
}

#[tokio::test]
async fn an_argument_has_members_of_its_own() {
    assert_eq!(
        answer(tools![echo], r#"{"a":[{"number":1,"size":{"most":2}}]}"#).await,
        "[Page { number: 1, size: Size { most: 2 } }]"
    );
}
