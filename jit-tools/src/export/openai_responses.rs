//! `OpenAI` Responses.
//!
//! <https://platform.openai.com/docs/api-reference/responses/create>

use serde_json::{Value, json};

use super::wire::{Declared, Form, IMAGES, RawCall, WrittenCall, WrittenResult, image, same_id, tools_member};
use crate::tool::ContentPart;

pub(super) const FORM: Form = Form { tool, request: tools_member, calls, reply, turn, results, id: same_id };

/// `strict` is said in any case: it is on where it is left out.
fn tool(tool: &Declared<'_>) -> Value {
    json!({
        "type": "function",
        "name": tool.name,
        "description": tool.definition.description(),
        "parameters": tool.schema,
        "strict": tool.is_strict,
    })
}

fn output(answer: &Value) -> Result<&Vec<Value>, &'static str> {
    answer.get("output").unwrap_or(answer).as_array().ok_or("it has no list `output`")
}

fn calls(answer: &Value) -> Result<Vec<RawCall>, &'static str> {
    let items = output(answer)?.iter().filter(|item| item.get("type").is_some_and(|kind| kind == "function_call"));
    Ok(items.filter_map(|item| RawCall::of(item, "call_id", item, "arguments")).collect())
}

/// All items go back, reasoning among them.
fn reply(answer: &Value) -> Result<Vec<Value>, &'static str> {
    output(answer).cloned()
}

fn turn(text: Option<&str>, calls: &[WrittenCall<'_>]) -> Vec<Value> {
    let text = text.map(|text| json!({ "role": "assistant", "content": text }));
    let calls = calls.iter().map(
        |call| json!({ "type": "function_call", "call_id": call.id, "name": call.name, "arguments": call.text() }),
    );
    text.into_iter().chain(calls).collect()
}

fn contents(result: &WrittenResult<'_>) -> Vec<Value> {
    let image = |part: &ContentPart| {
        let (media_type, data) = image(part, &IMAGES)?;
        Some(json!({ "type": "input_image", "image_url": format!("data:{media_type};base64,{data}") }))
    };
    result.blocks(image, |text| json!({ "type": "input_text", "text": text }))
}

fn results(results: &[WrittenResult<'_>]) -> Vec<Value> {
    results
        .iter()
        .map(|result| {
            let has_parts = !result.parts.is_empty();
            let output: Value = if has_parts { contents(result).into() } else { result.flagged_text().into() };
            json!({ "type": "function_call_output", "call_id": result.id, "output": output })
        })
        .collect()
}
