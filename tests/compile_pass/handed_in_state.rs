#![deny(warnings)]

use jit_tools::{jit_tool, tool::State, tools};

use crate::task::answer;

/// Echoes.
#[jit_tool]
async fn echo(state: State<u8>) -> u8 {
    *state
}

#[tokio::test]
async fn a_call_hands_in_what_its_set_shares() {
    assert_eq!(answer(tools![echo].with_state(State::new(7_u8)), "").await, "7");
}
