//! Anthropic's strict subset, and what its plain form asks for.
//! <https://platform.claude.com/docs/en/build-with-claude/structured-outputs#json-schema-limitations>

use serde_json::Value;

use super::{Walk, Wrong, cyclic};

const FORMATS: [&str; 10] =
    ["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"];

pub fn judge(root: &Value) -> Wrong {
    let mut walk = Walk::new(root);
    root_is_an_object(&mut walk);
    for name in cyclic(root, false) {
        walk.say("", format!("{name} contains itself"));
    }
    schema(&mut walk, root, "");
    walk.wrong
}

pub fn judge_plain(root: &Value) -> Wrong {
    let mut walk = Walk::new(root);
    root_is_an_object(&mut walk);
    names(&mut walk, root, "");
    walk.wrong
}

fn root_is_an_object(walk: &mut Walk<'_>) {
    if walk.root.get("type").is_none_or(|name| name != "object") {
        walk.say("", "the root is no object");
    }
    for keyword in ["anyOf", "oneOf", "allOf"] {
        if walk.root.get(keyword).is_some() {
            walk.say("", format!("{keyword} at the root"));
        }
    }
}

/// Names of properties, wherever they are.
fn names(walk: &mut Walk<'_>, value: &Value, at: &str) {
    match value {
        Value::Object(members) => {
            for (keyword, member) in members {
                let at = format!("{at}/{keyword}");
                match (keyword.as_str(), member) {
                    ("properties", Value::Object(properties)) => {
                        for (name, property) in properties {
                            is_a_name(walk, name, &at);
                            names(walk, property, &format!("{at}/{name}"));
                        }
                    }
                    ("default" | "examples" | "enum" | "const", _) => {}
                    _ => names(walk, member, &at),
                }
            }
        }
        Value::Array(members) => members.iter().for_each(|member| names(walk, member, at)),
        _ => {}
    }
}

fn is_a_name(walk: &mut Walk<'_>, name: &str, at: &str) {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    if name.is_empty() || name.len() > 64 || !name.chars().all(is_allowed) {
        walk.say(at, format!("the name {name:?}"));
    }
}

fn schema(walk: &mut Walk<'_>, value: &Value, at: &str) {
    let Value::Object(members) = value else { return walk.say(at, format!("{value} is no schema")) };
    for (name, value) in members.get("$defs").and_then(Value::as_object).into_iter().flatten() {
        schema(walk, value, &format!("/$defs/{name}"));
    }
    if members.contains_key("$ref") {
        walk.only(at, members, &["$ref"]);
        return walk.resolves(at, members);
    }
    if let Some(Value::Array(branches)) = members.get("anyOf") {
        walk.only(at, members, &["anyOf", "description"]);
        branches.iter().enumerate().for_each(|(index, value)| schema(walk, value, &format!("{at}/anyOf/{index}")));
        return;
    }
    let types: Vec<&str> = match members.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => return walk.say(at, "no type"),
    };
    let mut keywords = vec!["type", "description", "enum", "const", "$defs"];
    if types.contains(&"string") {
        keywords.push("format");
        if members.get("format").is_some_and(|format| !FORMATS.contains(&format.as_str().unwrap_or_default())) {
            walk.say(at, format!("the format {}", members["format"]));
        }
    }
    if types.contains(&"array") {
        keywords.extend(["items", "minItems"]);
        if members.get("minItems").is_some_and(|least| least.as_u64().is_none_or(|least| least > 1)) {
            walk.say(at, "minItems beyond one");
        }
        match members.get("items") {
            Some(items) => schema(walk, items, &format!("{at}/items")),
            None => walk.say(at, "an array without items"),
        }
    }
    if types.contains(&"object") {
        keywords.extend(["properties", "required", "additionalProperties"]);
        if members.get("additionalProperties") != Some(&Value::Bool(false)) {
            walk.say(at, "an object that is not closed");
        }
        for (name, value) in members.get("properties").and_then(Value::as_object).into_iter().flatten() {
            is_a_name(walk, name, at);
            schema(walk, value, &format!("{at}/properties/{name}"));
        }
    }
    let scalars = members.get("enum").and_then(Value::as_array).into_iter().flatten().chain(members.get("const"));
    if scalars.into_iter().any(|value| value.is_array() || value.is_object()) {
        walk.say(at, "a constant that is no scalar");
    }
    walk.only(at, members, &keywords);
}
