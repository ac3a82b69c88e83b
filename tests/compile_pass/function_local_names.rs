#![deny(warnings)]

use jit_tools::{jit_tool, tools};

use crate::task::answer;

/// Does.
#[jit_tool]
fn local(
    #[jit_tool(default = 1)] arguments: u8,
    #[jit_tool(default = 2)] cx: u8,
    #[jit_tool(default = 3)] receiver: u8,
    #[jit_tool(default = 4)] output: u8,
    #[jit_tool(default = 5)] shape: u8,
) -> u8 {
    arguments + cx + receiver + output + shape
}

#[tokio::test]
async fn an_argument_with_a_default_is_named_like_a_local_of_the_expansion() {
    assert_eq!(answer(tools![local], r#"{}"#).await, "15");
    assert_eq!(answer(tools![local], r#"{"arguments":2}"#).await, "16");
}
