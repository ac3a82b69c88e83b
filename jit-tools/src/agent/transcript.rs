//! What was said and done in a run.

use crate::tool::ContentPart;

/// One step of a run, in the order in which it happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Item {
    /// What the user said.
    User(String),
    /// What the model answered: a text, calls of tools, or both.
    Assistant {
        /// Its text, if it wrote one.
        text: Option<String>,
        /// The calls that it asks for, in its order.
        tool_calls: Vec<ToolCall>,
    },
    /// What one of these calls gave.
    ToolResult(ToolResult),
}

/// A call that a model asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolCall {
    /// The model's id for the call, which its result repeats.
    pub id: String,
    /// The name of the tool.
    pub name: String,
    /// The arguments as the model wrote them: a JSON object, if it did not err.
    pub arguments: String,
}

/// What a call gave, as the model reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolResult {
    /// The model's id for the call.
    pub call_id: String,
    /// The name of the tool that was called.
    pub name: String,
    /// The output, or what the model is told of the error.
    pub text: String,
    /// The parts of an output that was made of parts, for a [`Model`](super::Model) that reads images; the text has a line
    /// for each.
    pub parts: Vec<ContentPart>,
    /// Whether the call failed.
    pub is_error: bool,
}
