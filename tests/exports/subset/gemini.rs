//! Gemini's subset of JSON Schema, and its older form.
//! <https://ai.google.dev/api/generate-content#FIELDS.response_json_schema>,
//! <https://ai.google.dev/api/caching#Schema>

use serde_json::Value;

use super::{Walk, Wrong, cyclic};

const JSON: [&str; 19] = [
    "$id",
    "$defs",
    "$ref",
    "$anchor",
    "type",
    "format",
    "title",
    "description",
    "enum",
    "items",
    "prefixItems",
    "minItems",
    "maxItems",
    "minimum",
    "maximum",
    "anyOf",
    "properties",
    "additionalProperties",
    "required",
];

pub fn judge(root: &Value) -> Wrong {
    let mut walk = Walk::new(root);
    if root.get("type").is_none_or(|name| name != "object") {
        walk.say("", "the root is no object");
    }
    for name in cyclic(root, true) {
        walk.say("", format!("{name} contains itself through properties that are required"));
    }
    schema(&mut walk, root, "");
    walk.wrong
}

fn schema(walk: &mut Walk<'_>, value: &Value, at: &str) {
    let Value::Object(members) = value else { return walk.say(at, format!("{value} is no schema")) };
    walk.only(at, members, &JSON);
    if members.contains_key("$ref") {
        if members.keys().any(|keyword| !keyword.starts_with('$')) {
            walk.say(at, "something beside $ref");
        }
        walk.resolves(at, members);
    }
    for value in members.get("enum").and_then(Value::as_array).into_iter().flatten() {
        if !(value.is_string() || value.is_number() || value.is_null()) || value == "" {
            walk.say(at, format!("{value} in an enum"));
        }
    }
    for keyword in ["$defs", "properties"] {
        for (name, value) in members.get(keyword).and_then(Value::as_object).into_iter().flatten() {
            schema(walk, value, &format!("{at}/{keyword}/{name}"));
        }
    }
    for keyword in ["anyOf", "prefixItems"] {
        for (index, value) in members.get(keyword).and_then(Value::as_array).into_iter().flatten().enumerate() {
            schema(walk, value, &format!("{at}/{keyword}/{index}"));
        }
    }
    if let Some(items) = members.get("items") {
        schema(walk, items, &format!("{at}/items"));
    }
    if let Some(others @ Value::Object(_)) = members.get("additionalProperties") {
        schema(walk, others, &format!("{at}/additionalProperties"));
    }
}

pub fn judge_open_api(root: &Value) -> Wrong {
    let mut walk = Walk::new(root);
    // A tool without arguments has no schema at all.
    let is_empty = root["properties"].as_object().is_none_or(serde_json::Map::is_empty);
    if !is_empty {
        open_api(&mut walk, root, "");
    }
    walk.wrong
}

fn open_api(walk: &mut Walk<'_>, value: &Value, at: &str) {
    let Value::Object(members) = value else { return walk.say(at, format!("{value} is no schema")) };
    let mut keywords =
        vec!["type", "format", "title", "description", "nullable", "enum", "anyOf", "default", "example"];
    if let Some(Value::Array(branches)) = members.get("anyOf") {
        walk.only(at, members, &["anyOf", "description", "nullable"]);
        branches.iter().enumerate().for_each(|(index, value)| open_api(walk, value, &format!("{at}/anyOf/{index}")));
        return;
    }
    match members.get("type").and_then(Value::as_str) {
        Some("STRING") => {
            keywords.extend(["minLength", "maxLength", "pattern"]);
            let format = members.get("format").and_then(Value::as_str);
            if format.is_some_and(|format| !["date-time", "enum"].contains(&format)) {
                walk.say(at, format!("the format {format:?}"));
            }
        }
        Some("NUMBER" | "INTEGER") => keywords.extend(["minimum", "maximum"]),
        Some("BOOLEAN") => {}
        Some("ARRAY") => {
            keywords.extend(["items", "minItems", "maxItems"]);
            match members.get("items") {
                Some(items) => open_api(walk, items, &format!("{at}/items")),
                None => walk.say(at, "an array without items"),
            }
        }
        Some("OBJECT") => {
            keywords.extend(["properties", "required", "minProperties", "maxProperties", "propertyOrdering"]);
            let properties = members.get("properties").and_then(Value::as_object);
            if properties.is_none_or(serde_json::Map::is_empty) {
                walk.say(at, "an object without properties");
            }
            for (name, value) in properties.into_iter().flatten() {
                open_api(walk, value, &format!("{at}/properties/{name}"));
            }
            for name in members.get("required").and_then(Value::as_array).into_iter().flatten() {
                if properties.is_none_or(|properties| !properties.contains_key(name.as_str().unwrap_or_default())) {
                    walk.say(at, format!("{name} is required and no property"));
                }
            }
        }
        other => walk.say(at, format!("the type {other:?}")),
    }
    for value in members.get("enum").and_then(Value::as_array).into_iter().flatten() {
        if !value.is_string() || value == "" || members.get("type").is_none_or(|name| name != "STRING") {
            walk.say(at, format!("{value} in an enum"));
        }
    }
    walk.only(at, members, &keywords);
}
