#![deny(warnings)]

use jit_tools::{jit_tool, tools};

use crate::task::answer;

fn number<'de, D: serde::Deserializer<'de>>(text: D) -> Result<u8, D::Error> {
    let text = <&str as serde::Deserialize>::deserialize(text)?;
    text.parse().map_err(serde::de::Error::custom)
}

/// Does.
#[jit_tool]
async fn echo(
    #[serde(deserialize_with = "number")]
    #[schemars(with = "String")]
    a: u8,
) -> String {
    a.to_string()
}

#[tokio::test]
async fn serde_reads_an_argument_with_a_function() {
    assert_eq!(answer(tools![echo], r#"{"a":"7"}"#).await, "7");
}
