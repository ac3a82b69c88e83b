//! Calls that a model asks for, and what they gave.

use serde_json::Value;

use super::DecodeError;
use crate::tool::ContentPart;

/// A call that a model asks for, read from a provider's answer.
#[derive(Debug)]
pub struct ToolUse {
    pub(super) id: String,
    /// Whether the provider gave the id; Gemini may give none.
    pub(super) has_id: bool,
    pub(super) name: String,
    pub(super) arguments: Result<Value, DecodeError>,
    pub(super) json: String,
    pub(super) signature: Option<Value>,
}

impl ToolUse {
    /// A call from elsewhere, such as a stored conversation, with arguments as the tool's type writes them.
    pub fn new(id: impl Into<String>, name: impl Into<String>, arguments: Value) -> Self {
        let json = arguments.to_string();
        Self { id: id.into(), has_id: true, name: name.into(), arguments: Ok(arguments), json, signature: None }
    }

    /// The provider's id of the call, or the call's place in the answer where it gave none.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The tool's own name, or what the model wrote where there is no such tool.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The arguments as the tool's type reads them.
    pub fn arguments(&self) -> Result<&Value, &DecodeError> {
        self.arguments.as_ref()
    }

    /// What [`Toolset::call`](crate::Toolset::call) takes: the arguments as JSON, or what the model wrote where that is
    /// none.
    pub fn json(&self) -> &str {
        &self.json
    }

    /// The signature of the thought that led to the call, which Gemini asks to have back.
    pub fn thought_signature(&self) -> Option<&Value> {
        self.signature.as_ref()
    }
}

/// What a call gave.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolAnswer {
    pub(super) id: String,
    pub(super) has_id: bool,
    pub(super) name: String,
    pub(super) text: String,
    pub(super) structured: Option<Value>,
    pub(super) parts: Vec<ContentPart>,
    pub(super) is_error: bool,
}

impl ToolAnswer {
    /// A call that succeeded, with what the model is told; `done` where that is nothing, since some providers refuse an
    /// empty result.
    pub fn ok(call: &ToolUse, text: impl Into<String>) -> Self {
        Self {
            id: call.id.clone(),
            has_id: call.has_id,
            name: call.name.clone(),
            text: text.into(),
            structured: None,
            parts: Vec::new(),
            is_error: false,
        }
    }

    /// A call that succeeded, with a value: its JSON as text, and as it is where the provider takes that (MCP).
    pub fn structured(call: &ToolUse, value: &Value) -> Self {
        Self { structured: Some(value.clone()), ..Self::ok(call, value.to_string()) }
    }

    /// A call that failed, with what the model is told; that it is an error is said in the provider's way.
    pub fn error(call: &ToolUse, text: impl Into<String>) -> Self {
        Self { is_error: true, ..Self::ok(call, text) }
    }

    /// Adds the parts that a tool gave ([`ToolOutput::content`](crate::ToolOutput::content)), for the providers that take
    /// images in results; the others, and results that are errors, have the text.
    ///
    /// ```
    /// use jit_tools::{Toolset, ToolOutput, export::{Provider, ToolAnswer, ToolUse}, tool::ContentPart};
    ///
    /// let image = ContentPart::Image { media_type: "image/png".to_owned(), data: vec![1, 2, 3].into() };
    /// let output = ToolOutput::parts([image]);
    /// let call = ToolUse::new("toolu_1", "draw", serde_json::json!({}));
    /// let answer = ToolAnswer::ok(&call, output.as_text()).with_parts(output.content());
    /// let messages = Toolset::new().export(Provider::Anthropic)?.results(&[answer]);
    /// assert_eq!(messages[0]["content"][0]["content"][0]["type"], "image");
    /// # Ok::<(), jit_tools::export::ExportError>(())
    /// ```
    pub fn with_parts(mut self, parts: &[ContentPart]) -> Self {
        parts.clone_into(&mut self.parts);
        self
    }
}
