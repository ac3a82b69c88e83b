//! How it is said that a value may be `null`.

use serde_json::{Value, json};

use crate::export::{
    dialect::{Dialect, Null},
    schema::{ANNOTATIONS, Object, each, itself_admits_null},
};

/// Lets a schema allow `null`, whatever it allows.
pub(super) fn allow(schema: &mut Object) {
    if itself_admits_null(schema) {
        return;
    }
    let is_choice = schema.keys().all(|key| key == "anyOf" || ANNOTATIONS.contains(&key.as_str()));
    if let (Some(Value::Array(branches)), true) = (schema.get_mut("anyOf"), is_choice) {
        branches.push(json!({ "type": "null" }));
        return;
    }
    let is_typed =
        matches!(schema.get("type"), Some(Value::String(_) | Value::Array(_))) && !schema.contains_key("const");
    if is_typed {
        match schema.get_mut("type") {
            Some(Value::Array(types)) => types.push(json!("null")),
            Some(own) => *own = json!([own, "null"]),
            None => {}
        }
        if let Some(Value::Array(values)) = schema.get_mut("enum") {
            values.push(Value::Null);
        }
        return;
    }
    wrap(schema);
}

/// The schema, or `null`, as a choice. What describes the value stays outside.
fn wrap(schema: &mut Object) {
    let mut inner = std::mem::take(schema);
    let outside = ["description", "default"].map(|keyword| (keyword, inner.shift_remove(keyword)));
    schema.insert("anyOf".to_owned(), json!([inner, { "type": "null" }]));
    for (keyword, value) in outside {
        if let Some(value) = value {
            schema.insert(keyword.to_owned(), value);
        }
    }
}

/// Says it in the dialect's way.
pub(super) fn rewrite(schema: &mut Value, dialect: &Dialect) {
    let rewrite = match dialect.null {
        Null::InType => return,
        Null::InTypeOfScalars => split_containers,
        Null::Flag => flag,
    };
    each(schema, &mut |schema| {
        rewrite(schema);
    });
}

/// A type array that names an object or an array becomes a choice.
fn split_containers(schema: &mut Object) {
    let Some(Value::Array(types)) = schema.get("type") else { return };
    if !types.iter().any(|name| name == "object" || name == "array") {
        return;
    }
    split(schema);
}

/// One branch for each type, with the keywords beside it.
fn split(schema: &mut Object) {
    let Some(Value::Array(types)) = schema.shift_remove("type") else { return };
    let outside = ["description", "default"].map(|keyword| (keyword, schema.shift_remove(keyword)));
    let inner = std::mem::take(schema);
    let branches = types.into_iter().map(|name| {
        if name == "null" {
            return json!({ "type": "null" });
        }
        let mut branch = Object::new();
        branch.insert("type".to_owned(), name);
        branch.extend(inner.clone());
        if let Some(Value::Array(values)) = branch.get_mut("enum") {
            values.retain(|value| !value.is_null());
        }
        Value::Object(branch)
    });
    schema.insert("anyOf".to_owned(), branches.collect());
    for (keyword, value) in outside {
        if let Some(value) = value {
            schema.insert(keyword.to_owned(), value);
        }
    }
}

/// `nullable` instead of a type, a constant or a branch that is `null`.
fn flag(schema: &mut Object) {
    let mut is_nullable = false;
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        let before = types.len();
        types.retain(|name| name != "null");
        is_nullable = types.len() < before;
        if let (1, Some(name)) = (types.len(), types.first().cloned()) {
            schema.insert("type".to_owned(), name);
        } else {
            split(schema);
        }
    }
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    if let Some(Value::Array(branches)) = schema.get_mut("anyOf") {
        let before = branches.len();
        branches.retain(|branch| branch.get("type").is_none_or(|name| name != "null"));
        is_nullable |= branches.len() < before;
        for branch in branches.iter_mut().filter_map(Value::as_object_mut) {
            is_nullable |= branch.shift_remove("nullable").is_some();
        }
        if let (1, Some(Value::Object(only))) = (branches.len(), branches.first().cloned()) {
            schema.shift_remove("anyOf");
            let outer = std::mem::take(schema);
            *schema = only;
            schema.extend(outer);
        }
    }
    if is_nullable {
        schema.insert("nullable".to_owned(), json!(true));
    }
}
