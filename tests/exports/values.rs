//! Values that a schema allows, made at random.

use percent_encoding::percent_decode_str;
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Map, Value, json};

/// Whether a schema allows `null`.
fn admits_null(schema: &Value, root: &Value, depth: usize) -> bool {
    let Value::Object(members) = schema else { return *schema == json!(true) };
    if depth == 0 {
        return false;
    }
    let below = |schema: &Value| admits_null(schema, root, depth - 1);
    if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
        return target(reference, root).is_some_and(below);
    }
    let has = |keyword: &str| members.get(keyword).and_then(Value::as_array);
    match members.get("type") {
        Some(Value::String(name)) => name == "null",
        Some(Value::Array(names)) => names.iter().any(|name| name == "null"),
        _ => {
            members.get("const").is_none_or(Value::is_null)
                && has("enum").is_none_or(|values| values.contains(&Value::Null))
                && has("anyOf").or(has("oneOf")).is_none_or(|branches| branches.iter().any(below))
        }
    }
}

/// What a reference names: a JSON Pointer in a URI fragment (RFC 6901, section 6).
fn target<'a>(reference: &str, root: &'a Value) -> Option<&'a Value> {
    let fragment = percent_decode_str(reference.strip_prefix('#')?).decode_utf8().unwrap();
    root.pointer(&fragment)
}

/// How deep a type that contains itself is followed.
const DEPTH: usize = 4;

/// Values of a canonical schema.
pub fn of(schema: &Value) -> BoxedStrategy<Value> {
    within(schema, schema, DEPTH)
}

fn within(schema: &Value, root: &Value, depth: usize) -> BoxedStrategy<Value> {
    let Value::Object(members) = schema else { return anything() };
    if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
        let target = target(reference, root).unwrap();
        if depth == 0 {
            // Deeper than any test looks; a value that is read or not read tells nothing wrong.
            return Just(Value::Null).boxed();
        }
        let (target, mut rest) = (within(target, root, depth - 1), members.clone());
        rest.shift_remove("$ref");
        rest.shift_remove("description");
        rest.shift_remove("default");
        return if rest.is_empty() { target } else { joined(target, within(&Value::Object(rest), root, depth)) };
    }
    if let Some(value) = members.get("const") {
        return Just(value.clone()).boxed();
    }
    if let Some(Value::Array(values)) = members.get("enum") {
        return select(values.clone()).boxed();
    }
    let choice = members.get("oneOf").or_else(|| members.get("anyOf")).and_then(Value::as_array);
    if let Some(branches) = choice {
        let branches: Vec<_> = branches.iter().map(|branch| within(branch, root, depth)).collect();
        let chosen = proptest::strategy::Union::new(branches).boxed();
        return if members.contains_key("properties") { joined(object(members, root, depth), chosen) } else { chosen };
    }
    match members.get("type") {
        Some(Value::Array(types)) => {
            let branch = |name: &Value| {
                let mut members = members.clone();
                members.insert("type".to_owned(), name.clone());
                within(&Value::Object(members), root, depth)
            };
            proptest::strategy::Union::new(types.iter().map(branch).collect::<Vec<_>>()).boxed()
        }
        Some(Value::String(name)) => typed(name, members, root, depth),
        _ => anything(),
    }
}

fn typed(name: &str, members: &Map<String, Value>, root: &Value, depth: usize) -> BoxedStrategy<Value> {
    let float = |keyword: &str, other: f64| members.get(keyword).and_then(Value::as_f64).unwrap_or(other);
    let count = |keyword: &str| members.get(keyword).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
    match name {
        "null" => Just(Value::Null).boxed(),
        "boolean" => any::<bool>().prop_map(Value::Bool).boxed(),
        "integer" => {
            let least = members.get("minimum").and_then(Value::as_i64).unwrap_or(-1000);
            let most = members.get("maximum").and_then(Value::as_i64).unwrap_or(1000).max(least);
            (least..=most).prop_map(|number| json!(number)).boxed()
        }
        // Halves are the same in binary and in decimal, and as `f32`.
        "number" => {
            let (least, most) = (float("minimum", -8.0), float("maximum", 8.0));
            (0_u8..=16).prop_map(move |part| json!(least + (most - least) * f64::from(part) / 16.0)).boxed()
        }
        "string" => text(members, count("minLength").unwrap_or(0), count("maxLength").unwrap_or(8)),
        "array" => {
            if let Some(Value::Array(items)) = members.get("prefixItems") {
                let items: Vec<_> = items.iter().map(|item| within(item, root, depth)).collect();
                return items.prop_map(Value::Array).boxed();
            }
            let items = members.get("items").map_or_else(anything, |items| within(items, root, depth));
            let least = count("minItems").unwrap_or(0);
            let most = count("maxItems").unwrap_or(least + if depth > 2 { 3 } else { 1 });
            let is_set = members.contains_key("uniqueItems");
            vec(items, least..=most)
                .prop_map(move |mut items| {
                    if is_set {
                        items.sort_by_key(Value::to_string);
                        items.dedup();
                    }
                    Value::Array(items)
                })
                .boxed()
        }
        _ => object(members, root, depth),
    }
}

