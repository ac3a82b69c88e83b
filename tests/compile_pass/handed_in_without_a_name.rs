#![deny(warnings)]

use jit_tools::{jit_tool, tool::State, tools};

use crate::task::answer;

/// Does not use it.
#[jit_tool]
async fn echo(_: State<u8>, a: u8) -> u8 {
    a
}

#[tokio::test]
async fn what_is_handed_in_needs_no_name() {
    assert_eq!(answer(tools![echo].with_state(State::new(7_u8)), r#"{"a":1}"#).await, "1");
    assert_ne!(answer(tools![echo], r#"{"a":1}"#).await, "1");
}
