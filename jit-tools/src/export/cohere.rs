//! Cohere, version 2 of its API.
//!
//! <https://docs.cohere.com/v2/reference/chat>

use serde_json::{Value, json};

use super::{
    openai_chat,
    wire::{Form, RawCall, WrittenCall, with},
};

pub(super) const FORM: Form = Form { calls, reply, turn, ..openai_chat::FORM };

fn message(answer: &Value) -> Result<&Value, &'static str> {
    answer
        .get("message")
        .or_else(|| Some(answer).filter(|answer| answer.get("role").is_some()))
        .ok_or("it has no `message`")
}

fn calls(answer: &Value) -> Result<Vec<RawCall>, &'static str> {
    openai_chat::calls(message(answer)?)
}

fn reply(answer: &Value) -> Result<Vec<Value>, &'static str> {
    message(answer).map(|message| vec![message.clone()])
}

/// What is said beside calls is the plan for them.
fn turn(text: Option<&str>, calls: &[WrittenCall<'_>]) -> Vec<Value> {
    if calls.is_empty() {
        return vec![json!({ "role": "assistant", "content": text.unwrap_or_default() })];
    }
    let mut messages = openai_chat::turn(None, calls);
    for message in &mut messages {
        if let Value::Object(members) = message {
            members.shift_remove("content");
        }
        *message = with(message.take(), [("tool_plan", text.map(|text| json!(text)))]);
    }
    messages
}
