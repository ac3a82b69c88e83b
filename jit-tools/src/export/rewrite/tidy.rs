//! Leaves out what says nothing to a model, and writes each schema as an object.

use serde_json::{Value, json};

use super::definitions;
use crate::export::{
    error::Refusal,
    schema::{MARK, Path, bottom_up, for_each_child},
};

/// What names the schema, not its values.
const NAMES: [&str; 6] = ["$schema", "$id", "$anchor", "$comment", "title", MARK];

/// Keywords that allow all others, or none, and have the same meaning in every dialect.
const CLOSING: [&str; 3] = ["additionalProperties", "unevaluatedProperties", "unevaluatedItems"];

/// The schema without names; `true` and `false` are written as objects wherever a value is described by them.
pub(super) fn tidy(canonical: &Value) -> Result<Value, Refusal> {
    let mut schema = if canonical.is_object() { definitions::gather(canonical)? } else { json!({}) };
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
    Ok(schema)
}
