//! Objects: which properties may be left out, whether others are allowed, and whether all are required.

use serde_json::{Map, Value, json};

use super::nulls;
use crate::export::{
    dialect::{Dialect, Objects},
    schema::{Object, admits_null, each, has_type, is_required, mark, marked, properties},
};

/// Notes the properties that may be left out and are never `null`: a model that writes `null` for one leaves it out.
pub(super) fn note_optional(schema: &mut Value) {
    let definitions = schema.get("$defs").and_then(Value::as_object).cloned();
    each(schema, &mut |schema| {
        let optional: Vec<Value> = properties(schema)
            .into_iter()
            .flatten()
            .filter(|(name, property)| !is_required(schema, name) && !admits_null(property, definitions.as_ref()))
            .map(|(name, _)| json!(name))
            .collect();
        if !optional.is_empty() {
            mark(schema, "absent", optional.into());
        }
    });
}

/// Says of each object that it has no properties but its own, where the dialect asks for it.
pub(super) fn close(schema: &mut Value, dialect: &Dialect) {
    if !matches!(dialect.objects, Objects::Closed | Objects::ClosedAndRequired) {
        return;
    }
    each(schema, &mut |schema| {
        if !has_type(schema, "object") {
            return;
        }
        schema.entry("properties").or_insert_with(|| json!({}));
        if !schema.get("additionalProperties").is_some_and(|rest| rest.is_object() || *rest == Value::Bool(true)) {
            schema.insert("additionalProperties".to_owned(), json!(false));
        }
    });
}

/// Makes every property required, and those that were not may be `null`, where the dialect asks for it.
pub(super) fn require(schema: &mut Value, dialect: &Dialect) {
    if dialect.objects != Objects::ClosedAndRequired {
        return;
    }
    each(schema, &mut |schema| {
        if !has_type(schema, "object") {
            return;
        }
        let absent: Vec<String> = marked(schema, "absent")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect();
        let required = schema.get("required").and_then(Value::as_array).map_or(0, Vec::len);
        let Some(Value::Object(properties)) = schema.get_mut("properties") else { return };
        let fills = required < properties.len();
        for name in absent {
            if let Some(Value::Object(property)) = properties.get_mut(&name) {
                nulls::allow(property);
            }
        }
        let required: Vec<Value> = properties.keys().map(|name| json!(name)).collect();
        schema.insert("required".to_owned(), required.into());
        if fills {
            mark(schema, "fill", json!(true));
        }
    });
}

/// The keyword order of an object that a rewrite makes.
pub(super) fn closed_object(properties: Map<String, Value>) -> Object {
    let required: Vec<Value> = properties.keys().map(|name| json!(name)).collect();
    let mut object = Object::new();
    object.insert("type".to_owned(), json!("object"));
    object.insert("properties".to_owned(), properties.into());
    object.insert("required".to_owned(), required.into());
    object.insert("additionalProperties".to_owned(), json!(false));
    object
}
