//! `OpenAI` Chat Completions: an element of `tools`.
//!
//! <https://platform.openai.com/docs/api-reference/chat/create#chat-create-tools>

use serde_json::{Value, json};

use crate::tool::ToolDefinition;

pub(super) fn tool(definition: &ToolDefinition) -> Value {
    json!({
        "type": "function",
        "function": {
            "name": definition.name(),
            "description": definition.description(),
            "parameters": parameters(definition),
        },
    })
}

/// The canonical schema without what says nothing to a model: the dialect, and the name of a Rust struct.
fn parameters(definition: &ToolDefinition) -> Value {
    let mut schema = definition.parameters().as_value().clone();
    if let Some(members) = schema.as_object_mut() {
        members.shift_remove("$schema");
        members.shift_remove("title");
        // A function without arguments is an object without properties; the key itself is asked for.
        if !members.contains_key("properties") {
            members.insert("properties".to_owned(), json!({}));
        }
    }
    schema
}
