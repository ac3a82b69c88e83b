//! The root is an object with properties, since every provider asks for one.
//!
//! Arguments that are something else (an enum, a list, a map, a number) are the one property of such an object.

use serde_json::{Value, json};

use crate::export::{
    dialect::{Dialect, Maps, Root},
    schema::{Object, mark},
};

const WRAPPER: &str = "arguments";

pub(super) fn make_object(schema: &mut Value, dialect: &Dialect) {
    let Value::Object(root) = schema else { return };
    if is_plain_object(root, dialect) {
        root.entry("properties").or_insert_with(|| json!({}));
        return;
    }
    if dialect.root == Root::Union && is_union_of_objects(root) {
        let mut typed = Object::new();
        typed.insert("type".to_owned(), json!("object"));
        typed.extend(std::mem::take(root));
        *root = typed;
        return;
    }
    let mut inner = std::mem::take(root);
    let definitions = inner.shift_remove("$defs");
    root.insert("type".to_owned(), json!("object"));
    root.insert("properties".to_owned(), json!({ WRAPPER: inner }));
    root.insert("required".to_owned(), json!([WRAPPER]));
    root.insert("additionalProperties".to_owned(), json!(false));
    if let Some(definitions) = definitions {
        root.insert("$defs".to_owned(), definitions);
    }
    mark(root, "wrap", json!(WRAPPER));
}

/// Leaves out what the dialect does not take at the root. Definitions stay: what is in them can be said nowhere else.
pub(super) fn bare(schema: &mut Value, dialect: &Dialect) {
    if let (Value::Object(root), Root::Bare) = (schema, dialect.root) {
        root.retain(|keyword, _| ["type", "properties", "required", "$defs"].contains(&keyword.as_str()));
    }
}

fn is_plain_object(root: &Object, dialect: &Dialect) -> bool {
    let is_map = !root.contains_key("properties")
        && (root.get("additionalProperties").is_some_and(|rest| *rest != Value::Bool(false))
            || root.contains_key("patternProperties"));
    root.get("type").is_some_and(|name| name == "object")
        && !["anyOf", "oneOf", "enum", "const", "$ref", "not"].iter().any(|keyword| root.contains_key(*keyword))
        && (!is_map || (dialect.maps == Maps::Kept && dialect.root != Root::Bare))
}

fn is_union_of_objects(root: &Object) -> bool {
    let branches = root.get("anyOf").or_else(|| root.get("oneOf")).and_then(Value::as_array);
    branches
        .is_some_and(|branches| branches.iter().all(|branch| branch.get("type").is_some_and(|name| name == "object")))
}
