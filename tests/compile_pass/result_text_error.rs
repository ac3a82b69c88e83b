#![deny(warnings)]

use jit_tools::{jit_tool, tools};

use crate::task::answer;

/// Does.
#[jit_tool]
async fn give() -> Result<u8, String> {
    Err("what /etc/secrets says".to_owned())
}

#[tokio::test]
async fn a_text_as_an_error_is_not_told_to_the_model() {
    assert_eq!(answer(tools![give], r#""#).await, "The tool failed.");
}
