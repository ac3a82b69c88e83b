//! The Model Context Protocol: what a server lists, the calls that it is asked for, and what it answers.
//!
//! <https://modelcontextprotocol.io/specification/2025-11-25/server/tools>

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::wire::{Declared, Form, RawCall, WrittenCall, WrittenResult, same_id, tools_member, with};
use crate::tool::{ContentPart, ToolDefinition};

pub(super) const FORM_2025_06_18: Form = Form {
    tool: |tool| declare(tool, Version::June2025),
    request: tools_member,
    calls,
    reply,
    turn,
    results: |results| answer(results, Version::June2025),
    id: same_id,
};
pub(super) const FORM_2025_11_25: Form = Form {
    tool: |tool| declare(tool, Version::November2025),
    results: |results| answer(results, Version::November2025),
    ..FORM_2025_06_18
};
pub(super) const FORM_2026_07_28: Form = Form {
    tool: |tool| declare(tool, Version::July2026),
    results: |results| answer(results, Version::July2026),
    ..FORM_2025_06_18
};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd)]
enum Version {
    June2025,
    /// Adds icons.
    November2025,
    /// Adds the kind of a result, and outputs that are no objects.
    July2026,
}

fn declare(tool: &Declared<'_>, version: Version) -> Value {
    let definition = tool.definition;
    let icons: Vec<_> = definition
        .icons()
        .iter()
        .map(|icon| {
            let members = [
                ("mimeType", icon.mime_type.as_ref().map(|text| json!(text))),
                ("sizes", (!icon.sizes.is_empty()).then(|| json!(icon.sizes))),
            ];
            with(json!({ "src": icon.src }), members)
        })
        .collect();
    let has_icons = version >= Version::November2025 && !icons.is_empty();
    let is_object = |schema: &&Value| schema.get("type").is_some_and(|name| name == "object");
    let output = definition.output().map(schemars::Schema::as_value);
    let output = output.filter(|schema| version >= Version::July2026 || is_object(schema));
    with(
        json!({ "name": tool.name }),
        [
            ("title", definition.title().map(|title| json!(title))),
            ("description", Some(json!(definition.description()))),
            ("inputSchema", Some(tool.schema.clone())),
            ("outputSchema", output.cloned()),
            ("annotations", annotations(definition)),
            ("icons", has_icons.then(|| icons.into())),
        ],
    )
}

fn annotations(definition: &ToolDefinition) -> Option<Value> {
    let annotations = definition.annotations()?;
    let flag = |flag: Option<bool>| flag.map(Value::Bool);
    Some(with(
        json!({}),
        [
            ("readOnlyHint", flag(annotations.read_only)),
            ("destructiveHint", flag(annotations.destructive)),
            ("idempotentHint", flag(annotations.idempotent)),
            ("openWorldHint", flag(annotations.open_world)),
        ],
    ))
}

/// The call in a request `tools/call`, or in its `params`.
fn calls(request: &Value) -> Result<Vec<RawCall>, &'static str> {
    let parameters = request.get("params").unwrap_or(request);
    let id = request.get("id").filter(|id| !id.is_null()).map(|id| match id {
        Value::String(id) => id.clone(),
        other => other.to_string(),
    });
    let call = RawCall::of(parameters, "", parameters, "arguments").ok_or("it has no `params.name`")?;
    Ok(vec![RawCall { id, ..call }])
}

/// There is no conversation in this protocol; a request is answered, and not repeated.
#[expect(clippy::unnecessary_wraps, reason = "the other forms have answers that may be something else")]
fn reply(_: &Value) -> Result<Vec<Value>, &'static str> {
    Ok(Vec::new())
}

/// The requests that a client would send.
fn turn(_: Option<&str>, calls: &[WrittenCall<'_>]) -> Vec<Value> {
    calls
        .iter()
        .map(|call| {
            json!({
                "jsonrpc": "2.0",
                "id": call.id,
                "method": "tools/call",
                "params": { "name": call.name, "arguments": call.object() },
            })
        })
        .collect()
}

/// A part as it is; a client knows what its model takes.
fn block(part: &ContentPart) -> Option<Value> {
    match part {
        ContentPart::Text(_) => None,
        ContentPart::Image { media_type, data } => {
            Some(json!({ "type": "image", "data": BASE64_STANDARD.encode(data), "mimeType": media_type }))
        }
        ContentPart::Resource { uri, media_type, text } => {
            let media_type = ("mimeType", media_type.as_ref().map(|name| json!(name)));
            Some(if let Some(text) = text {
                let resource = with(json!({ "uri": uri, "text": text }), [media_type]);
                json!({ "type": "resource", "resource": resource })
            } else {
                let name = uri.rsplit('/').find(|name| !name.is_empty()).unwrap_or(uri);
                with(json!({ "type": "resource_link", "uri": uri, "name": name }), [media_type])
            })
        }
    }
}

/// The `result` of each call. An error of the tool is one of these, so that the model sees it.
fn answer(results: &[WrittenResult<'_>], version: Version) -> Vec<Value> {
    results
        .iter()
        .map(|result| {
            let structured = result.structured.filter(|value| version >= Version::July2026 || value.is_object());
            with(
                json!({ "content": result.blocks(block, |text| json!({ "type": "text", "text": text })) }),
                [
                    ("structuredContent", structured.cloned()),
                    ("isError", Some(Value::Bool(result.is_error))),
                    ("resultType", (version >= Version::July2026).then(|| json!("complete"))),
                ],
            )
        })
        .collect()
}
