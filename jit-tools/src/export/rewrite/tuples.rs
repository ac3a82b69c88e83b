//! Tuples, for dialects without `prefixItems`.

use serde_json::{Value, json};

use super::objects::closed_object;
use crate::export::{
    dialect::{Dialect, Tuples},
    schema::{Object, each, mark},
};

/// A tuple of one type is a list of fixed length; any other one is an object with a property for each item, which the
/// codec turns back into an array.
pub(super) fn rewrite(schema: &mut Value, dialect: &Dialect) {
    each(schema, &mut |schema| {
        if dialect.tuples != Tuples::Kept {
            rewrite_one(schema);
        }
        complete(schema);
    });
}

/// The name of the property that holds an item.
pub(in crate::export) fn item_name(index: usize) -> String {
    format!("item_{index}")
}

fn rewrite_one(schema: &mut Object) {
    let Some(Value::Array(items)) = schema.get("prefixItems").cloned() else { return };
    let length = json!(items.len());
    let is_fixed = schema.get("minItems") == Some(&length)
        && (schema.get("maxItems") == Some(&length) || schema.get("items") == Some(&json!({ "not": {} })));
    schema.shift_remove("prefixItems");
    let first = items.first().cloned().unwrap_or_else(|| json!({}));
    if items.iter().all(|item| *item == first) && (is_fixed || !schema.contains_key("items")) {
        schema.insert("items".to_owned(), first);
        if is_fixed {
            schema.insert("maxItems".to_owned(), length);
        }
    } else if is_fixed {
        for keyword in ["items", "minItems", "maxItems", "uniqueItems", "default", "examples"] {
            schema.shift_remove(keyword);
        }
        let is_nullable = schema.shift_remove("type").is_some_and(|own| own.is_array());
        let properties = items.into_iter().enumerate().map(|(index, item)| (item_name(index), item)).collect();
        schema.extend(closed_object(properties));
        if is_nullable {
            schema.insert("type".to_owned(), json!(["object", "null"]));
        }
        mark(schema, "tuple", length);
    } else {
        // Of unknown length: that each item is one of those is the most that can be said.
        let mut choices = items;
        choices.extend(schema.shift_remove("items").filter(Value::is_object));
        choices.dedup();
        schema.insert("items".to_owned(), json!({ "anyOf": choices }));
    }
}

/// Says of every array what is in it; a provider that checks schemas asks for that.
fn complete(schema: &mut Object) {
    let is_array = crate::export::schema::has_type(schema, "array");
    if !is_array || schema.contains_key("items") || schema.contains_key("prefixItems") {
        return;
    }
    // Nothing is in an array that is always empty, so that any type is right.
    let is_empty = schema.get("maxItems").and_then(Value::as_u64) == Some(0);
    schema.insert("items".to_owned(), if is_empty { json!({ "type": "string" }) } else { json!({}) });
}
