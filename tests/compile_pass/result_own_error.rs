#![deny(warnings)]

use jit_tools::{ToolError, jit_tool, tool::IntoToolError, tools};

use crate::task::answer;

struct Refused;

impl IntoToolError for Refused {
    fn into_tool_error(self) -> ToolError {
        ToolError::new("Refused.")
    }
}

/// Does.
#[jit_tool]
async fn give() -> Result<u8, Refused> {
    Err(Refused)
}

#[tokio::test]
async fn an_author_says_what_the_model_is_told() {
    assert_eq!(answer(tools![give], r#""#).await, "Refused.");
}
