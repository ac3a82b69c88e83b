#![deny(warnings)]

use jit_tools::{jit_tool, tools};

use crate::task::answer;

/// Does.
#[jit_tool]
async fn give() -> f64 {
    1.5
}

#[tokio::test]
async fn a_result_is_a_number() {
    assert_eq!(answer(tools![give], r#""#).await, "1.5");
}
