//! What the checks and the exports know of JSON Schema: which keywords hold schemas, what a `$ref` names, and when two
//! numbers are one.

use std::{
    cmp::Ordering,
    collections::{HashMap, hash_map::Entry},
};

use schemars::Schema;
use serde_json::{Map, Number, Value};

/// Keywords whose members are schemas by a name of the author's.
pub(crate) const NAMED: [&str; 5] = ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"];
/// Keywords that hold a list of schemas.
pub(crate) const LISTS: [&str; 4] = ["prefixItems", "anyOf", "oneOf", "allOf"];
/// Keywords that hold one schema.
pub(crate) const SINGLE: [&str; 11] = [
    "items",
    "additionalProperties",
    "unevaluatedProperties",
    "unevaluatedItems",
    "not",
    "if",
    "then",
    "else",
    "contains",
    "propertyNames",
    "contentSchema",
];

/// The number of schemas that are followed for one value, each from the one before. A schema may refer to itself; values
/// come to an end by themselves, since JSON is read no deeper than 128 levels.
pub(crate) const MAX_STEPS: usize = 32;

/// Why the references of a schema cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BrokenReference {
    /// A `$ref` names nothing in the schema. Holds it.
    Nowhere(String),
    /// A value would have to be held against more than [`MAX_STEPS`] schemas in a row.
    Endless,
}

impl std::fmt::Display for BrokenReference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nowhere(reference) => write!(f, "`{reference}` refers to nothing in the schema"),
            Self::Endless => write!(f, "a type is itself, or more than {MAX_STEPS} others in a row, for one value"),
        }
    }
}

/// Returns the schema that a `$ref` names: a JSON Pointer in a URI fragment, percent-encoded (RFC 6901, section 6), or an
/// `$anchor` (JSON Schema 2020-12, section 8.2.2). What is in another document is not there.
pub(crate) fn target<'a>(reference: &str, root: &'a Value) -> Option<&'a Value> {
    let fragment = reference.strip_prefix('#')?;
    let target = if fragment.is_empty() || fragment.starts_with('/') {
        // schemars encodes the names of types, so its own reader is what turns them back.
        <&Schema>::try_from(root).ok()?.pointer(reference)?
    } else {
        anchored(fragment, root)?
    };
    (target.is_object() || target.is_boolean()).then_some(target)
}

/// Returns the schema with this `$anchor`.
fn anchored<'a>(anchor: &str, root: &'a Value) -> Option<&'a Value> {
    let mut found = None;
    walk(root, &mut |value, schema| {
        if schema.get("$anchor").is_some_and(|own| own == anchor) {
            found.get_or_insert(value);
        }
    });
    found
}

/// The schemas in a list, such as `anyOf`.
pub(crate) fn schemas<'a>(schema: &'a Map<String, Value>, keyword: &str) -> &'a [Value] {
    schema.get(keyword).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Visits each schema that stands in a schema, and the schema itself.
pub(crate) fn walk<'a>(schema: &'a Value, visit: &mut impl FnMut(&'a Value, &'a Map<String, Value>)) {
    if let Value::Object(members) = schema {
        visit(schema, members);
        for (keyword, value) in members {
            let keyword = keyword.as_str();
            match value {
                Value::Object(named) if NAMED.contains(&keyword) => named.values().for_each(|it| walk(it, visit)),
                Value::Array(list) if LISTS.contains(&keyword) => list.iter().for_each(|it| walk(it, visit)),
                single if SINGLE.contains(&keyword) => walk(single, visit),
                _ => {}
            }
        }
    }
}

/// Returns what keeps the references of a schema from being followed, if there is something.
pub(crate) fn broken_reference(root: &Value) -> Option<BrokenReference> {
    let (mut broken, mut depths) = (None, HashMap::new());
    walk(root, &mut |value, schema| {
        if broken.is_none() {
            broken = nowhere(schema, root);
        }
        if broken.is_none() && depth(value, root, 0, &mut depths).is_none() {
            broken = Some(BrokenReference::Endless);
        }
    });
    broken
}

/// The reference of a schema, if it names nothing.
pub(crate) fn nowhere(schema: &Map<String, Value>, root: &Value) -> Option<BrokenReference> {
    // It depends on how a value was come by, and nothing here follows it.
    let dynamic = schema.get("$dynamicRef");
    let unknown = schema.get("$ref").filter(|reference| reference.as_str().and_then(|it| target(it, root)).is_none());
    let reference = dynamic.or(unknown)?;
    Some(BrokenReference::Nowhere(reference.as_str().map_or_else(|| reference.to_string(), str::to_owned)))
}

