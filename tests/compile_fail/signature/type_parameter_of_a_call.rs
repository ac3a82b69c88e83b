#![allow(unused)]

use jit_tools::jit_tool;
use schemars::JsonSchema;
use serde::Deserialize;

/// Counts things.
#[jit_tool]
async fn count<'a, T: Deserialize<'a> + JsonSchema + Send>(things: Vec<T>) -> usize {
    things.len()
}

/// Counts other things.
#[jit_tool]
async fn count_others<'a, T>(things: Vec<T>) -> usize
where
    T: Deserialize<'a> + JsonSchema + Send + 'a,
{
    things.len()
}

fn main() {
    let _ = jit_tools::tools![count::<String>, count_others::<String>];
}
