#![deny(warnings)]

use std::borrow::Cow;

use jit_tools::{jit_tool, tools};

use crate::task::answer;

/// Does.
#[jit_tool]
async fn echo(a: Cow<'_, str>) -> String {
    format!("{a} {}", matches!(a, Cow::Borrowed(_)))
}

#[tokio::test]
async fn an_argument_borrows_where_the_json_has_no_escapes() {
    assert_eq!(answer(tools![echo], r#"{"a":"x"}"#).await, "x true");
    assert_eq!(answer(tools![echo], r#"{"a":"\t"}"#).await, "\t false");
}
