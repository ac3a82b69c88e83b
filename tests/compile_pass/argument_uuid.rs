#![deny(warnings)]

use jit_tools::{jit_tool, tools};

use crate::task::answer;

/// Does.
#[jit_tool]
async fn echo(a: uuid::Uuid) -> String {
    a.as_u128().to_string()
}

#[tokio::test]
async fn an_argument_is_a_uuid() {
    assert_eq!(answer(tools![echo], r#"{"a":"00000000-0000-0000-0000-000000000001"}"#).await, "1");
}
