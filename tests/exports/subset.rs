//! Judges of our own, since none of the providers' packages checks these fully: whether a schema is in the subset that a
//! provider documents. They share nothing with the library but the documents, and are written as lists of what is
//! allowed.

mod anthropic;
mod bedrock;
mod gemini;
mod openai;

use jit_tools::{
    ToolDefinition,
    export::{ExportOptions, Provider},
};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use crate::{forms, types, zoo};

/// What is wrong with a schema.
type Wrong = Vec<String>;

type Judge = fn(&Value) -> Wrong;

/// The forms that have a subset, with its judge.
fn judges() -> Vec<(ExportOptions, Judge)> {
    vec![
        (ExportOptions::new(Provider::OpenAiResponses).strict(), openai::judge),
        (ExportOptions::new(Provider::Anthropic).strict(), anthropic::judge),
        (ExportOptions::new(Provider::Anthropic), anthropic::judge_plain),
        (ExportOptions::new(Provider::Gemini), gemini::judge),
        (ExportOptions::new(Provider::GeminiOpenApi), gemini::judge_open_api),
        (ExportOptions::new(Provider::Bedrock), bedrock::judge),
    ]
}

/// How many exports there were, of which so many with a strict form, and what is wrong with them.
fn judge_all<'a>(definitions: impl Iterator<Item = (String, &'a ToolDefinition)>) -> (usize, usize) {
    let judges = judges();
    let (mut exported, mut strict) = (0, 0);
    for (label, definition) in definitions {
        for (options, judge) in &judges {
            let Ok(export) = forms::export_one(definition, options) else { continue };
            // What has no strict form is in the plain one, which is another matter.
            if options.is_strict() && !export.is_strict(definition.name()) {
                continue;
            }
            exported += 1;
            strict += usize::from(options.is_strict());
            let schema = export.schema(definition.name()).unwrap();
            let wrong = judge(schema);
            assert!(
                wrong.is_empty(),
                "{label}, {options:?}: {wrong:#?}\nin {schema}\nof {}",
                definition.parameters().as_value()
            );
        }
    }
    (exported, strict)
}

#[test]
fn every_awkward_type_is_in_the_subset() {
    let entries = zoo::entries();
    let (exported, strict) = judge_all(entries.iter().map(|entry| (entry.name.to_owned(), &entry.definition)));
    assert!(exported > 250 && strict > 100, "{exported} exports, {strict} of them strict");
}

fn random_types_are_in_the_subset(count: u64) {
    let mut all = (0, 0);
    for seed in 0..count {
        let definition = ToolDefinition::with_schema("random", "Takes anything.", types::arguments(seed)).unwrap();
        let (exported, strict) = judge_all(std::iter::once((format!("seed {seed}"), &definition)));
        all = (all.0 + exported, all.1 + strict);
    }
    println!("{count} random types: {} exports, {} of them strict, none outside its subset", all.0, all.1);
    assert!(all.0 as u64 > count * 3 && all.1 as u64 > count / 2, "{all:?}");
}

#[test]
fn a_thousand_random_types_are_in_the_subset() {
    // Each in six forms.
    random_types_are_in_the_subset(1000);
}

#[test]
#[ignore = "takes minutes; faster with --release"]
fn a_hundred_thousand_random_types_are_in_the_subset() {
    random_types_are_in_the_subset(100_000);
}

/// A walk that knows where schemas are, and reports with the place.
struct Walk<'a> {
    root: &'a Value,
    wrong: Wrong,
}

impl<'a> Walk<'a> {
    fn new(root: &'a Value) -> Self {
        Self { root, wrong: Vec::new() }
    }

    fn say(&mut self, at: &str, what: impl std::fmt::Display) {
        self.wrong.push(format!("{at}: {what}"));
    }

    /// Only these keywords.
    fn only(&mut self, at: &str, schema: &Map<String, Value>, keywords: &[&str]) {
        for keyword in schema.keys().filter(|keyword| !keywords.contains(&keyword.as_str())) {
            self.say(at, format!("the keyword {keyword}"));
        }
    }

    /// As it is written, and as a URI: providers do either.
    fn resolves(&mut self, at: &str, schema: &Map<String, Value>) {
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let target = if reference == "#" { Some(self.root) } else { self.root.pointer(&reference[1..]) };
            if target.is_none() {
                self.say(at, format!("{reference} leads nowhere"));
            }
            if percent_decode_str(reference).decode_utf8_lossy() != reference {
                self.say(at, format!("{reference} is another name once it is decoded"));
            }
        }
    }
}

