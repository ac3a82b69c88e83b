#![deny(warnings)]

use jit_tools::{jit_tool, tools};

use crate::task::answer;

/// Is instrumented by an attribute below.
#[jit_tool]
#[tracing::instrument(skip(text))]
async fn below(text: String, #[jit_tool(default = 2)] times: usize) -> String {
    text.repeat(times)
}

/// Is instrumented by an attribute above.
#[tracing::instrument(skip(text))]
#[jit_tool]
async fn above(text: &str, times: usize) -> String {
    text.repeat(times)
}

#[tokio::test]
async fn an_attribute_of_another_crate_stands_above_or_below() {
    assert_eq!(answer(tools![below], r#"{"text":"a"}"#).await, "aa");
}

#[tokio::test]
async fn an_attribute_above_sees_the_function() {
    assert_eq!(answer(tools![above], r#"{"text":"a","times":3}"#).await, "aaa");
}
