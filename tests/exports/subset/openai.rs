//! `OpenAI`'s strict subset. <https://platform.openai.com/docs/guides/structured-outputs#supported-schemas>

use serde_json::{Map, Value};

use super::{Walk, Wrong};

const FORMATS: [&str; 9] = ["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"];
const TYPES: [&str; 7] = ["string", "number", "boolean", "integer", "object", "array", "null"];

pub fn judge(root: &Value) -> Wrong {
    let mut walk = Walk::new(root);
    if root.get("type").is_none_or(|name| name != "object") {
        walk.say("", "the root is no object");
    }
    let mut totals = Totals::default();
    schema(&mut walk, &mut totals, root, "", 0);
    if totals.properties > 5000 || totals.values > 1000 || totals.characters > 120_000 {
        walk.say("", format!("too large: {totals:?}"));
    }
    walk.wrong
}

#[derive(Debug, Default)]
struct Totals {
    properties: usize,
    values: usize,
    characters: usize,
}

fn schema(walk: &mut Walk<'_>, totals: &mut Totals, value: &Value, at: &str, depth: usize) {
    let Value::Object(members) = value else { return walk.say(at, format!("{value} is no schema")) };
    if let Some(Value::Object(definitions)) = members.get("$defs") {
        if !at.is_empty() {
            walk.say(at, "$defs beneath the root");
        }
        definitions.iter().for_each(|(name, value)| schema(walk, totals, value, &format!("/$defs/{name}"), 0));
    }
    if members.contains_key("$ref") {
        walk.only(at, members, &["$ref"]);
        return walk.resolves(at, members);
    }
    if let Some(Value::Array(branches)) = members.get("anyOf") {
        if at.is_empty() {
            walk.say(at, "a choice at the root");
        }
        walk.only(at, members, &["anyOf", "description"]);
        branches
            .iter()
            .enumerate()
            .for_each(|(index, value)| schema(walk, totals, value, &format!("{at}/anyOf/{index}"), depth));
        return;
    }
    let types: Vec<&str> = match members.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if types.is_empty() || types.iter().any(|name| !TYPES.contains(name)) {
        walk.say(at, format!("the type {:?}", members.get("type")));
    }
    let mut keywords = vec!["type", "description", "enum", "const", "$defs"];
    if types.contains(&"string") {
        keywords.extend(["pattern", "format"]);
        if members.get("format").is_some_and(|format| !FORMATS.contains(&format.as_str().unwrap_or_default())) {
            walk.say(at, format!("the format {}", members["format"]));
        }
    }
    if types.contains(&"number") || types.contains(&"integer") {
        keywords.extend(["multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum"]);
    }
    if types.contains(&"array") {
        keywords.extend(["items", "minItems", "maxItems"]);
        match members.get("items") {
            Some(items) => schema(walk, totals, items, &format!("{at}/items"), depth),
            None => walk.say(at, "an array without items"),
        }
    }
    if types.contains(&"object") {
        keywords.extend(["properties", "required", "additionalProperties"]);
        object(walk, totals, members, at, depth + 1);
    }
    for value in members.get("enum").and_then(Value::as_array).into_iter().flatten() {
        totals.values += 1;
        totals.characters += value.as_str().map_or(0, str::len);
    }
    walk.only(at, members, &keywords);
}

fn object(walk: &mut Walk<'_>, totals: &mut Totals, members: &Map<String, Value>, at: &str, depth: usize) {
    if depth > 10 {
        walk.say(at, "more than ten levels");
    }
    if members.get("additionalProperties") != Some(&Value::Bool(false)) {
        walk.say(at, "an object that is not closed");
    }
    let Some(Value::Object(properties)) = members.get("properties") else { return walk.say(at, "no properties") };
    let required: Vec<&str> =
        members.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    if !properties.keys().eq(required.iter()) {
        walk.say(at, format!("required are {required:?}"));
    }
    for (name, value) in properties {
        totals.properties += 1;
        totals.characters += name.len();
        schema(walk, totals, value, &format!("{at}/properties/{name}"), depth);
    }
}
