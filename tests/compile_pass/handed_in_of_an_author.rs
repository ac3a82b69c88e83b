#![deny(warnings)]

use jit_tools::{ToolContext, ToolError, jit_tool, tool::FromContext, tools};

use crate::task::answer;

struct Length(usize);

impl FromContext<'_> for Length {
    fn from_context(cx: &ToolContext) -> Result<Self, ToolError> {
        Ok(Self(cx.arguments().len()))
    }
}

/// Echoes.
#[jit_tool]
async fn echo(length: Length) -> usize {
    length.0
}

#[tokio::test]
async fn an_author_says_what_is_handed_in() {
    assert_eq!(answer(tools![echo], r#"{}"#).await, "2");
}
