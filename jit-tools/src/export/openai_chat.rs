//! `OpenAI` Chat Completions.
//!
//! <https://platform.openai.com/docs/api-reference/chat/create>

use serde_json::{Value, json};

use super::wire::{Declared, Form, RawCall, WrittenCall, WrittenResult, same_id, tools_member, with};

pub(super) const FORM: Form = Form { tool, request: tools_member, calls, reply, turn, results, id: same_id };

pub(super) fn tool(tool: &Declared<'_>) -> Value {
    let function = json!({
        "name": tool.name,
        "description": tool.definition.description(),
        "parameters": tool.schema,
    });
    let function = with(function, [("strict", tool.is_strict.then_some(Value::Bool(true)))]);
    json!({ "type": "function", "function": function })
}

/// The message in an answer, or what is a message itself.
fn message(answer: &Value) -> Result<&Value, &'static str> {
    answer
        .pointer("/choices/0/message")
        .or_else(|| Some(answer).filter(|answer| answer.get("role").is_some()))
        .ok_or("it has no `choices[0].message`")
}

pub(super) fn calls(answer: &Value) -> Result<Vec<RawCall>, &'static str> {
    let calls = message(answer)?.get("tool_calls").and_then(Value::as_array);
    Ok(calls
        .into_iter()
        .flatten()
        .filter_map(|call| RawCall::of(call, "id", call.get("function")?, "arguments"))
        .collect())
}

pub(super) fn reply(answer: &Value) -> Result<Vec<Value>, &'static str> {
    message(answer).map(|message| vec![message.clone()])
}

pub(super) fn turn(text: Option<&str>, calls: &[WrittenCall<'_>]) -> Vec<Value> {
    let calls: Vec<_> = calls
        .iter()
        .map(|call| {
            json!({
                "id": call.id,
                "type": "function",
                "function": { "name": call.name, "arguments": call.text() },
            })
        })
        .collect();
    let message = json!({ "role": "assistant", "content": text });
    vec![with(message, [("tool_calls", (!calls.is_empty()).then(|| calls.into()))])]
}

fn results(results: &[WrittenResult<'_>]) -> Vec<Value> {
    results
        .iter()
        .map(|result| json!({ "role": "tool", "tool_call_id": result.id, "content": result.flagged_text() }))
        .collect()
}
