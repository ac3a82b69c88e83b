#![deny(warnings)]

use jit_tools::{jit_tool, tool::ContentPart, tools};

use crate::task::answer;

/// Does.
#[jit_tool]
async fn give() -> ContentPart {
    ContentPart::Image { media_type: "image/png".to_owned(), data: vec![1].into() }
}

#[tokio::test]
async fn a_result_is_an_image() {
    assert_eq!(answer(tools![give], r#""#).await, "[an image, image/png, 1 bytes]");
}
