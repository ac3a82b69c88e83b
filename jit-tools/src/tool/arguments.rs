//! From the JSON that a model wrote to the struct that a function takes.

use serde::{
    Deserialize,
    de::{Error as _, IgnoredAny},
};

use crate::tool::ToolError;

/// Parses a model's arguments.
///
/// An empty text counts as an object without members: some models send it for a tool that takes nothing.
///
/// # Errors
/// Names the field at fault, in words that a model can act on.
#[inline]
pub(crate) fn parse<'de, A: Deserialize<'de>>(json: &'de str) -> Result<A, ToolError> {
    match json.trim_ascii_start().as_bytes() {
        [] => serde_json::from_str("{}").or_else(|_| explain("{}")),
        [b'{', ..] => serde_json::from_str(json).or_else(|_| explain(json)),
        _ => Err(no_object(json)),
    }
}

/// serde would read an array as the arguments by position, which no schema says.
#[cold]
fn no_object(json: &str) -> ToolError {
    let error = match serde_json::from_str::<IgnoredAny>(json) {
        Ok(_) => serde_json::Error::custom("expected one JSON object"),
        Err(error) => error,
    };
    ToolError::invalid_arguments(None, error)
}

/// The slow way, taken only after a failure: parses once more, keeping the path to the field at fault.
#[cold]
fn explain<'de, A: Deserialize<'de>>(json: &'de str) -> Result<A, ToolError> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        ToolError::invalid_arguments((path != ".").then_some(path), error.into_inner())
    })?;
    deserializer.end().map_err(|error| ToolError::invalid_arguments(None, error))?;
    Ok(value)
}