/// The names of the definitions to which a schema refers, `through` its properties: those that are not required are
/// left out where asked for.
fn references(schema: &Value, required_only: bool) -> Vec<String> {
    let mut found = Vec::new();
    match schema {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                found.push(reference.trim_start_matches("#/$defs/").to_owned());
            }
            let required = members.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
            for (keyword, member) in members {
                match (keyword.as_str(), member) {
                    ("properties", Value::Object(properties)) => {
                        for (name, property) in properties {
                            if !required_only || required.iter().any(|own| own == name) {
                                found.extend(references(property, required_only));
                            }
                        }
                    }
                    ("$defs" | "required" | "enum" | "$ref", _) => {}
                    _ => found.extend(references(member, required_only)),
                }
            }
        }
        Value::Array(members) => members.iter().for_each(|member| found.extend(references(member, required_only))),
        _ => {}
    }
    found
}

/// The definitions that contain themselves.
fn cyclic(root: &Value, required_only: bool) -> Vec<String> {
    let empty = Map::new();
    let definitions = root.get("$defs").and_then(Value::as_object).unwrap_or(&empty);
    let leads_back = |name: &&String| {
        let (mut seen, mut open) = (Vec::new(), references(&definitions[*name], required_only));
        while let Some(next) = open.pop() {
            if next == **name {
                return true;
            }
            if !seen.contains(&next) {
                open.extend(definitions.get(&next).map(|next| references(next, required_only)).unwrap_or_default());
                seen.push(next);
            }
        }
        false
    };
    definitions.keys().filter(leads_back).cloned().collect()
}

#[test]
fn the_judges_see_what_is_wrong() {
    use serde_json::json;

    let wrong: [(Judge, Value); 17] = [
        (openai::judge, json!({"type": "object", "properties": {}})),
        (
            openai::judge,
            json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": [], "additionalProperties": false}),
        ),
        (openai::judge, json!({"anyOf": [{"type": "string"}]})),
        (
            openai::judge,
            json!({"type": "object", "properties": {"a": {}}, "required": ["a"], "additionalProperties": false}),
        ),
        (
            openai::judge,
            json!({"type": "object", "properties": {"a": {"type": "string", "format": "uri"}}, "required": ["a"], "additionalProperties": false}),
        ),
        (
            openai::judge,
            json!({"type": "object", "properties": {"a": {"type": "array"}}, "required": ["a"], "additionalProperties": false}),
        ),
        (
            anthropic::judge,
            json!({"type": "object", "properties": {"a": {"type": "integer", "minimum": 0}}, "additionalProperties": false}),
        ),
        (
            anthropic::judge,
            json!({"type": "object", "properties": {"a": {"type": "array", "items": {"type": "string"}, "minItems": 2}}, "additionalProperties": false}),
        ),
        (
            anthropic::judge,
            json!({"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}, "additionalProperties": false, "$defs": {"A": {"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}, "additionalProperties": false}}}),
        ),
        (anthropic::judge_plain, json!({"type": "object", "properties": {"@type": {"type": "string"}}})),
        (gemini::judge, json!({"type": "object", "properties": {"a": {"const": "a"}}})),
        (
            gemini::judge,
            json!({"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}, "required": ["a"]}}}),
        ),
        (bedrock::judge, json!({"type": "object", "properties": {}, "additionalProperties": false})),
        (gemini::judge_open_api, json!({"type": "OBJECT", "properties": {"a": {"type": ["STRING", "NULL"]}}})),
        (gemini::judge, json!({"type": "object", "properties": {"a": {"type": "string", "enum": ["a", ""]}}})),
        (gemini::judge_open_api, json!({"type": "OBJECT", "properties": {"a": {"type": "STRING", "enum": [""]}}})),
        (
            openai::judge,
            json!({"type": "object", "properties": {"a": {"$ref": "#/$defs/%41"}}, "required": ["a"], "additionalProperties": false, "$defs": {"%41": {"type": "string"}}}),
        ),
    ];
    for (judge, schema) in wrong {
        assert!(!judge(&schema).is_empty(), "{schema}");
    }
}
