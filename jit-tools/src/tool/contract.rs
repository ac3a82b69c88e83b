//! What a model's arguments are held to before a call is run.

use std::collections::{HashMap, HashSet};

use regex_lite::Regex;
use serde_json::{Map, Value};

use super::check::{Checker, Violation};
use crate::json_schema::{self, schemas, walk};

/// The other names of an argument (`#[serde(alias)]`), in the schema that an expansion makes; no model is told of them.
pub(crate) const ALIASES: &str = "x-jit-tools-aliases";

/// How many references are followed to see what a type is.
const REFERENCES: usize = 8;

/// The schema that arguments are held against, since their types alone would let pass what it refuses.
#[derive(Debug)]
pub(crate) struct Contract {
    schema: Value,
    patterns: Patterns,
    fault: Option<Fault>,
}

/// Why no call can be run: the author's mistake, and not the model's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) reason: String,
    pub(crate) remedy: &'static str,
}

impl Contract {
    /// The contract of a schema. There is none for plain arguments, which are read from what the schema allows and
    /// nothing else: an object of numbers, texts, `bool`s and lists of these, without bounds.
    ///
    /// All other types are read from more than their schema says: a struct from a list, for instance.
    pub(crate) fn of(schema: &Value) -> Option<Self> {
        if is_plain(schema) {
            return None;
        }
        let patterns = Patterns::of(schema);
        let fault = if let Some(broken) = json_schema::broken_reference(schema) {
            Some(Fault {
                reason: broken.to_string(),
                remedy: "let schemars write the schema of each argument, or name a definition in `$defs`",
            })
        } else if is_object(schema, schema, REFERENCES) {
            patterns.fault()
        } else {
            Some(Fault {
                reason: "its arguments may be no JSON object, which is all that a model can send".to_owned(),
                remedy: "let the argument with `#[jit_tool(args)]` be a struct, or leave `args` out",
            })
        };
        Some(Self { schema: schema.clone(), patterns, fault })
    }

    pub(crate) fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }

    /// The first thing that is wrong with some arguments.
    pub(crate) fn violation(&self, arguments: &Value) -> Option<Violation> {
        self.checker().violation(arguments)
    }

    /// The arguments with each integer written as one, if some is not.
    pub(crate) fn with_integers(&self, json: &str) -> Option<String> {
        self.checker().with_integers(json)
    }

    fn checker(&self) -> Checker<'_> {
        Checker { root: &self.schema, patterns: &self.patterns, is_input: true }
    }
}

/// The same for plain arguments, which have no contract.
pub(super) fn with_integers(schema: &Value, json: &str) -> Option<String> {
    Checker { root: schema, patterns: &Patterns::default(), is_input: true }.with_integers(json)
}

/// The patterns of a schema, compiled once.
#[derive(Debug, Default)]
pub(crate) struct Patterns {
    compiled: HashMap<String, Regex>,
    unreadable: Option<(String, regex_lite::Error)>,
}

impl Patterns {
    pub(super) fn of(schema: &Value) -> Self {
        let mut patterns = Self::default();
        walk(schema, &mut |_, schema| {
            if let Some(pattern) = schema.get("pattern").and_then(Value::as_str) {
                patterns.add(pattern);
            }
            for (pattern, _) in schema.get("patternProperties").and_then(Value::as_object).into_iter().flatten() {
                patterns.add(pattern);
            }
        });
        patterns
    }

    fn add(&mut self, pattern: &str) {
        if self.compiled.contains_key(pattern) {
            return;
        }
        match Regex::new(pattern) {
            Ok(expression) => {
                self.compiled.insert(pattern.to_owned(), expression);
            }
            Err(error) => self.unreadable = Some((pattern.to_owned(), error)),
        }
    }

    fn fault(&self) -> Option<Fault> {
        let (pattern, error) = self.unreadable.as_ref()?;
        let reason = format!("the pattern `{pattern}` of an argument cannot be checked ({error})");
        let remedy = "write it without Unicode classes, look-around and back-references, or check the text in the body";
        Some(Fault { reason, remedy })
    }

