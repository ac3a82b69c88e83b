//! Values held against a schema: a model's arguments before the body runs, and in debug builds what a tool gives back.
//!
//! It knows the keywords that schemars writes, and lets pass what it does not know: the deserializer judges the
//! arguments after it, by types. A validator for all of JSON Schema would be several times the size of this crate.

use serde_json::{Map, Number, Value};

/// How deep a schema is followed; serde reads no deeper values than 128.
const DEPTH: usize = 256;

/// What is wrong with a value, and where.
#[derive(Debug, PartialEq)]
pub(crate) struct Violation {
    /// Such as `filter.sizes[2]`; empty for the value itself.
    pub(crate) path: String,
    /// Such as `must be at most 9`.
    pub(crate) text: String,
    /// Whether a range, a length or a pattern is at fault, which no type knows of.
    pub(crate) is_constraint: bool,
}

/// The first thing that is wrong with a value.
pub(crate) fn violation(schema: &Value, value: &Value) -> Option<Violation> {
    Checker { root: schema, depth: 0 }.check(schema, value, "").err()
}

/// Whether a schema has a range, a length or a pattern that the deserializer knows nothing of.
pub(crate) fn is_constrained(schema: &Value) -> bool {
    match schema {
        Value::Array(items) => items.iter().any(is_constrained),
        Value::Object(object) => object.iter().any(|(keyword, value)| match keyword.as_str() {
            "minimum" | "maximum" => value.is_number() && !is_implied(object, keyword, value),
            "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" | "minLength" | "maxLength" | "minItems"
            | "maxItems" | "minProperties" | "maxProperties"
                if value.is_number() =>
            {
                true
            }
            "pattern" if value.is_string() => true,
            // These hold values and no schemas.
            "default" | "examples" | "enum" | "const" => false,
            _ => is_constrained(value),
        }),
        _ => false,
    }
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

struct Checker<'a> {
    root: &'a Value,
    depth: usize,
}

impl<'a> Checker<'a> {
    fn check(&mut self, schema: &'a Value, value: &Value, path: &str) -> Result<(), Violation> {
        let Value::Object(schema) = schema else {
            return if *schema == Value::Bool(false) { Err(mismatch(path, "must not be there")) } else { Ok(()) };
        };
        if self.depth >= DEPTH {
            return Ok(());
        }
        self.depth += 1;
        let outcome = self.check_keywords(schema, value, path);
        self.depth -= 1;
        outcome
    }

    fn check_keywords(&mut self, schema: &'a Map<String, Value>, value: &Value, path: &str) -> Result<(), Violation> {
        if let Some(target) = schema.get("$ref").and_then(Value::as_str).and_then(|name| self.resolve(name)) {
            self.check(target, value, path)?;
        }
        check_type(schema, value, path)?;
        for part in schemas(schema, "allOf") {
            self.check(part, value, path)?;
        }
        for choice in ["anyOf", "oneOf"] {
            self.check_choice(schemas(schema, choice), value, path)?;
        }
        match value {
            Value::Number(number) => check_number(schema, number, path),
            Value::String(text) => check_text(schema, text, path),
            Value::Array(items) => self.check_items(schema, items, path),
            Value::Object(members) => self.check_members(schema, members, path),
            Value::Null | Value::Bool(_) => Ok(()),
        }
    }

    fn resolve(&self, name: &str) -> Option<&'a Value> {
        self.root.pointer(name.strip_prefix('#')?)
    }

    /// One of the choices has to fit. Where none does, and one is of the right type, that one says why.
    fn check_choice(&mut self, choices: &'a [Value], value: &Value, path: &str) -> Result<(), Violation> {
        let mut wrong: Option<Violation> = None;
        for choice in choices {
            match self.check(choice, value, path) {
                Ok(()) => return Ok(()),
                Err(violation) if violation.is_constraint || wrong.is_none() => wrong = Some(violation),
                Err(_) => {}
            }
        }
        wrong.map_or(Ok(()), Err)
    }

    fn check_items(&mut self, schema: &'a Map<String, Value>, items: &[Value], path: &str) -> Result<(), Violation> {
        check_size(schema, ["minItems", "maxItems"], items.len(), "items", path)?;
        let first = schemas(schema, "prefixItems");
        for (index, item) in items.iter().enumerate() {
            if let Some(schema) = first.get(index).or_else(|| schema.get("items")) {
                self.check(schema, item, &format!("{path}[{index}]"))?;
            }
        }
        Ok(())
    }

    fn check_members(
        &mut self,
        schema: &'a Map<String, Value>,
        members: &Map<String, Value>,
        path: &str,
    ) -> Result<(), Violation> {
        check_size(schema, ["minProperties", "maxProperties"], members.len(), "members", path)?;
        for name in schemas(schema, "required").iter().filter_map(Value::as_str) {
            if !members.contains_key(name) {
                return Err(mismatch(path, format!("must have a member `{name}`")));
            }
        }
        let properties = schema.get("properties");
        for (name, member) in members {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            let property = properties.and_then(|properties| properties.get(name));
            // The names that a pattern allows are not told from others; the deserializer does.
            let other = schema.get("additionalProperties").filter(|_| !schema.contains_key("patternProperties"));
            if let Some(schema) = property.or(other) {
                self.check(schema, member, &path)?;
            }
        }
        Ok(())
    }
}

