#![deny(warnings)]

use jit_tools::{jit_tool, tools};

use crate::task::answer;

/// Does.
#[jit_tool]
async fn add(a: i64, b: i64) -> i64 {
    std::future::ready(a + b).await
}

#[tokio::test]
async fn an_async_fn_is_a_tool() {
    assert_eq!(answer(tools![add], r#"{"a":1,"b":2}"#).await, "3");
}
