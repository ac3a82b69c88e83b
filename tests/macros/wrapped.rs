//! Arguments that a server wrote as a JSON string, which holds the object that was meant.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use jit_tools::{
    Tool, ToolContext, ToolDefinition, ToolError, ToolOutput, Toolset,
    export::{ExportOptions, Provider},
    jit_tool, tools,
};
use serde_json::{Value, json};

use crate::task::task;

/// Adds.
#[jit_tool]
async fn add(a: i64, #[schemars(range(max = 9))] b: i64) -> i64 {
    a + b
}

/// Says nothing.
#[jit_tool]
async fn ping() -> &'static str {
    "pong"
}

/// Counts.
#[jit_tool]
async fn count(words: BTreeMap<String, u32>) -> u32 {
    words.values().sum()
}

struct ByHand(ToolDefinition);

#[async_trait]
impl Tool for ByHand {
    fn definition(&self) -> &ToolDefinition {
        &self.0
    }

    async fn call(&self, cx: &ToolContext) -> Result<ToolOutput, ToolError> {
        Ok(ToolOutput::text(cx.arguments()))
    }
}

/// The text as a JSON string.
fn wrapped(text: &str) -> String {
    json!(text).to_string()
}

#[tokio::test]
async fn arguments_in_a_string_are_read_as_the_object_that_they_are() {
    let jit = task().await;
    let mut tools = tools![add, ping, count];
    tools.add(Arc::new(ByHand(ToolDefinition::new::<Value>("by_hand", "Says what it gets.")))).unwrap();
    for (name, arguments, said) in [
        ("add", r#"{"a":1,"b":2}"#, "3"),
        ("add", r#" {"a":1,"b":2.0} "#, "3"),
        ("count", r#"{"words":{"a":1,"\"b\"":2}}"#, "3"),
        ("ping", "{}", "pong"),
        ("ping", "", "pong"),
        ("by_hand", r#"{"a":"\"{\\"}"#, r#"{"a":"\"{\\"}"#),
    ] {
        for written in [arguments.to_owned(), wrapped(arguments), format!(" {} ", wrapped(&wrapped(arguments)))] {
            if name == "by_hand" || !written.trim().is_empty() {
                let output = tools.call(&jit, name, written.clone()).await;
                assert_eq!(output.unwrap_or_else(|error| panic!("{name} {written}: {error}")).as_text(), said);
            }
        }
    }
    let error = tools.call(&jit, "add", wrapped(r#"{"a":1,"b":10}"#)).await.unwrap_err();
    assert!(error.for_model().contains("`b`: must be at most 9"), "{error}");
}

#[tokio::test]
async fn what_is_no_object_is_told_as_what_it_is() {
    let jit = task().await;
    let tools = tools![add, ping];
    for (arguments, said) in [
        ("[1,2]", "expected one JSON object, and this is a list"),
        (r#""1""#, "expected one JSON object, and this is a string that holds none"),
        (r#""{\"a\":1""#, "expected one JSON object, and this is a string that holds none"),
        ("5", "expected one JSON object, and this is a number"),
        ("null", "expected one JSON object, and this is null"),
        ("true", "expected one JSON object, and this is a boolean"),
    ] {
        for name in ["add", "ping"] {
            let error = tools.call(&jit, name, arguments).await.unwrap_err();
            assert!(error.is_invalid_arguments() && error.for_model().contains(said), "{name} {arguments}: {error}");
        }
    }
}

#[test]
fn arguments_in_a_string_are_turned_back_into_what_the_type_reads() {
    let tools: Toolset = tools![count];
    let export = tools.export_with(&ExportOptions::new(Provider::OpenAiChat).strict()).unwrap();
    assert!(!export.is_verbatim("count"));
    let wire = json!({ "words": [{ "key": "a", "value": 1 }] }).to_string();
    let read = json!({ "words": { "a": 1 } });
    for arguments in [wire.clone(), wrapped(&wire), wrapped(&wrapped(&wire))] {
        assert_eq!(export.decode("count", &json!(arguments)).unwrap(), read);
        let call = json!({ "id": "c", "type": "function", "function": { "name": "count", "arguments": arguments } });
        let calls = export.calls(&json!({ "role": "assistant", "tool_calls": [call] })).unwrap();
        assert_eq!(calls[0].json(), read.to_string());
    }
}