fn check_type(schema: &Map<String, Value>, value: &Value, path: &str) -> Result<(), Violation> {
    let is = |name: &Value| match name.as_str() {
        Some("null") => value.is_null(),
        Some("boolean") => value.is_boolean(),
        Some("number") => value.is_number(),
        Some("integer") => value.as_number().is_some_and(is_integer),
        Some("string") => value.is_string(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => true,
    };
    match schema.get("type") {
        Some(Value::Array(names)) if !names.iter().any(is) => {
            return Err(mismatch(path, format!("must be one of the types {}", Value::from(names.clone()))));
        }
        Some(name @ Value::String(_)) if !is(name) => {
            return Err(mismatch(path, format!("must be of the type {name}")));
        }
        _ => {}
    }
    if schema.get("const").is_some_and(|constant| constant != value) {
        return Err(mismatch(path, "must be another value"));
    }
    match schema.get("enum") {
        Some(Value::Array(values)) if !values.contains(value) => {
            Err(mismatch(path, "must be one of the listed values"))
        }
        _ => Ok(()),
    }
}

fn check_number(schema: &Map<String, Value>, number: &Number, path: &str) -> Result<(), Violation> {
    let order =
        |keyword: &str| schema.get(keyword).and_then(Value::as_number).map(|bound| (compare(number, bound), bound));
    if let Some((order, bound)) = order("minimum")
        && order.is_lt()
    {
        return Err(constraint(path, format!("must be at least {bound}")));
    }
    if let Some((order, bound)) = order("maximum")
        && order.is_gt()
    {
        return Err(constraint(path, format!("must be at most {bound}")));
    }
    if let Some((order, bound)) = order("exclusiveMinimum")
        && order.is_le()
    {
        return Err(constraint(path, format!("must be more than {bound}")));
    }
    if let Some((order, bound)) = order("exclusiveMaximum")
        && order.is_ge()
    {
        return Err(constraint(path, format!("must be less than {bound}")));
    }
    if let Some(step) = schema.get("multipleOf").and_then(Value::as_f64)
        && number.as_f64().is_some_and(|number| (number / step).fract() != 0.0)
    {
        return Err(constraint(path, format!("must be a multiple of {step}")));
    }
    Ok(())
}

fn check_text(schema: &Map<String, Value>, text: &str, path: &str) -> Result<(), Violation> {
    if schema.contains_key("minLength") || schema.contains_key("maxLength") {
        check_size(schema, ["minLength", "maxLength"], text.chars().count(), "characters", path)?;
    }
    let Some(pattern) = schema.get("pattern").and_then(Value::as_str) else { return Ok(()) };
    // An expression that cannot be read allows nothing: what it was to keep out is not known.
    match regex_lite::Regex::new(pattern) {
        Ok(expression) if expression.is_match(text) => Ok(()),
        Ok(_) => Err(constraint(path, format!("must match the pattern {pattern}"))),
        Err(error) => Err(constraint(path, format!("cannot be checked, since its pattern is none: {error}"))),
    }
}

fn check_size(
    schema: &Map<String, Value>,
    [least, most]: [&str; 2],
    size: usize,
    what: &str,
    path: &str,
) -> Result<(), Violation> {
    let size = u64::try_from(size).unwrap_or(u64::MAX);
    let bound = |keyword: &str| schema.get(keyword).and_then(Value::as_u64);
    if let Some(least) = bound(least).filter(|least| size < *least) {
        return Err(constraint(path, format!("must have at least {least} {what}")));
    }
    if let Some(most) = bound(most).filter(|most| size > *most) {
        return Err(constraint(path, format!("must have at most {most} {what}")));
    }
    Ok(())
}

fn schemas<'a>(schema: &'a Map<String, Value>, keyword: &str) -> &'a [Value] {
    schema.get(keyword).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn is_integer(number: &Number) -> bool {
    number.is_i64() || number.is_u64() || number.as_f64().is_some_and(|number| number.fract() == 0.0)
}

