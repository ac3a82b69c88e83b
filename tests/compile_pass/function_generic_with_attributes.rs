#![deny(warnings)]

use jit_tools::{jit_tool, tools};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::task::answer;

/// Counts things of one kind.
#[jit_tool]
async fn count<T: DeserializeOwned + JsonSchema + Send>(
    #[serde(default)] things: Vec<T>,
    #[serde(rename = "others")]
    #[schemars(length(max = 2))]
    more: Vec<T>,
    #[jit_tool(default = Vec::new())] rest: Vec<T>,
) -> usize {
    things.len() + more.len() + rest.len()
}

#[tokio::test]
async fn an_argument_of_a_type_parameter_has_attributes() {
    assert_eq!(answer(tools![count::<u8>], r#"{"others":[1,2]}"#).await, "2");
    assert_eq!(answer(tools![count::<String>], r#"{"things":["a"],"others":[],"rest":["b"]}"#).await, "2");
    let tools = tools![count::<u8>];
    let schema = tools.get("count").unwrap().definition().parameters().as_value();
    assert_eq!(schema["required"], serde_json::json!(["others"]));
    assert_eq!(schema["properties"]["others"]["maxItems"], 2);
}
