#![deny(warnings)]

use jit_tools::{jit_tool, tools};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::task::answer;

/// Counts things of one kind.
#[jit_tool]
async fn count<'a, T, const MOST: usize>(text: &'a str, things: Vec<T>) -> usize
where
    T: DeserializeOwned + JsonSchema + Send + 'a,
    Vec<T>: 'a,
{
    things.len().min(MOST) + text.len()
}

#[tokio::test]
async fn a_bound_by_a_lifetime_of_the_call_does_not_bind_the_tool() {
    assert_eq!(answer(tools![count::<u8, 2>], r#"{"text":"a","things":[1,2,3]}"#).await, "3");
}
