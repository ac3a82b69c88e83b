#![deny(warnings)]

use jit_tools::{
    jit_tool,
    tool::{CallData, CallOptions},
    tools,
};

use crate::task::answer_with;

/// Echoes.
#[jit_tool]
async fn echo(data: CallData<u8>) -> u8 {
    data.0
}

#[tokio::test]
async fn a_call_hands_in_its_own_data() {
    assert_eq!(answer_with(tools![echo], "", CallOptions::new().data(7_u8)).await, "7");
}
