#![deny(warnings)]

use jit_tools::{
    jit_tool,
    tool::{CallData, CallOptions},
    tools,
};

use crate::task::answer_with;

/// Echoes.
#[jit_tool]
async fn echo(CallData(data): CallData<u8>) -> u8 {
    data
}

#[tokio::test]
async fn what_is_handed_in_is_taken_apart_at_once() {
    assert_eq!(answer_with(tools![echo], "", CallOptions::new().data(7_u8)).await, "7");
}
