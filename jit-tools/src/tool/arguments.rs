//! From the JSON that a model wrote to the struct that a function takes.

use serde::de::DeserializeOwned;

use crate::tool::ToolError;

/// Parses a model's arguments.
///
/// An empty text counts as an object without members: some models send it for a tool that takes nothing.
///
/// # Errors
/// Names the field at fault, in words that a model can act on.
pub(crate) fn parse<A: DeserializeOwned>(json: &str) -> Result<A, ToolError> {
    let json = if json.trim_ascii().is_empty() { "{}" } else { json };
    serde_json::from_str(json).or_else(|_| explain(json))
}

/// The slow way, taken only after a failure: parses once more, keeping the path to the field at fault.
#[cold]
fn explain<A: DeserializeOwned>(json: &str) -> Result<A, ToolError> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        ToolError::invalid_arguments((path != ".").then_some(path), error.into_inner())
    })?;
    deserializer.end().map_err(|error| ToolError::invalid_arguments(None, error))?;
    Ok(value)
}
