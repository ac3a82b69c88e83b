//! Types made at random, and the schemas that schemars writes for such.
//!
//! A seed gives a type, always the same, so that a failure is told by its seed.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use crate::random::Random;

/// What is encoded in a reference.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The schema of a random struct of arguments.
pub fn arguments(seed: u64) -> Value {
    let mut types = Types { random: Random::new(seed), definitions: Map::new(), open: Vec::new(), flattened: 0 };
    let mut root = types.structure(3, true);
    root["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    root["title"] = json!("Arguments");
    if !types.definitions.is_empty() {
        root["$defs"] = types.definitions.into();
    }
    root
}

struct Types {
    random: Random,
    definitions: Map<String, Value>,
    /// The definitions that are being made, to which a type that contains itself refers.
    open: Vec<String>,
    /// How deep we are in structs whose fields stand among those of another.
    flattened: usize,
}

impl Types {
    fn below(&mut self, count: usize) -> usize {
        self.random.below(count)
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn value(&mut self, depth: usize) -> Value {
        let kinds = if depth == 0 { 10 } else { 26 };
        match self.below(kinds) {
            0 => json!({"type": "boolean"}),
            1 => json!({"type": "integer", "format": "uint8", "minimum": 0, "maximum": 255}),
            2 => json!({"type": "integer", "format": "int64"}),
            3 => json!({"type": "number", "format": "double"}),
            4 => self.text(),
            5 => json!({"type": "string", "enum": ["red", "green"]}),
            6 => json!({"type": "string"}),
            7 => match self.below(6) {
                0 => json!({"type": "null"}),
                1 => json!(true),
                2 => json!({"type": "integer", "enum": [1, 2, 5]}),
                3 => json!({"const": true}),
                4 => json!({"type": "integer", "format": "int32", "not": {"const": 0}}),
                _ => json!({"type": "object"}),
            },
            8 => json!({"type": "string", "minLength": 1, "maxLength": 1}),
            9 => self.recursive(),
            10 | 11 => self.option(depth),
            12 | 13 => self.list(depth),
            14 | 15 => self.tuple(depth),
            16 => json!({"type": "object", "additionalProperties": self.value(depth - 1)}),
            17 => {
                let value = self.value(depth - 1);
                json!({"type": "object", "additionalProperties": false, "patternProperties": {"^\\d+$": value}})
            }
            18 => json!({"type": "object", "additionalProperties": false, "properties": {
                "red": {"type": "boolean"}, "green": {"type": "boolean"},
            }}),
            19..=21 => self.named(depth, false),
            _ => self.named(depth, true),
        }
    }

    fn text(&mut self) -> Value {
        const FORMATS: [&str; 8] = ["uri", "email", "date-time", "partial-date-time", "uuid", "ip", "ipv4", "ipv6"];
        match self.below(3) {
            0 => json!({"type": "string", "format": FORMATS[self.below(FORMATS.len())]}),
            1 => json!({"type": "string", "pattern": "^[a-z]+$"}),
            _ => json!({"type": "string", "minLength": 2, "maxLength": 8}),
        }
    }

    fn option(&mut self, depth: usize) -> Value {
        let mut inner = self.value(depth - 1);
        let name = inner.get("type").and_then(Value::as_str).filter(|name| *name != "null").map(str::to_owned);
        match (name, inner.get("enum").is_some() || inner.get("const").is_some()) {
            (Some(name), false) => {
                inner["type"] = json!([name, "null"]);
                inner
            }
            (Some(name), true) => {
                inner["type"] = json!([name, "null"]);
                if let Some(Value::Array(values)) = inner.get_mut("enum") {
                    values.push(Value::Null);
                }
                inner
            }
            _ if inner == json!(true) => inner,
            _ => json!({"anyOf": [inner, {"type": "null"}]}),
        }
    }

    fn list(&mut self, depth: usize) -> Value {
        let items = self.value(depth - 1);
        match self.below(4) {
            0 => json!({"type": "array", "uniqueItems": true, "items": items}),
            1 => json!({"type": "array", "items": items, "minItems": 2, "maxItems": 3}),
            _ => json!({"type": "array", "items": items}),
        }
    }

    fn tuple(&mut self, depth: usize) -> Value {
        let length = 1 + self.below(3);
        let items: Vec<_> = (0..length).map(|_| self.value(depth - 1)).collect();
        json!({"type": "array", "prefixItems": items, "minItems": length, "maxItems": length})
    }

    /// A type with a name, in `$defs`, with a description beside the reference now and then.
    fn named(&mut self, depth: usize, is_enum: bool) -> Value {
        const NAMES: [&str; 6] = ["Type", "Größe", "List<{T}>", "a/b~", "50%25 ", "Type.of-"];
        let number = self.definitions.len() + self.open.len();
        let name = format!("{}{number}", NAMES[number % NAMES.len()]);
        self.open.push(name.clone());
        let schema = if is_enum { self.enumeration(depth) } else { self.structure(depth - 1, false) };
        self.open.pop();
        self.definitions.insert(name.clone(), schema);
        self.reference(&name)
    }

    fn reference(&mut self, name: &str) -> Value {
        // As schemars writes it: a JSON Pointer in a URI.
        let name = name.replace('~', "~0").replace('/', "~1");
        let reference = format!("#/$defs/{}", utf8_percent_encode(&name, ENCODED));
        match self.below(4) {
            0 => json!({"$ref": reference, "description": "What it is for."}),
            _ => json!({"$ref": reference}),
        }
    }

    /// A type that contains itself: optional, or in a list.
    fn recursive(&mut self) -> Value {
        // Most types do not.
        if !self.one_in(4) {
            return json!({"type": "string"});
        }
        let Some(name) = self.open.first().cloned() else { return json!({"type": "string"}) };
        let reference = self.reference(&name);
        match self.below(3) {
            0 => json!({"anyOf": [reference, {"type": "null"}]}),
            1 => json!({"type": "array", "items": reference}),
            _ => json!({"type": "object", "additionalProperties": reference}),
        }
    }

    fn structure(&mut self, depth: usize, is_root: bool) -> Value {
        const NAMES: [&str; 8] = ["id", "title", "type", "größe", "@kind", "items", "$ref", "a name"];
        let mut properties = Map::new();
        let mut required = Vec::new();
        for _ in 0..self.below(4) + usize::from(is_root) {
            let name = NAMES[self.below(NAMES.len())];
            // Of two fields with one name in one object, serde gives the value to one, and none to the other.
            let name = if self.flattened == 0 { name.to_owned() } else { format!("{name}{}", self.flattened) };
            let mut schema = self.value(depth);
            if schema.get("$ref").is_none() && schema.is_object() && self.one_in(3) {
                schema["description"] = json!("A field.");
            }
            match self.below(3) {
                0 => {}
                1 if schema.is_object() => schema["default"] = json!(null),
                _ => required.push(json!(name)),
            }
            required.dedup();
            properties.insert(name, schema);
        }
        required.retain(|name| properties.contains_key(name.as_str().unwrap()));
        required.sort_by_key(Value::to_string);
        required.dedup();
        let mut schema = json!({"type": "object"});
        if !properties.is_empty() {
            schema["properties"] = properties.into();
        }
        if !required.is_empty() {
            schema["required"] = required.into();
        }
        if depth > 0 && self.one_in(6) {
            // A flattened enum, or a flattened map.
            if self.one_in(2) {
                schema["oneOf"] = self.tagged(depth - 1);
            } else {
                schema["additionalProperties"] = self.value(depth - 1);
            }
        } else if self.one_in(4) {
            schema["additionalProperties"] = json!(false);
        }
        schema
    }

    fn enumeration(&mut self, depth: usize) -> Value {
        match self.below(4) {
            0 => json!({"oneOf": [
                {"type": "string", "enum": ["All"]},
                {"type": "string", "const": "Off", "description": "Nothing at all."},
            ]}),
            1 => json!({"oneOf": self.tagged(depth - 1)}),
            2 => {
                let (inner, other) = (self.value(depth - 1), self.value(depth - 1));
                json!({"oneOf": [
                    {"type": "string", "enum": ["Unit"]},
                    {"type": "object", "properties": {"One": inner}, "required": ["One"], "additionalProperties": false},
                    {"type": "object", "properties": {"Two": other}, "required": ["Two"], "additionalProperties": false},
                ]})
            }
            _ => json!({"anyOf": [{"type": "integer", "format": "int32"}, self.named(depth.min(1), false)]}),
        }
    }

    /// Variants with a tag: internally, with fields of their own or those of a struct, or adjacently.
    fn tagged(&mut self, depth: usize) -> Value {
        let first =
            json!({"type": "object", "properties": {"tag": {"type": "string", "const": "first"}}, "required": ["tag"]});
        let inner = self.value(depth);
        let second = json!({"type": "object", "properties": {
            "tag": {"type": "string", "const": "second"}, "content": inner,
        }, "required": ["tag", "content"]});
        if depth == 0 || self.one_in(2) {
            return json!([first, second]);
        }
        self.flattened += 1;
        let third = self.named(depth, false);
        self.flattened -= 1;
        let Value::Object(mut third) = third else { return json!([first, second]) };
        third.extend([
            ("type".to_owned(), json!("object")),
            ("properties".to_owned(), json!({"tag": {"type": "string", "const": "third"}})),
            ("required".to_owned(), json!(["tag"])),
        ]);
        json!([first, second, third])
    }
}
