#![allow(unused)]

use jit_tools::jit_tool;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

/// Counts things.
#[jit_tool]
async fn count<T: DeserializeOwned + JsonSchema>(things: Vec<T>) -> usize {
    things.len()
}

fn main() {}
