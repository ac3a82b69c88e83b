#![deny(warnings)]

use jit_tools::{jit_tool, tools};

use crate::task::answer;

/// Echoes.
#[jit_tool]
async fn echo(
    /// What to echo,
    /// and how.
    #[schemars(title = "A", range(min = 1, max = 3))]
    a: u8,
) -> u8 {
    a
}

#[tokio::test]
async fn the_schema_says_what_the_author_says_of_an_argument() {
    let tools = tools![echo];
    let schema = tools.get("echo").unwrap().definition().parameters().as_value()["properties"]["a"].clone();
    assert_eq!((schema["title"].as_str(), schema["maximum"].as_u64()), (Some("A"), Some(3)));
    assert!(schema["description"].as_str().unwrap().starts_with("What to echo,"));
    assert!(answer(tools, r#"{"a":4}"#).await.contains('3'));
}
