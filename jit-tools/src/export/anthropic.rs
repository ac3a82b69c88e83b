//! Anthropic Messages.
//!
//! <https://platform.claude.com/docs/en/agents-and-tools/tool-use/implement-tool-use>

use serde_json::{Value, json};

use super::wire::{Declared, Form, IMAGES, RawCall, WrittenCall, WrittenResult, image, plain_id, tools_member, with};
use crate::tool::ContentPart;

pub(super) const FORM: Form = Form { tool, request: tools_member, calls, reply, turn, results, id: plain_id };

fn tool(tool: &Declared<'_>) -> Value {
    let declared = json!({
        "name": tool.name,
        "description": tool.definition.description(),
        "input_schema": tool.schema,
    });
    with(declared, [("strict", tool.is_strict.then_some(Value::Bool(true)))])
}

fn content(answer: &Value) -> Result<&Vec<Value>, &'static str> {
    answer.get("content").and_then(Value::as_array).ok_or("it has no list `content`")
}

fn calls(answer: &Value) -> Result<Vec<RawCall>, &'static str> {
    let blocks = content(answer)?.iter().filter(|block| block.get("type").is_some_and(|kind| kind == "tool_use"));
    Ok(blocks.filter_map(|block| RawCall::of(block, "id", block, "input")).collect())
}

/// All blocks go back, thinking among them: its signature is checked.
fn reply(answer: &Value) -> Result<Vec<Value>, &'static str> {
    Ok(vec![json!({ "role": "assistant", "content": content(answer)? })])
}

fn turn(text: Option<&str>, calls: &[WrittenCall<'_>]) -> Vec<Value> {
    let text = text.filter(|text| !text.is_empty()).map(|text| json!({ "type": "text", "text": text }));
    let calls = calls
        .iter()
        .map(|call| json!({ "type": "tool_use", "id": call.id, "name": call.name, "input": call.object() }));
    let content: Vec<_> = text.into_iter().chain(calls).collect();
    vec![json!({ "role": "assistant", "content": content })]
}

fn blocks(result: &WrittenResult<'_>) -> Vec<Value> {
    let image = |part: &ContentPart| {
        let (media_type, data) = image(part, &IMAGES)?;
        Some(json!({ "type": "image", "source": { "type": "base64", "media_type": media_type, "data": data } }))
    };
    result.blocks(image, |text| json!({ "type": "text", "text": text }))
}

/// All results of a turn are in one message; it is refused otherwise.
fn results(results: &[WrittenResult<'_>]) -> Vec<Value> {
    let blocks: Vec<_> = results
        .iter()
        .map(|result| {
            let content: Value = if result.parts.is_empty() { result.text.into() } else { blocks(result).into() };
            let block = json!({ "type": "tool_result", "tool_use_id": result.id, "content": content });
            with(block, [("is_error", result.is_error.then_some(Value::Bool(true)))])
        })
        .collect();
    vec![json!({ "role": "user", "content": blocks })]
}
