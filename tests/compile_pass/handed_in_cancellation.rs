#![deny(warnings)]

use jit_tools::{
    jit_tool,
    tool::{CallOptions, CancellationToken},
    tools,
};

use crate::task::answer_with;

/// Says whether it is cancelled.
#[jit_tool]
async fn echo(token: CancellationToken) -> bool {
    token.is_cancelled()
}

#[tokio::test]
async fn a_call_hands_in_its_token() {
    assert_eq!(answer_with(tools![echo], "", CallOptions::new()).await, "false");
}
