#![deny(warnings)]

use jit_tools::{ToolError, jit_tool, tools};

use crate::task::answer;

/// Does.
#[jit_tool]
async fn give() -> Result<u8, ToolError> {
    Err("Refused.".to_owned()).map_err(ToolError::new)
}

#[tokio::test]
async fn a_text_becomes_an_error() {
    assert_eq!(answer(tools![give], r#""#).await, "Refused.");
}
