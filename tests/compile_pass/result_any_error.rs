#![deny(warnings)]

use jit_tools::{ToolError, jit_tool, tools};

use crate::task::answer;

fn refuse() -> Result<u8, ToolError> {
    Err(ToolError::new("Refused."))
}

/// Does.
#[jit_tool]
async fn boxed(number: String) -> Result<u8, Box<dyn std::error::Error + Send + Sync>> {
    if number.is_empty() {
        refuse()?;
    }
    Ok(number.parse()?)
}

/// Does.
#[jit_tool]
async fn any(number: String) -> anyhow::Result<u8> {
    if number.is_empty() {
        refuse()?;
    }
    Ok(number.parse()?)
}

#[tokio::test]
async fn any_error_may_be_a_tools_and_keeps_a_tool_error_inside() {
    for (number, told) in [("", "Refused."), ("x", "The tool failed."), ("3", "3")] {
        let arguments = format!(r#""number":"{number}""#);
        assert_eq!(answer(tools![boxed], &arguments).await, told);
        assert_eq!(answer(tools![any], &arguments).await, told);
    }
}
