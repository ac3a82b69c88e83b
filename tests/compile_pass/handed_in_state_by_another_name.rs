#![deny(warnings)]

use jit_tools::{jit_tool, tool::State, tools};

use crate::task::answer;

type Number = State<u8>;

/// Echoes.
#[jit_tool]
async fn echo(state: Number, same: jit_tools::tool::State<u8>) -> u8 {
    *state + *same
}

#[tokio::test]
async fn the_compiler_knows_a_state_by_any_name() {
    assert_eq!(answer(tools![echo].with_state(State::new(7_u8)), "").await, "14");
}
