//! `oneOf`, `anyOf` and `allOf`: each choice is written out whole, as a branch of one `anyOf`.
//!
//! serde's tagged enums and `flatten` put properties beside a choice; dialects that allow a choice at all allow nothing
//! beside it.

use serde_json::Value;

use crate::export::{
    dialect::Dialect,
    error::Refusal,
    schema::{ANNOTATIONS, Object, Path, bottom_up, definition_name},
};

/// How many branches a choice may have once it is written out.
const MAX_BRANCHES: usize = 256;

/// Writes every choice as branches that stand for themselves.
pub(super) fn distribute(schema: &mut Value, dialect: &Dialect) -> Result<(), Refusal> {
    let definitions = schema.get("$defs").and_then(Value::as_object).cloned().unwrap_or_default();
    bottom_up(schema, &Path::default(), &mut |schema, path| {
        let has_choice = schema.contains_key("anyOf") || schema.contains_key("oneOf");
        if schema.contains_key("allOf") || (has_choice && limits_itself(schema)) {
            write_out(schema, path, &definitions)?;
        }
        close_evaluated(schema);
        if !dialect.has_one_of {
            rename_one_of(schema);
        }
        flatten(schema);
        Ok(())
    })
}

/// Whether something beside the choice limits the value. That an object is one is said by its branches.
fn limits_itself(schema: &Object) -> bool {
    schema.iter().any(|(keyword, value)| match keyword.as_str() {
        "anyOf" | "oneOf" | "$defs" => false,
        "type" => value != "object",
        keyword => !ANNOTATIONS.contains(&keyword),
    }) || (schema.contains_key("anyOf") && schema.contains_key("oneOf"))
}

fn write_out(schema: &mut Object, path: &Path, definitions: &Object) -> Result<(), Refusal> {
    let mut outside = Object::new();
    for keyword in ["$defs", "description", "default", "examples", "deprecated"] {
        if let Some(value) = schema.shift_remove(keyword) {
            outside.insert(keyword.to_owned(), value);
        }
    }
    let mut branches = alternatives(schema, path, definitions, 0)?;
    if branches.len() == 1 {
        *schema = branches.pop().unwrap_or_default();
    } else {
        branches.iter_mut().for_each(close_evaluated);
        *schema = Object::new();
        schema.insert("anyOf".to_owned(), branches.into_iter().map(Value::Object).collect());
    }
    let definitions = outside.shift_remove("$defs");
    for (keyword, value) in outside {
        schema.insert(keyword, value);
    }
    if let Some(definitions) = definitions {
        schema.insert("$defs".to_owned(), definitions);
    }
    Ok(())
}

/// A schema as the list of those of which one applies.
fn alternatives(schema: &Object, path: &Path, definitions: &Object, depth: usize) -> Result<Vec<Object>, Refusal> {
    const REMEDY: &str = "flatten fewer enums into one struct, or give it them as fields";
    if depth > 16 {
        return Err(Refusal::new(path, "the choices are nested too deeply to be written out", REMEDY));
    }
    let mut own = schema.clone();
    let mut result = Vec::new();
    let parts = ["allOf", "anyOf", "oneOf"].map(|keyword| own.shift_remove(keyword));
    if let Some(target) = own.get("$ref").and_then(Value::as_str).and_then(definition_name)
        && let Some(Value::Object(target)) = definitions.get(&target)
        && depth > 0
    {
        own = merge(target, &own);
        if own.contains_key("anyOf") || own.contains_key("oneOf") || own.contains_key("allOf") {
            return alternatives(&own, path, definitions, depth + 1);
        }
    }
    result.push(own);
    let [all, any, one] = parts;
    let mut factors: Vec<Vec<Value>> = Vec::new();
    if let Some(Value::Array(all)) = all {
        factors.extend(all.into_iter().map(|part| vec![part]));
    }
    factors.extend([any, one].into_iter().flatten().filter_map(|choice| match choice {
        Value::Array(branches) => Some(branches),
        _ => None,
    }));
    for branches in factors {
        let mut expanded = Vec::new();
        for branch in &branches {
            let Value::Object(branch) = branch else { continue };
            expanded.extend(alternatives(branch, path, definitions, depth + 1)?);
        }
        if result.len().saturating_mul(expanded.len()) > MAX_BRANCHES {
            return Err(Refusal::new(path, format!("there are more than {MAX_BRANCHES} choices"), REMEDY));
        }
        result = result.iter().flat_map(|base| expanded.iter().map(|branch| merge(branch, base))).collect();
    }
    Ok(result)
}

