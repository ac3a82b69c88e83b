//! What a tool gives back to the model.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::Value;

use crate::tool::ToolError;

/// What a call gives back: a text that the model reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolOutput {
    text: String,
}

impl ToolOutput {
    /// An output of plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }

    /// The text as the model reads it.
    pub fn as_text(&self) -> &str {
        &self.text
    }

    /// The text as the model reads it, taken out.
    pub fn into_text(self) -> String {
        self.text
    }
}

/// A value that a tool returns as JSON.
///
/// ```
/// use jit_tools::{IntoToolOutput, Json};
///
/// let output = Json(vec![1, 2]).into_tool_output().map_err(|e| e.to_string())?;
/// assert_eq!(output.as_text(), "[1,2]");
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Json<T>(pub T);

/// What a function with `#[jit_tool]` may return.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be what a tool returns",
    label = "not an output for a model",
    note = "return a String, a number, a bool, a serde_json::Value, `Json<T>` with `T: Serialize`, `()`, or a Result of one of these \
            whose error is a ToolError or implements std::error::Error"
)]
pub trait IntoToolOutput {
    /// Turns the value into what the model reads, or into the error that it is told of.
    fn into_tool_output(self) -> Result<ToolOutput, ToolError>;
}

impl IntoToolOutput for ToolOutput {
    fn into_tool_output(self) -> Result<ToolOutput, ToolError> {
        Ok(self)
    }
}

impl IntoToolOutput for String {
    fn into_tool_output(self) -> Result<ToolOutput, ToolError> {
        Ok(ToolOutput::text(self))
    }
}

impl IntoToolOutput for &str {
    fn into_tool_output(self) -> Result<ToolOutput, ToolError> {
        Ok(ToolOutput::text(self))
    }
}

impl IntoToolOutput for Cow<'_, str> {
    fn into_tool_output(self) -> Result<ToolOutput, ToolError> {
        Ok(ToolOutput::text(self))
    }
}

/// Nothing to tell: the model reads `done`, since some providers refuse an empty result.
impl IntoToolOutput for () {
    fn into_tool_output(self) -> Result<ToolOutput, ToolError> {
        Ok(ToolOutput::text("done"))
    }
}

impl IntoToolOutput for Value {
    fn into_tool_output(self) -> Result<ToolOutput, ToolError> {
        Ok(ToolOutput::text(self.to_string()))
    }
}

impl<T: Serialize> IntoToolOutput for Json<T> {
    fn into_tool_output(self) -> Result<ToolOutput, ToolError> {
        Ok(ToolOutput::text(serde_json::to_string(&self.0)?))
    }
}

impl<T: IntoToolOutput, E: Into<ToolError>> IntoToolOutput for Result<T, E> {
    fn into_tool_output(self) -> Result<ToolOutput, ToolError> {
        self.map_err(Into::into)?.into_tool_output()
    }
}

macro_rules! displayed {
    ($($type:ty)*) => {$(
        impl IntoToolOutput for $type {
            fn into_tool_output(self) -> Result<ToolOutput, ToolError> {
                Ok(ToolOutput::text(self.to_string()))
            }
        }
    )*};
}

displayed! { bool char f32 f64 i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize }
