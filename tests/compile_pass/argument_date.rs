#![deny(warnings)]

use jit_tools::{jit_tool, tools};

use crate::task::answer;

/// Does.
#[jit_tool]
async fn echo(a: chrono::DateTime<chrono::Utc>) -> String {
    a.timestamp().to_string()
}

#[tokio::test]
async fn an_argument_is_a_date() {
    assert_eq!(answer(tools![echo], r#"{"a":"1970-01-01T00:00:01Z"}"#).await, "1");
}
