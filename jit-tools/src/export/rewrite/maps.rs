//! Objects whose keys are not known.

use serde_json::{Value, json};

use super::objects::closed_object;
use crate::export::{
    dialect::{Dialect, Maps, Root},
    error::Refusal,
    schema::{Object, Path, bottom_up, describe, has_type, mark, properties},
};

/// The property that holds what a struct takes beside its own fields.
const REST: &str = "additional_properties";

/// Where the dialect has no maps, one is a list of objects with `key` and `value`, which the codec turns back. What a
/// struct takes beside its own fields is such a list in a property of its own.
pub(super) fn rewrite(schema: &mut Value, dialect: &Dialect) -> Result<(), Refusal> {
    if dialect.maps == Maps::Kept {
        return Ok(());
    }
    bottom_up(schema, &Path::default(), &mut |schema, path| {
        let names = schema.shift_remove("propertyNames");
        let Some(map) = Map::of(schema, names) else { return Ok(()) };
        // Of a bare root it cannot be said what else is in it.
        let maps = if path.is_root() && dialect.root == Root::Bare { Maps::Pairs } else { dialect.maps };
        match (maps, properties(schema).is_some()) {
            (Maps::Pairs, false) => write_pairs(schema, map),
            (Maps::Pairs, true) => write_rest(schema, map),
            _ => write_values(schema, map),
        }
        Ok(())
    })
}

/// What is known of keys and values.
struct Map {
    key: Object,
    value: Value,
}

impl Map {
    /// Reads, and takes out, what a schema says of keys that it does not name.
    fn of(schema: &mut Object, names: Option<Value>) -> Option<Self> {
        if !has_type(schema, "object") {
            return None;
        }
        let mut values: Vec<Value> = Vec::new();
        let mut key = Object::new();
        key.insert("type".to_owned(), json!("string"));
        match schema.get("additionalProperties") {
            Some(Value::Bool(true)) => values.push(json!({})),
            Some(Value::Object(_)) => values.extend(schema.get("additionalProperties").cloned()),
            _ => {}
        }
        let has_others = !values.is_empty();
        if let Some(Value::Object(patterns)) = schema.shift_remove("patternProperties") {
            if let (1, Some(pattern), false) = (patterns.len(), patterns.keys().next(), has_others) {
                key.insert("pattern".to_owned(), json!(pattern));
            }
            values.extend(patterns.into_iter().map(|(_, value)| value));
        }
        if let Some(Value::Object(names)) = names {
            key.extend(names);
        }
        values.dedup();
        let value = match values.len() {
            0 => return None,
            1 => values.pop().unwrap_or_default(),
            _ => json!({ "anyOf": values }),
        };
        schema.shift_remove("additionalProperties");
        Some(Self { key, value })
    }

    fn pairs(self) -> Value {
        let mut properties = Object::new();
        properties.insert("key".to_owned(), self.key.into());
        properties.insert("value".to_owned(), self.value);
        closed_object(properties).into()
    }
}

fn write_pairs(schema: &mut Object, map: Map) {
    let is_nullable = has_type(schema, "null");
    for keyword in ["type", "properties", "required", "default", "examples"] {
        schema.shift_remove(keyword);
    }
    let mut list = Object::new();
    list.insert("type".to_owned(), if is_nullable { json!(["array", "null"]) } else { json!("array") });
    list.insert("items".to_owned(), map.pairs());
    for (counted, keyword) in [("minProperties", "minItems"), ("maxProperties", "maxItems")] {
        if let Some(count) = schema.shift_remove(counted) {
            list.insert(keyword.to_owned(), count);
        }
    }
    list.extend(std::mem::take(schema));
    *schema = list;
    mark(schema, "map", json!(true));
}

fn write_rest(schema: &mut Object, map: Map) {
    let Some(Value::Object(properties)) = schema.get_mut("properties") else { return };
    let mut name = REST.to_owned();
    while properties.contains_key(&name) {
        name.push('_');
    }
    let list = json!({ "type": "array", "items": map.pairs(), "description": "Any others, by name." });
    properties.insert(name.clone(), list);
    match schema.get_mut("required") {
        Some(Value::Array(required)) => required.push(json!(name)),
        _ => {
            schema.insert("required".to_owned(), json!([name]));
        }
    }
    schema.insert("additionalProperties".to_owned(), json!(false));
    mark(schema, "rest", json!(name));
}

/// `patternProperties` as `additionalProperties`, with the pattern in the description.
fn write_values(schema: &mut Object, map: Map) {
    let is_anything = map.value.as_object().is_some_and(Object::is_empty);
    schema.insert("additionalProperties".to_owned(), if is_anything { json!(true) } else { map.value });
    if let Some(pattern) = map.key.get("pattern").and_then(Value::as_str) {
        describe(schema, &format!("Keys match `{pattern}`."));
    }
}
