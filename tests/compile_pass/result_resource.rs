#![deny(warnings)]

use jit_tools::{jit_tool, tool::ContentPart, tools};

use crate::task::answer;

/// Does.
#[jit_tool]
async fn give() -> Vec<ContentPart> {
    vec![ContentPart::Resource { uri: "file:a".to_owned(), media_type: None, text: None }]
}

#[tokio::test]
async fn a_result_is_a_resource() {
    assert_eq!(answer(tools![give], r#""#).await, "[a resource: file:a]");
}
