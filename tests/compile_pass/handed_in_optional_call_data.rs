#![deny(warnings)]

use jit_tools::{
    jit_tool,
    tool::{CallData, CallOptions},
    tools,
};

use crate::task::answer_with;

/// Echoes.
#[jit_tool]
async fn echo(data: Option<CallData<u8>>) -> String {
    format!("{data:?}")
}

#[tokio::test]
async fn a_tool_does_without_data() {
    assert_eq!(answer_with(tools![echo], "", CallOptions::new()).await, "None");
}
