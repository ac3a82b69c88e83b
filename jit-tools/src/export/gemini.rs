//! Gemini, with the schema in `parametersJsonSchema` or in the older `parameters`.
//!
//! <https://ai.google.dev/api/caching#FunctionDeclaration>

use serde_json::{Value, json};

use super::{
    schema::properties,
    wire::{Declared, Form, RawCall, WrittenCall, WrittenResult, image, same_id, with},
};

pub(super) const FORM: Form = Form { tool, request, calls, reply, turn, results, id: same_id };
pub(super) const OPEN_API_FORM: Form = Form { tool: open_api_tool, ..FORM };

/// The images that a result may have; a model older than Gemini 3 takes none in results.
const IMAGES: [&str; 3] = ["image/png", "image/jpeg", "image/webp"];

fn tool(tool: &Declared<'_>) -> Value {
    json!({
        "name": tool.name,
        "description": tool.definition.description(),
        "parametersJsonSchema": tool.schema,
    })
}

/// An object without properties is refused, so that a tool without arguments has no parameters.
fn open_api_tool(tool: &Declared<'_>) -> Value {
    let has_any = tool.schema.as_object().is_some_and(|schema| properties(schema).is_some());
    let declared = json!({ "name": tool.name, "description": tool.definition.description() });
    with(declared, [("parameters", has_any.then(|| tool.schema.clone()))])
}

fn request(tools: &[Value]) -> Value {
    json!({ "tools": [{ "functionDeclarations": tools }] })
}

/// The content of an answer, or what is a content itself.
fn content(answer: &Value) -> Result<&Value, &'static str> {
    answer
        .pointer("/candidates/0/content")
        .or_else(|| Some(answer).filter(|answer| answer.get("parts").is_some()))
        .ok_or("it has no `candidates[0].content`")
}

fn calls(answer: &Value) -> Result<Vec<RawCall>, &'static str> {
    let parts = content(answer)?.get("parts").and_then(Value::as_array);
    let call = |part: &Value| {
        let call = part.get("functionCall")?;
        let signature = part.get("thoughtSignature").cloned();
        Some(RawCall { signature, ..RawCall::of(call, "id", call, "args")? })
    };
    Ok(parts.into_iter().flatten().filter_map(call).collect())
}

/// All parts go back: a thought signature is checked where a call had one.
fn reply(answer: &Value) -> Result<Vec<Value>, &'static str> {
    content(answer).map(|content| vec![content.clone()])
}

fn turn(text: Option<&str>, calls: &[WrittenCall<'_>]) -> Vec<Value> {
    let text = text.filter(|text| !text.is_empty()).map(|text| json!({ "text": text }));
    let calls = calls.iter().map(|call| {
        let function = json!({ "name": call.name, "args": call.object() });
        let function = with(function, [("id", call.has_id.then(|| json!(call.id)))]);
        with(json!({ "functionCall": function }), [("thoughtSignature", call.signature.cloned())])
    });
    let parts: Vec<_> = text.into_iter().chain(calls).collect();
    vec![json!({ "role": "model", "parts": parts })]
}

/// All results of a turn are parts of one content, in the order of the calls.
fn results(results: &[WrittenResult<'_>]) -> Vec<Value> {
    let parts: Vec<_> = results
        .iter()
        .map(|result| {
            let key = if result.is_error { "error" } else { "output" };
            let response = json!({ "name": result.name, "response": { key: result.text } });
            // The text has a line for each image.
            let images = result.parts.iter().filter_map(|part| image(part, &IMAGES));
            let images: Vec<_> = images
                .map(|(media_type, data)| json!({ "inlineData": { "mimeType": media_type, "data": data } }))
                .collect();
            let members = [
                ("id", result.has_id.then(|| json!(result.id))),
                ("parts", (!images.is_empty()).then(|| images.into())),
            ];
            json!({ "functionResponse": with(response, members) })
        })
        .collect();
    vec![json!({ "role": "user", "parts": parts })]
}
