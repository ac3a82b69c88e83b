#![deny(warnings)]

use jit_tools::{Json, jit_tool, tools};

use crate::task::answer;

/// Does.
#[jit_tool]
async fn give() -> Json<Vec<u8>> {
    Json(vec![1])
}

#[tokio::test]
async fn a_result_has_a_schema() {
    assert_eq!(answer(tools![give], r#""#).await, "[1]");
}
