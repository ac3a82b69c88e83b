#![deny(warnings)]

use std::sync::Arc;

use jit_tools::{jit_tool, tool::State, tools};

use crate::task::answer;

trait Number: Send + Sync {
    fn number(&self) -> u8;
}

impl Number for u8 {
    fn number(&self) -> u8 {
        *self
    }
}

/// Echoes.
#[jit_tool]
async fn echo(state: State<dyn Number>) -> u8 {
    state.number()
}

#[tokio::test]
async fn a_state_is_of_a_trait() {
    let state: Arc<dyn Number> = Arc::new(7_u8);
    assert_eq!(answer(tools![echo].with_state(State::from(state)), "").await, "7");
}