/// The number of schemas in a row that hold for one value, or `None` where there are more than [`MAX_STEPS`].
fn depth(schema: &Value, root: &Value, steps: usize, known: &mut HashMap<*const Value, usize>) -> Option<usize> {
    let Value::Object(members) = schema else { return Some(0) };
    if let Entry::Occupied(known) = known.entry(std::ptr::from_ref(schema)) {
        return (steps + known.get() <= MAX_STEPS).then_some(*known.get());
    }
    if steps > MAX_STEPS {
        return None;
    }
    let target = members.get("$ref").and_then(Value::as_str).and_then(|reference| target(reference, root));
    let parts = ["allOf", "anyOf", "oneOf"].iter().flat_map(|keyword| schemas(members, keyword));
    let mut deepest = 0;
    for next in target.into_iter().chain(parts) {
        deepest = deepest.max(1 + depth(next, root, steps + 1, known)?);
    }
    known.insert(std::ptr::from_ref(schema), deepest);
    Some(deepest)
}

/// Returns true for the numbers that are integers to a schema, `30.0` among them (JSON Schema Validation 2020-12,
/// section 6.1.1).
pub(crate) fn is_integer(number: &Number) -> bool {
    exact(number).is_some() || number.as_f64().is_some_and(|number| number.fract() == 0.0)
}

/// The integer that a number is written as.
pub(crate) fn exact(number: &Number) -> Option<i128> {
    number.as_i128()
}

/// Compares two numbers by what they are, however they are written.
pub(crate) fn compare(a: &Number, b: &Number) -> Ordering {
    match (exact(a), exact(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        (None, Some(b)) => a.as_f64().map_or(Ordering::Equal, |a| compare_to_integer(a, b)),
        (Some(a), None) => b.as_f64().map_or(Ordering::Equal, |b| compare_to_integer(b, a).reverse()),
        // JSON has no NaN.
        (None, None) => a.as_f64().partial_cmp(&b.as_f64()).unwrap_or(Ordering::Equal),
    }
}

/// Without rounding: as decimals, 2^64 and 2^64 - 1 are the same.
fn compare_to_integer(number: f64, integer: i128) -> Ordering {
    let whole = number.trunc();
    #[expect(clippy::cast_possible_truncation, reason = "it has no fraction, and ends at the bounds of the type")]
    let order = (whole as i128).cmp(&integer);
    order.then_with(|| number.partial_cmp(&whole).unwrap_or(Ordering::Equal))
}

/// Returns true if two values are one to a schema: numbers by what they are, also within lists and objects.
pub(crate) fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => compare(a, b).is_eq(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| is_same(a, b)))
        }
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_reference_is_read_as_a_pointer_in_a_fragment() {
        let root = json!({
            "$defs": {
                "Größe": { "title": "1" },
                "List<{T}>": { "title": "2" },
                "a/b~c": { "title": "3" },
                "50%": { "title": "4" },
                "here": { "$anchor": "here", "title": "5" },
            },
            "title": "0",
        });
        for (reference, title) in [
            ("#", "0"),
            ("#/$defs/Gr%C3%B6%C3%9Fe", "1"),
            ("#/$defs/Größe", "1"),
            ("#/$defs/List%3C%7BT%7D%3E", "2"),
            ("#/$defs/a~1b~0c", "3"),
            ("#/%24defs/a%7E1b%7E0c", "3"),
            ("#/$defs/50%25", "4"),
            ("#here", "5"),
        ] {
            assert_eq!(target(reference, &root).map(|schema| &schema["title"]), Some(&json!(title)), "{reference}");
        }
        for nowhere in ["", "#/", "#/$defs/none", "#none", "here", "other.json#/$defs/here", "#/title", "#/$defs/%FF"] {
            assert_eq!(target(nowhere, &root), None, "{nowhere}");
        }
    }

    #[test]
    fn references_that_cannot_be_followed_are_found_wherever_they_stand() {
        let nowhere = |reference: &str| Some(BrokenReference::Nowhere(reference.to_owned()));
        for (schema, broken) in [
            (json!({ "properties": { "a": { "$ref": "#/$defs/none" } } }), nowhere("#/$defs/none")),
            (json!({ "not": { "items": { "$ref": "x.json" } } }), nowhere("x.json")),
            (json!({ "$ref": 5 }), nowhere("5")),
            (json!({ "items": { "$dynamicRef": "#node" } }), nowhere("#node")),
            (json!({ "$ref": "#" }), Some(BrokenReference::Endless)),
            (
                json!({ "$ref": "#/$defs/a", "$defs": { "a": { "anyOf": [{ "type": "null" }, { "$ref": "#/$defs/a" }] } } }),
                Some(BrokenReference::Endless),
            ),
            (json!({ "properties": { "in": { "$ref": "#" } } }), None),
        ] {
            assert_eq!(broken_reference(&schema), broken, "{schema}");
        }
        let chain = |length: usize| {
            let mut definitions = Map::new();
            for at in 0..length {
                definitions.insert(at.to_string(), json!({ "$ref": format!("#/$defs/{}", at + 1) }));
            }
            definitions.insert(length.to_string(), json!({ "type": "object" }));
            json!({ "$ref": "#/$defs/0", "$defs": definitions })
        };
        assert_eq!(broken_reference(&chain(MAX_STEPS - 1)), None);
        assert_eq!(broken_reference(&chain(MAX_STEPS)), Some(BrokenReference::Endless));
    }
}
