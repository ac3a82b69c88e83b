//! What each provider's file says: how tools are declared, how calls are read, and how results are written.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};

use super::{
    DecodeError, Provider, anthropic, bedrock, cohere, deepseek, error::DecodeErrorKind, gemini, mcp, mistral, ollama,
    openai_chat, openai_responses, xai,
};
use crate::tool::{ContentPart, ToolDefinition};

/// A provider's wire format. What goes in and out are its own JSON bodies.
pub(super) struct Form {
    /// A tool as an element of the request's list.
    pub(super) tool: fn(&Declared<'_>) -> Value,
    /// The members of a request that hold the tools.
    pub(super) request: fn(&[Value]) -> Value,
    /// The calls in an answer; otherwise what is missing in it.
    pub(super) calls: fn(&Value) -> Result<Vec<RawCall>, &'static str>,
    /// The answer as it goes back into the conversation.
    pub(super) reply: fn(&Value) -> Result<Vec<Value>, &'static str>,
    /// A model's turn.
    pub(super) turn: fn(Option<&str>, &[WrittenCall<'_>]) -> Vec<Value>,
    /// The messages with the results of a turn.
    pub(super) results: fn(&[WrittenResult<'_>]) -> Vec<Value>,
    /// A call's id that may come from another provider.
    pub(super) id: fn(&str) -> String,
}

/// The form of a provider.
pub(super) fn form(provider: Provider) -> &'static Form {
    match provider {
        Provider::OpenAiChat => &openai_chat::FORM,
        Provider::OpenAiResponses => &openai_responses::FORM,
        Provider::Anthropic => &anthropic::FORM,
        Provider::Gemini => &gemini::FORM,
        Provider::GeminiOpenApi => &gemini::OPEN_API_FORM,
        Provider::Bedrock => &bedrock::FORM,
        Provider::Mistral => &mistral::FORM,
        Provider::Cohere => &cohere::FORM,
        Provider::Ollama => &ollama::FORM,
        Provider::DeepSeek => &deepseek::FORM,
        Provider::Xai => &xai::FORM,
        Provider::Mcp20250618 => &mcp::FORM_2025_06_18,
        Provider::Mcp20251125 => &mcp::FORM_2025_11_25,
        Provider::Mcp20260728 => &mcp::FORM_2026_07_28,
    }
}

/// A tool that is to be declared.
pub(super) struct Declared<'a> {
    pub(super) name: &'a str,
    pub(super) definition: &'a ToolDefinition,
    pub(super) schema: &'a Value,
    pub(super) is_strict: bool,
}

/// A call as a provider wrote it.
pub(super) struct RawCall {
    pub(super) id: Option<String>,
    pub(super) name: String,
    /// An object, or a string that should hold one.
    pub(super) arguments: Value,
    pub(super) signature: Option<Value>,
}

impl RawCall {
    /// A call of these members of an object: its id, its name and its arguments.
    pub(super) fn of(call: &Value, id: &str, function: &Value, arguments: &str) -> Option<Self> {
        Some(Self {
            id: call.get(id).and_then(Value::as_str).filter(|id| !id.is_empty()).map(str::to_owned),
            name: function.get("name")?.as_str()?.to_owned(),
            arguments: function.get(arguments).cloned().unwrap_or_default(),
            signature: None,
        })
    }
}

/// A call that is to be written.
pub(super) struct WrittenCall<'a> {
    pub(super) id: String,
    pub(super) has_id: bool,
    pub(super) name: &'a str,
    pub(super) arguments: Value,
    pub(super) signature: Option<&'a Value>,
}

impl WrittenCall<'_> {
    /// The arguments as text that holds JSON.
    pub(super) fn text(&self) -> String {
        self.arguments.to_string()
    }

    /// The arguments as an object, which some providers ask for whatever the model wrote.
    pub(super) fn object(&self) -> Value {
        match &self.arguments {
            Value::Object(_) => self.arguments.clone(),
            Value::Null => json!({}),
            other => json!({ "malformed": other }),
        }
    }
}

/// A result that is to be written.
pub(super) struct WrittenResult<'a> {
    pub(super) id: String,
    pub(super) has_id: bool,
    pub(super) name: &'a str,
    pub(super) text: &'a str,
    pub(super) structured: Option<&'a Value>,
    pub(super) parts: &'a [ContentPart],
    pub(super) is_error: bool,
}

