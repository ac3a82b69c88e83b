#![deny(warnings)]

use jit_tools::{jit_tool, tools};

use crate::task::answer;

/// Does.
#[jit_tool]
async fn give() -> serde_json::Value {
    serde_json::json!([1])
}

#[tokio::test]
async fn a_result_is_any_json() {
    assert_eq!(answer(tools![give], r#""#).await, "[1]");
}
