//! Names of properties that a provider does not take.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::export::{
    dialect::Dialect,
    names::fit,
    schema::{MARK, Object, describe, each, mark},
};

/// Gives such a property another name, which the codec turns back.
pub(super) fn rename(schema: &mut Value, dialect: &Dialect) {
    let Some(names) = &dialect.property_names else { return };
    each(schema, &mut |schema| {
        let Some(Value::Object(properties)) = schema.get_mut("properties") else { return };
        let mut taken: BTreeSet<String> =
            properties.keys().filter(|name| fit(name, names, &BTreeSet::new()) == **name).cloned().collect();
        let mut renamed = Object::new();
        let own = std::mem::take(properties).into_iter().map(|(name, mut property)| {
            if taken.contains(&name) {
                return (name, property);
            }
            let other = fit(&name, names, &taken);
            taken.insert(other.clone());
            if let Value::Object(property) = &mut property {
                describe(property, &format!("Named `{name}`."));
            }
            renamed.insert(other.clone(), json!(name));
            (other, property)
        });
        *properties = own.collect();
        if !renamed.is_empty() {
            translate(schema, &renamed);
            mark(schema, "renamed", renamed.into());
        }
    });
}

/// Renames what refers to the properties: `required`, and the codec's notes.
fn translate(schema: &mut Object, renamed: &Object) {
    let translate = |names: Option<&mut Value>| {
        for name in names.and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some((other, _)) = renamed.iter().find(|(_, own)| *own == name) {
                *name = json!(other);
            }
        }
    };
    translate(schema.get_mut("required"));
    translate(schema.get_mut(MARK).and_then(|notes| notes.get_mut("absent")));
}
