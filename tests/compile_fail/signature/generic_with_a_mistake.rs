#![allow(unused)]

use jit_tools::jit_tool;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

/// Counts things.
#[jit_tool(naem = "x")]
async fn count<T: DeserializeOwned + JsonSchema + Send>(things: Vec<T>) -> usize {
    things.len()
}

fn main() {
    println!("{:?}", jit_tools::tools![count::<String>]);
}
