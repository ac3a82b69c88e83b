//! Ollama's own API. A model's arguments are an object, and calls have no ids.
//!
//! <https://docs.ollama.com/api/chat>

use serde_json::{Value, json};

use super::{
    cohere, openai_chat,
    wire::{Form, WrittenCall, WrittenResult, with},
};

pub(super) const FORM: Form =
    Form { calls: cohere::FORM.calls, reply: cohere::FORM.reply, turn, results, ..openai_chat::FORM };

fn turn(text: Option<&str>, calls: &[WrittenCall<'_>]) -> Vec<Value> {
    let calls: Vec<_> =
        calls.iter().map(|call| json!({ "function": { "name": call.name, "arguments": call.object() } })).collect();
    let message = json!({ "role": "assistant", "content": text.unwrap_or_default() });
    vec![with(message, [("tool_calls", (!calls.is_empty()).then(|| calls.into()))])]
}

/// Results are told apart by the name of the tool, and by their order.
fn results(results: &[WrittenResult<'_>]) -> Vec<Value> {
    results
        .iter()
        .map(|result| json!({ "role": "tool", "tool_name": result.name, "content": result.flagged_text() }))
        .collect()
}
