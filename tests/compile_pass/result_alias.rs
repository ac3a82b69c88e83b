#![deny(warnings)]

use jit_tools::{jit_tool, tools};

use crate::task::answer;

type Answer<T> = Result<T, std::io::Error>;

/// Does.
#[jit_tool]
async fn give() -> Answer<String> {
    Ok("a".to_owned())
}

#[tokio::test]
async fn a_result_has_another_name() {
    assert_eq!(answer(tools![give], r#""#).await, "a");
}