impl WrittenResult<'_> {
    /// The parts as a provider's blocks, of which it may have none for a part: that is then a block of text. Without any
    /// parts, it is the text. An empty text, which some providers refuse, is left out.
    pub(super) fn blocks(
        &self,
        block: impl Fn(&ContentPart) -> Option<Value>,
        text: impl Fn(&str) -> Value,
    ) -> Vec<Value> {
        let parts = self.parts.iter().filter_map(|part| {
            block(part).or_else(|| Some(part.as_text()).filter(|said| !said.trim().is_empty()).map(|said| text(&said)))
        });
        let blocks: Vec<_> = parts.collect();
        if blocks.is_empty() { vec![text(self.text)] } else { blocks }
    }

    /// The text for a provider that has no flag for errors.
    pub(super) fn flagged_text(&self) -> String {
        if self.is_error { format!("Error: {}", self.text) } else { self.text.to_owned() }
    }
}

/// What a model is told of a call. Some providers refuse a result that is empty.
pub(crate) fn told(text: &str, is_error: bool) -> &str {
    match text.trim().is_empty() {
        false => text,
        true if is_error => "failed",
        true => "done",
    }
}

/// The types of images that models read, where a provider says which.
pub(super) const IMAGES: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/// The type and the bytes in Base64 of an image of one of these types.
pub(super) fn image<'a>(part: &'a ContentPart, types: &[&str]) -> Option<(&'a str, String)> {
    match part {
        ContentPart::Image { media_type, data } if types.contains(&media_type.as_str()) => {
            Some((media_type, BASE64_STANDARD.encode(data)))
        }
        _ => None,
    }
}

/// The arguments of a call: JSON, or a string that holds it. Nothing at all counts as an object without members.
pub(super) fn read_arguments(arguments: &Value) -> Result<Value, DecodeError> {
    match arguments {
        Value::Null => Ok(Value::Object(Map::new())),
        Value::String(text) if text.trim_ascii().is_empty() => Ok(Value::Object(Map::new())),
        Value::String(text) => {
            let unwrapped = unwrapped(text);
            Ok(serde_json::from_str(unwrapped.as_ref().unwrap_or(text)).map_err(DecodeErrorKind::Json)?)
        }
        value => Ok(value.clone()),
    }
}

/// The text of an object that a JSON string holds, or of one that is in a string again. Nothing at all counts as an
/// object without members.
pub(crate) fn unwrapped(json: &str) -> Option<String> {
    let mut inner: String = serde_json::from_str(json).ok()?;
    if inner.trim_ascii_start().starts_with('"') {
        inner = serde_json::from_str(&inner).ok()?;
    }
    if inner.trim_ascii().is_empty() {
        return Some("{}".to_owned());
    }
    let is_object = inner.trim_ascii_start().starts_with('{') && serde_json::from_str::<IgnoredAny>(&inner).is_ok();
    is_object.then_some(inner)
}

/// `{"tools": […]}`.
pub(super) fn tools_member(tools: &[Value]) -> Value {
    json!({ "tools": tools })
}

/// An id as it is.
pub(super) fn same_id(id: &str) -> String {
    id.to_owned()
}

/// An id of ASCII letters, digits, `_` and `-`, at most 64 of them.
pub(super) fn plain_id(id: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !id.is_empty() && id.len() <= 64 && id.chars().all(is_plain) {
        return id.to_owned();
    }
    let digest: String = super::digest::hex(id.as_bytes()).chars().take(24).collect();
    format!("call_{digest}")
}

/// Puts members into an object unless they are nothing.
pub(super) fn with(mut object: Value, members: impl IntoIterator<Item = (&'static str, Option<Value>)>) -> Value {
    if let Value::Object(object) = &mut object {
        for (name, value) in members {
            if let Some(value) = value {
                object.insert(name.to_owned(), value);
            }
        }
    }
    object
}
