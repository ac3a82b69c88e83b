#![deny(warnings)]

use jit_tools::{jit_tool, tool::ContentPart, tools};

use crate::task::answer;

/// Does.
#[jit_tool]
async fn give() -> ContentPart {
    ContentPart::Text("a".to_owned())
}

#[tokio::test]
async fn a_result_is_a_part() {
    assert_eq!(answer(tools![give], r#""#).await, "a");
}
