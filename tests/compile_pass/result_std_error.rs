#![deny(warnings)]

use jit_tools::{jit_tool, tools};

use crate::task::answer;

/// Does.
#[jit_tool]
async fn give() -> Result<u8, std::num::ParseIntError> {
    "x".parse()
}

#[tokio::test]
async fn a_failure_of_another_kind_is_not_told_to_the_model() {
    assert_eq!(answer(tools![give], r#""#).await, "The tool failed.");
}
