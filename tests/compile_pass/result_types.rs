#![deny(warnings)]

use std::{fmt, io};

use jit_tools::{
    IntoToolOutput, Json, ToolError, jit_tool,
    tool::{ContentPart, IntoToolError},
};

type Answer<T> = Result<T, io::Error>;

struct Refused;

impl IntoToolError for Refused {
    fn into_tool_error(self) -> ToolError {
        ToolError::new("Refused.")
    }
}

/// Gives an alias of a Result.
#[jit_tool]
fn alias() -> Answer<String> {
    Ok("alias".to_owned())
}

/// Fails with an error of its own.
#[jit_tool]
async fn own_error() -> Result<u8, Refused> {
    Err(Refused)
}

/// Gives something without a name.
#[jit_tool]
async fn nameless() -> impl IntoToolOutput {
    Json(1_u8)
}

/// Gives JSON without a schema.
#[jit_tool]
async fn json() -> serde_json::Value {
    serde_json::json!({ "a": 1 })
}

/// Gives parts.
#[jit_tool]
async fn parts() -> Result<Vec<ContentPart>, fmt::Error> {
    Ok(vec![ContentPart::Text("one".to_owned())])
}

/// Gives nothing.
#[jit_tool]
async fn nothing() {}

#[test]
fn all_are_tools() {
    assert_eq!(jit_tools::tools![alias, own_error, nameless, json, parts, nothing].len(), 6);
}
