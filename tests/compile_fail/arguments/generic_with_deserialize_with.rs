#![allow(unused)]

use jit_tools::jit_tool;
use serde::de::DeserializeOwned;

fn read<'de, D: serde::Deserializer<'de>, T: Default>(_: D) -> Result<T, D::Error> {
    Ok(T::default())
}

/// Counts things.
#[jit_tool]
async fn count<T: DeserializeOwned + schemars::JsonSchema + Send + Default>(
    #[serde(deserialize_with = "read")] things: Vec<T>,
) -> usize {
    things.len()
}

fn main() {
    let _ = jit_tools::tools![count::<String>];
}
