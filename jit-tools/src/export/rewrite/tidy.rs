//! Leaves out what says nothing to a model, and writes each schema as an object.

use serde_json::{Value, json};

use crate::export::schema::{MARK, Object, Path, bottom_up, each, for_each_child, reference_to};

/// What names the schema, not its values.
const NAMES: [&str; 6] = ["$schema", "$id", "$anchor", "$comment", "title", MARK];

/// Keywords that allow all others, or none, and have the same meaning in every dialect.
const CLOSING: [&str; 3] = ["additionalProperties", "unevaluatedProperties", "unevaluatedItems"];

/// The schema without names; `true` and `false` are written as objects wherever a value is described by them.
pub(super) fn tidy(canonical: &Value) -> Value {
    let mut schema = canonical.clone();
    if !schema.is_object() {
        schema = json!({});
    }
    name_the_root(&mut schema);
    let _: Result<(), ()> = bottom_up(&mut schema, &Path::default(), &mut |schema, path| {
        for name in NAMES {
            schema.shift_remove(name);
        }
        for_each_child(schema, path, &mut |child, path| {
            let is_closing = path.last_keyword().is_some_and(|keyword| CLOSING.contains(&keyword));
            match child {
                Value::Bool(true) if !is_closing => *child = json!({}),
                Value::Bool(false) if !is_closing => *child = json!({ "not": {} }),
                _ => {}
            }
            Ok(())
        })
    });
    schema
}

/// A type that contains itself as the root refers to `#`. It gets a definition, so that the root can be rewritten
/// without a change of what it contains.
fn name_the_root(schema: &mut Value) {
    let is_recursive = schema.to_string().contains(r##""$ref":"#""##);
    let Value::Object(root) = schema else { return };
    if !is_recursive {
        return;
    }
    let title = root.get("title").and_then(Value::as_str).unwrap_or("Root").to_owned();
    let mut definitions = match root.shift_remove("$defs") {
        Some(Value::Object(definitions)) => definitions,
        _ => Object::new(),
    };
    let mut name = title;
    while definitions.contains_key(&name) {
        name.push('_');
    }
    definitions.insert(name.clone(), Value::Object(root.clone()));
    root.insert("$defs".to_owned(), Value::Object(definitions));
    let reference = reference_to(&name);
    each(schema, &mut |schema| {
        if schema.get("$ref").is_some_and(|own| own == "#") {
            schema.insert("$ref".to_owned(), Value::String(reference.clone()));
        }
    });
}
