#![deny(warnings)]

use jit_tools::{jit_tool, tools};

use crate::task::answer;

fn seven() -> u8 {
    7
}

/// Does.
#[jit_tool]
async fn echo(#[serde(default = "seven")] a: u8) -> String {
    a.to_string()
}

#[tokio::test]
async fn serde_puts_what_a_function_gives() {
    assert_eq!(answer(tools![echo], r#"{}"#).await, "7");
}