fn compare(a: &Number, b: &Number) -> std::cmp::Ordering {
    let exact = |number: &Number| number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
    match (exact(a), exact(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => a.as_f64().unwrap_or_default().total_cmp(&b.as_f64().unwrap_or_default()),
    }
}

fn mismatch(path: &str, text: impl Into<String>) -> Violation {
    Violation { path: path.to_owned(), text: text.into(), is_constraint: false }
}

fn constraint(path: &str, text: impl Into<String>) -> Violation {
    Violation { path: path.to_owned(), text: text.into(), is_constraint: true }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_constraint_is_told_at_its_place() {
        let schema = json!({
            "type": "object",
            "properties": {
                "size": { "type": "integer", "minimum": 1, "maximum": 9 },
                "ratio": { "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1.5 },
                "even": { "type": "integer", "multipleOf": 2 },
                "code": { "anyOf": [{ "type": "string", "minLength": 2, "maxLength": 3, "pattern": "^ä" }, { "type": "null" }] },
                "list": { "type": "array", "maxItems": 2, "items": { "$ref": "#/$defs/small" } },
                "map": { "type": "object", "minProperties": 1, "additionalProperties": { "$ref": "#/$defs/small" } },
                "broken": { "type": "string", "pattern": "(" },
            },
            "$defs": { "small": { "type": "integer", "maximum": 3 } },
        });
        for (value, path, text) in [
            (json!({ "size": 0 }), "size", "must be at least 1"),
            (json!({ "size": 10 }), "size", "must be at most 9"),
            (json!({ "ratio": 0 }), "ratio", "must be more than 0"),
            (json!({ "ratio": 1.5 }), "ratio", "must be less than 1.5"),
            (json!({ "even": 3 }), "even", "must be a multiple of 2"),
            (json!({ "code": "ä" }), "code", "must have at least 2 characters"),
            (json!({ "code": "äöüß" }), "code", "must have at most 3 characters"),
            (json!({ "code": "xy" }), "code", "must match the pattern ^ä"),
            (json!({ "list": [1, 2, 3] }), "list", "must have at most 2 items"),
            (json!({ "list": [1, 9] }), "list[1]", "must be at most 3"),
            (json!({ "map": {} }), "map", "must have at least 1 members"),
            (json!({ "map": { "a": 4 } }), "map.a", "must be at most 3"),
        ] {
            let found = violation(&schema, &value).unwrap();
            assert!(found.is_constraint && (&*found.path, &*found.text) == (path, text), "{value}: {found:?}");
        }
        assert!(violation(&schema, &json!({ "broken": "x" })).unwrap().is_constraint);
        let good = json!({ "size": 9, "ratio": 1, "even": 4, "code": null, "list": [3], "map": { "a": 3 } });
        assert_eq!(violation(&schema, &good), None);
    }

    #[test]
    fn a_type_that_is_wrong_is_no_constraint() {
        let schema = json!({ "type": ["integer", "null"], "maximum": 3 });
        assert!(!violation(&schema, &json!("x")).unwrap().is_constraint);
        let schema = json!({ "oneOf": [{ "const": "a" }, { "enum": ["b"] }], "description": "One." });
        assert!(violation(&schema, &json!("b")).is_none() && violation(&schema, &json!("c")).is_some());
        let schema = json!({ "required": ["a"], "additionalProperties": false, "properties": { "a": true } });
        assert!(violation(&schema, &json!({})).is_some() && violation(&schema, &json!({ "a": 1, "b": 2 })).is_some());
    }

    #[test]
    fn what_the_integer_type_implies_is_no_constraint_to_check() {
        assert!(!is_constrained(&json!({ "type": "integer", "format": "uint8", "minimum": 0, "maximum": 255 })));
        assert!(is_constrained(&json!({ "type": "integer", "format": "uint8", "minimum": 0, "maximum": 9 })));
        assert!(!is_constrained(&json!({ "properties": { "pattern": { "type": "string", "default": "x" } } })));
        assert!(is_constrained(&json!({ "$defs": { "a": { "items": { "pattern": "x" } } } })));
    }

    #[test]
    fn a_schema_that_refers_to_itself_comes_to_an_end() {
        assert_eq!(violation(&json!({ "$ref": "#" }), &json!(1)), None);
    }
}
