//! Schemas that allow everything, as that of `serde_json::Value`.

use serde_json::{Value, json};

use crate::export::{
    dialect::{Anything, Dialect},
    error::Refusal,
    schema::{Object, Path, bottom_up, describe, mark},
};

/// What says of which kind a value is.
const KINDS: [&str; 7] = ["type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref"];

pub(super) fn rewrite(schema: &mut Value, dialect: &Dialect) -> Result<(), Refusal> {
    bottom_up(schema, &Path::default(), &mut |schema, path| {
        if KINDS.iter().any(|keyword| schema.contains_key(*keyword)) {
            return open(schema, dialect, path);
        }
        // What is excluded is left out: it says of which kind a value is not.
        schema.shift_remove("not");
        match dialect.anything {
            Anything::Kept => Ok(()),
            Anything::Refused => Err(refusal(path)),
            Anything::Text => {
                write_text(schema);
                Ok(())
            }
        }
    })
}

/// An object that takes any properties is one that allows everything.
fn open(schema: &Object, dialect: &Dialect, path: &Path) -> Result<(), Refusal> {
    let is_open = schema.get("additionalProperties") == Some(&Value::Bool(true));
    if is_open && dialect.anything == Anything::Refused { Err(refusal(path)) } else { Ok(()) }
}

fn refusal(path: &Path) -> Refusal {
    Refusal::new(
        path,
        "any value is allowed",
        "give it a type, such as a struct or an enum, or take its JSON as a string",
    )
}

fn write_text(schema: &mut Object) {
    schema.shift_remove("default");
    schema.shift_remove("examples");
    let mut text = Object::new();
    text.insert("type".to_owned(), json!("string"));
    text.extend(std::mem::take(schema));
    *schema = text;
    describe(schema, "Any JSON value, written as JSON text.");
    mark(schema, "json", json!(true));
}
