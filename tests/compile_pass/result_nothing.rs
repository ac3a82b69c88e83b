#![deny(warnings)]

use jit_tools::{jit_tool, tools};

use crate::task::answer;

/// Does.
#[jit_tool]
async fn give() -> () {}

#[tokio::test]
async fn a_result_is_nothing() {
    assert_eq!(answer(tools![give], r#""#).await, "done");
}
