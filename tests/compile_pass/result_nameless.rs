#![deny(warnings)]

use jit_tools::{IntoToolOutput, jit_tool, tools};

use crate::task::answer;

/// Does.
#[jit_tool]
async fn give() -> impl IntoToolOutput {
    "a"
}

#[tokio::test]
async fn a_result_has_no_name() {
    assert_eq!(answer(tools![give], r#""#).await, "a");
}