    /// Whether a pattern allows a text. One that cannot be read does: its tool is not run, and its outputs may be.
    pub(super) fn allow(&self, pattern: &str, text: &str) -> bool {
        self.compiled.get(pattern).is_none_or(|expression| expression.is_match(text))
    }
}

/// What a `$ref` names, if there is one and it can be followed.
pub(super) fn target<'a>(schema: &Map<String, Value>, root: &'a Value) -> Option<&'a Value> {
    json_schema::target(schema.get("$ref")?.as_str()?, root)
}

/// Whether a range, a length or a pattern stands anywhere in a schema, or in what it refers to.
pub(super) fn is_constrained<'a>(schema: &'a Value, root: &'a Value) -> bool {
    let (mut left, mut seen, mut found) = (vec![schema], HashSet::new(), false);
    while let Some(next) = left.pop() {
        walk(next, &mut |_, schema| {
            found |= has_constraint(schema);
            left.extend(target(schema, root).filter(|target| seen.insert(std::ptr::from_ref(*target))));
        });
    }
    found
}

fn has_constraint(schema: &Map<String, Value>) -> bool {
    schema.iter().any(|(keyword, value)| match keyword.as_str() {
        "minimum" | "maximum" => !is_implied(schema, keyword, value),
        "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" | "minLength" | "maxLength" | "pattern" | "minItems"
        | "maxItems" | "minProperties" | "maxProperties" => true,
        _ => false,
    })
}

/// Whether a bound is that of the integer type that is read.
fn is_implied(schema: &Map<String, Value>, keyword: &str, bound: &Value) -> bool {
    let (least, most) = match schema.get("format").and_then(Value::as_str) {
        Some("uint8") => (0, Some(i64::from(u8::MAX))),
        Some("uint16") => (0, Some(i64::from(u16::MAX))),
        Some("uint" | "uint32" | "uint64" | "uint128") => (0, None),
        Some("int8") => (i64::from(i8::MIN), Some(i64::from(i8::MAX))),
        Some("int16") => (i64::from(i16::MIN), Some(i64::from(i16::MAX))),
        _ => return false,
    };
    bound.as_i64().is_some_and(|bound| if keyword == "minimum" { bound == least } else { Some(bound) == most })
}

/// Whether a schema is that of an object of plain values.
fn is_plain(root: &Value) -> bool {
    let Value::Object(schema) = root else { return false };
    schema.get("type").is_some_and(|name| name == "object")
        && schema.iter().all(|(keyword, value)| match keyword.as_str() {
            "properties" => value.as_object().is_some_and(|properties| {
                properties.values().all(|property| is_plain_value(property, root, REFERENCES))
            }),
            "additionalProperties" => value.is_boolean(),
            "type" | "required" | "$schema" | "$defs" => true,
            keyword => is_said_only(keyword),
        })
}

fn is_plain_value(schema: &Value, root: &Value, references: usize) -> bool {
    let Value::Object(schema) = schema else { return *schema == Value::Bool(true) };
    schema.iter().all(|(keyword, value)| match (keyword.as_str(), value) {
        ("type", Value::String(name)) => name != "object",
        ("type", Value::Array(names)) => names.iter().all(|name| name != "object"),
        ("minimum" | "maximum", bound) => is_implied(schema, keyword, bound),
        ("items", items) => is_plain_value(items, root, references),
        ("$ref", _) => {
            let target = target(schema, root).filter(|_| references > 0);
            target.is_some_and(|target| is_plain_value(target, root, references - 1))
        }
        ("format", _) => true,
        (keyword, _) => is_said_only(keyword),
    })
}

/// Whether a keyword tells something, and asks for nothing.
pub(super) fn is_said_only(keyword: &str) -> bool {
    ["title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly"].contains(&keyword)
        || keyword.starts_with("x-")
}

