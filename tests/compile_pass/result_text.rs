#![deny(warnings)]

use jit_tools::{jit_tool, tools};

use crate::task::answer;

/// Does.
#[jit_tool]
async fn give() -> String {
    "a".to_owned()
}

#[tokio::test]
async fn a_result_is_a_text() {
    assert_eq!(answer(tools![give], r#""#).await, "a");
}
