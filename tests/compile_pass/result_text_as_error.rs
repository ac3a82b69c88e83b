#![deny(warnings)]

use jit_tools::{ToolError, jit_tool, tools};

use crate::task::answer;

fn refuse() -> Result<u8, String> {
    Err("Refused.".to_owned())
}

/// Does.
#[jit_tool]
async fn give() -> Result<u8, ToolError> {
    refuse().map_err(ToolError::new)
}

#[tokio::test]
async fn a_text_becomes_an_error() {
    assert_eq!(answer(tools![give], r#""#).await, "Refused.");
}