fn text(members: &Map<String, Value>, least: usize, most: usize) -> BoxedStrategy<Value> {
    let texts: &[&str] = match members.get("format").and_then(Value::as_str) {
        Some("ip") => &["127.0.0.1", "::1"],
        Some("ipv4") => &["10.0.0.1"],
        Some("ipv6") => &["fe80::1"],
        Some("uri") => &["https://example.com/"],
        Some("email") => &["ada@example.com"],
        Some("date-time") => &["2026-11-24T10:00:00Z"],
        Some("uuid") => &["67e55044-10b1-426f-9247-bb680e5fe0c8"],
        Some(_) => &["2026-11-24T10:00:00"],
        None if members.contains_key("pattern") => &["a", "abc"],
        None => &[],
    };
    if texts.is_empty() {
        // Texts that look like something else are the ones that get confused with it.
        let mean = select(vec!["null", "true", "1", "{}", "[]", "\"", "key", "größe", ""]);
        let fits = move |text: &String| (least..=most).contains(&text.chars().count());
        let mean = mean.prop_map(str::to_owned).prop_filter("its length", fits);
        let plain = proptest::string::string_regex(&format!("[a-zé \"\\\\]{{{least},{most}}}")).unwrap();
        if least > 2 {
            plain.prop_map(Value::String).boxed()
        } else {
            prop_oneof![plain, mean].prop_map(Value::String).boxed()
        }
    } else {
        select(texts.to_vec()).prop_map(|text| json!(text)).boxed()
    }
}

fn object(members: &Map<String, Value>, root: &Value, depth: usize) -> BoxedStrategy<Value> {
    let required = members.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let properties = members.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let known: Vec<_> = properties
        .iter()
        .map(|(name, schema)| {
            let name = name.clone();
            // As a type writes it: what may be `null` is there, and what may only be left out is not always.
            let is_required = required.contains(&json!(name)) || admits_null(schema, root, DEPTH);
            let value = within(schema, root, depth);
            let value = if is_required { value.prop_map(Some).boxed() } else { proptest::option::of(value).boxed() };
            value.prop_map(move |value| value.map(|value| (name.clone(), value)))
        })
        .collect();
    let patterns = members.get("patternProperties").and_then(Value::as_object);
    let pattern = patterns.and_then(|patterns| patterns.iter().next());
    let others = match (members.get("additionalProperties"), pattern) {
        (_, Some((_, schema))) => Some((within(schema, root, depth), vec!["0", "7", "12"])),
        (Some(Value::Bool(true)), _) => Some((anything(), vec!["a", "key", "value", "2"])),
        (Some(schema @ Value::Object(_)), _) => Some((within(schema, root, depth), vec!["a", "key", "value", "2"])),
        _ => None,
    };
    let taken = properties.clone();
    let others = match others {
        Some((value, keys)) => proptest::collection::btree_map(select(keys), value, 0..=2).boxed(),
        None => Just(std::collections::BTreeMap::new()).boxed(),
    };
    (known, others)
        .prop_map(move |(known, others)| {
            let mut members: Map<String, Value> = known.into_iter().flatten().collect();
            members.extend(
                others
                    .into_iter()
                    .map(|(key, value)| (key.to_owned(), value))
                    .filter(|(key, _)| !taken.contains_key(key)),
            );
            Value::Object(members)
        })
        .boxed()
}

fn joined(one: BoxedStrategy<Value>, other: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    (one, other)
        .prop_map(|(one, other)| match (one, other) {
            (Value::Object(mut one), Value::Object(other)) => {
                one.extend(other);
                Value::Object(one)
            }
            (one, _) => one,
        })
        .boxed()
}

fn anything() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (-9_i64..9).prop_map(|number| json!(number)),
        select(vec!["null", "1", "[1]", "a", ""]).prop_map(|text| json!(text)),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::Array),
            proptest::collection::btree_map("[a-c]", inner, 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
    .boxed()
}
