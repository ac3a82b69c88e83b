//! Amazon Bedrock Converse.
//!
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>

use serde_json::{Value, json};

use super::wire::{Declared, Form, IMAGES, RawCall, WrittenCall, WrittenResult, image, plain_id, with};
use crate::tool::ContentPart;

pub(super) const FORM: Form = Form { tool, request, calls, reply, turn, results, id: plain_id };

/// A description is left out where there is none: an empty one is refused.
fn tool(tool: &Declared<'_>) -> Value {
    let description = Some(tool.definition.description()).filter(|text| !text.is_empty());
    let specification = with(
        json!({ "name": tool.name }),
        [
            ("description", description.map(|text| json!(text))),
            ("inputSchema", Some(json!({ "json": tool.schema }))),
            ("strict", tool.is_strict.then_some(Value::Bool(true))),
        ],
    );
    json!({ "toolSpec": specification })
}

fn request(tools: &[Value]) -> Value {
    json!({ "toolConfig": { "tools": tools } })
}

fn message(answer: &Value) -> Result<&Value, &'static str> {
    answer
        .pointer("/output/message")
        .or_else(|| Some(answer).filter(|answer| answer.get("content").is_some()))
        .ok_or("it has no `output.message`")
}

fn calls(answer: &Value) -> Result<Vec<RawCall>, &'static str> {
    let blocks = message(answer)?.get("content").and_then(Value::as_array);
    let calls = blocks.into_iter().flatten().filter_map(|block| block.get("toolUse"));
    Ok(calls.filter_map(|call| RawCall::of(call, "toolUseId", call, "input")).collect())
}

fn reply(answer: &Value) -> Result<Vec<Value>, &'static str> {
    message(answer).map(|message| vec![message.clone()])
}

fn turn(text: Option<&str>, calls: &[WrittenCall<'_>]) -> Vec<Value> {
    let text = text.filter(|text| !text.is_empty()).map(|text| json!({ "text": text }));
    let calls = calls
        .iter()
        .map(|call| json!({ "toolUse": { "toolUseId": call.id, "name": call.name, "input": call.object() } }));
    let content: Vec<_> = text.into_iter().chain(calls).collect();
    vec![json!({ "role": "assistant", "content": content })]
}

fn image_block(part: &ContentPart) -> Option<Value> {
    let (media_type, data) = image(part, &IMAGES)?;
    let format = media_type.strip_prefix("image/")?;
    Some(json!({ "image": { "format": format, "source": { "bytes": data } } }))
}

/// All results of a turn are in one message; it is refused otherwise.
fn results(results: &[WrittenResult<'_>]) -> Vec<Value> {
    let blocks: Vec<_> = results
        .iter()
        .map(|result| {
            json!({ "toolResult": {
                "toolUseId": result.id,
                "content": result.blocks(image_block, |text| json!({ "text": text })),
                "status": if result.is_error { "error" } else { "success" },
            }})
        })
        .collect();
    vec![json!({ "role": "user", "content": blocks })]
}
