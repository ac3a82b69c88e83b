#![deny(warnings)]

use jit_tools::{jit_tool, jit_toolset};

use crate::task::answer;

struct Documents;

#[jit_toolset]
impl Documents {
    /// Adds two numbers.
    #[jit_tool]
    fn add(a: u8, b: u8) -> u8 {
        a + b
    }
}

#[tokio::test]
async fn an_associated_function_is_a_tool_of_the_set() {
    assert_eq!(answer(Documents::tools(Documents), r#"{"a":1,"b":2}"#).await, "3");
}