/// What both schemas say; where they say different things of the same, `over` is heard.
///
/// The properties of `over` come first: they are the tag of an enum.
pub(super) fn merge(under: &Object, over: &Object) -> Object {
    let mut merged = over.clone();
    merged.shift_remove("$ref");
    for (keyword, value) in under {
        match (keyword.as_str(), merged.get_mut(keyword)) {
            (_, None) => {
                merged.insert(keyword.clone(), value.clone());
            }
            ("properties" | "patternProperties", Some(Value::Object(own))) => {
                for (name, property) in value.as_object().into_iter().flatten() {
                    own.entry(name.clone()).or_insert_with(|| property.clone());
                }
            }
            ("required", Some(Value::Array(own))) => {
                for name in value.as_array().into_iter().flatten() {
                    if !own.contains(name) {
                        own.push(name.clone());
                    }
                }
            }
            // A struct that takes any others beside its own lets a tag stand among them.
            ("additionalProperties", Some(own)) if *own == Value::Bool(false) && *value != Value::Bool(false) => {
                *own = value.clone();
            }
            _ => {}
        }
    }
    merged
}

/// `unevaluatedProperties: false` closes an object once all that it is made of is in one place.
fn close_evaluated(schema: &mut Object) {
    if schema.contains_key("anyOf") || schema.contains_key("oneOf") || schema.contains_key("$ref") {
        return;
    }
    if let Some(value) = schema.shift_remove("unevaluatedProperties") {
        schema.entry("additionalProperties").or_insert(value);
    }
}

fn rename_one_of(schema: &mut Object) {
    if !schema.contains_key("oneOf") {
        return;
    }
    // The choice keeps its place among the keywords.
    let renamed = std::mem::take(schema).into_iter().map(|(keyword, value)| {
        let keyword = if keyword == "oneOf" { "anyOf".to_owned() } else { keyword };
        (keyword, value)
    });
    *schema = renamed.collect();
}

/// A choice in a choice is one choice, and a branch that is there twice is one branch. The type beside a choice is said
/// by its branches.
fn flatten(schema: &mut Object) {
    let has_choice = schema.contains_key("anyOf") || schema.contains_key("oneOf");
    if has_choice {
        schema.shift_remove("type");
    }
    let Some(Value::Array(branches)) = schema.get_mut("anyOf") else { return };
    let flat = std::mem::take(branches).into_iter().flat_map(|mut branch| {
        let inner = branch.as_object_mut().filter(|members| members.len() == 1);
        match inner.and_then(|members| members.shift_remove("anyOf")) {
            Some(Value::Array(inner)) => inner,
            _ => vec![branch],
        }
    });
    let mut distinct: Vec<Value> = Vec::new();
    for branch in flat {
        if !distinct.contains(&branch) {
            distinct.push(branch);
        }
    }
    *branches = distinct;
    // As of an `Option` of what is `null` by itself.
    let only =
        branches.first().filter(|only| branches.len() == 1 && only.get("type").is_some_and(|name| name == "null"));
    if let Some(Value::Object(mut only)) = only.cloned() {
        schema.shift_remove("anyOf");
        only.extend(std::mem::take(schema));
        *schema = only;
    }
}