/// Whether all that a schema allows are objects, or anything at all.
fn is_object(schema: &Value, root: &Value, references: usize) -> bool {
    let Value::Object(schema) = schema else { return *schema == Value::Bool(true) };
    let all = |keyword: &str| schemas(schema, keyword).iter().all(|choice| is_object(choice, root, references));
    let is_typed = match schema.get("type") {
        Some(Value::Array(names)) => names.iter().all(|name| name == "object"),
        name => name.is_none_or(|name| name == "object"),
    };
    is_typed
        && schema.get("const").is_none_or(Value::is_object)
        && schemas(schema, "enum").iter().all(Value::is_object)
        && all("anyOf")
        && all("oneOf")
        && target(schema, root).is_none_or(|target| references == 0 || is_object(target, root, references - 1))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(properties: &Value) -> Option<Contract> {
        Contract::of(&json!({
            "type": "object",
            "properties": properties,
            "$defs": { "id": { "type": "integer", "format": "uint32", "minimum": 0 }, "inner": { "type": "object" } },
        }))
    }

    #[test]
    fn only_plain_arguments_have_no_contract() {
        for plain in [
            json!({}),
            json!({ "pattern": { "type": "string", "default": "x", "description": "A regex." }, "any": true }),
            json!({ "a": { "type": "integer", "format": "uint8", "minimum": 0, "maximum": 255 } }),
            json!({ "a": { "type": ["array", "null"], "items": { "type": "string", "format": "uuid" } } }),
            json!({ "a": { "$ref": "#/$defs/id" } }),
        ] {
            assert!(of(&plain).is_none(), "{plain}");
        }
        for other in [
            json!({ "a": { "type": "integer", "format": "uint8", "minimum": 0, "maximum": 9 } }),
            json!({ "default": { "type": "string", "pattern": "x" } }),
            json!({ "a": { "type": "array", "uniqueItems": true, "items": { "type": "string" } } }),
            json!({ "a": { "type": "string", "enum": ["b"] } }),
            json!({ "a": { "$ref": "#/$defs/inner" } }),
            json!({ "a": { "type": "array", "items": { "anyOf": [{ "$ref": "#/$defs/inner" }, { "type": "null" }] } } }),
        ] {
            assert!(of(&other).is_some(), "{other}");
        }
    }

    #[test]
    fn what_can_never_be_called_is_the_authors_fault() {
        for root in [
            json!({ "type": "integer" }),
            json!({ "type": ["array", "null"] }),
            json!({ "type": "string", "enum": ["a"] }),
            json!({ "anyOf": [{ "type": "null" }, { "$ref": "#/$defs/a" }], "$defs": { "a": { "type": "object" } } }),
        ] {
            let contract = Contract::of(&root).unwrap();
            assert!(contract.fault().is_some_and(|fault| fault.reason.contains("may be no JSON object")), "{root}");
        }
        let contract = of(&json!({ "a": { "type": "string", "pattern": r"^\p{L}+$" } })).unwrap();
        assert!(contract.fault().is_some_and(|fault| fault.reason.contains(r"`^\p{L}+$`")), "{contract:?}");
        let union =
            json!({ "oneOf": [{ "type": "object" }, { "$ref": "#/$defs/a" }], "$defs": { "a": { "type": "object" } } });
        assert_eq!(Contract::of(&union).unwrap().fault(), None);
    }

    #[test]
    fn another_name_of_an_argument_is_held_to_what_its_own_is() {
        let limit = json!({ "type": "integer", "maximum": 50, (ALIASES): ["max"] });
        let schema = json!({
            "properties": { "limit": limit },
            "required": ["limit"],
            "additionalProperties": false,
        });
        let contract = Contract::of(&schema).unwrap();
        assert_eq!(contract.violation(&json!({ "max": 50 })), None);
        let wrong = contract.violation(&json!({ "max": 51 })).unwrap();
        assert_eq!((&*wrong.path, &*wrong.text), ("max", "must be at most 50"));
        assert!(contract.violation(&json!({ "most": 1 })).is_some());
    }
}
