//! `const` and `enum`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::export::{
    dialect::{Constants, Dialect},
    schema::{ANNOTATIONS, MARK, Object, Path, bottom_up, describe, for_each_child, has_type, mark, properties},
};

/// A choice of string constants is one `enum`, with what is said of each in the description.
pub(super) fn join(schema: &mut Value, dialect: &Dialect) {
    if !dialect.joins_constants {
        return;
    }
    each_below(schema, &mut |schema| {
        let Some(Value::Array(branches)) = schema.get("anyOf").or_else(|| schema.get("oneOf")) else { return };
        let mut values = Vec::new();
        let mut lines = Vec::new();
        for branch in branches {
            let Some(own) = strings(branch) else { return };
            if let Some(text) = branch.get("description").and_then(Value::as_str) {
                lines.extend(own.iter().filter_map(Value::as_str).map(|value| format!("\n- `{value}`: {text}")));
            }
            values.extend(own);
        }
        let outer = std::mem::take(schema);
        schema.insert("type".to_owned(), json!("string"));
        schema.insert("enum".to_owned(), values.into());
        schema.extend(outer.into_iter().filter(|(keyword, _)| keyword != "anyOf" && keyword != "oneOf"));
        if !lines.is_empty() {
            let text = schema.get("description").and_then(Value::as_str).unwrap_or_default().to_owned();
            let text = format!("{text}{}", lines.concat());
            schema.insert("description".to_owned(), json!(text.trim_start()));
        }
    });
}

/// The strings that a schema allows, if it allows nothing else.
fn strings(schema: &Value) -> Option<Vec<Value>> {
    let schema = schema.as_object()?;
    let is_plain = schema.keys().all(|key| {
        ["type", "enum", "const"].contains(&key.as_str()) || (ANNOTATIONS.contains(&key.as_str()) && key != MARK)
    });
    let values = match (schema.get("const"), schema.get("enum")) {
        (Some(value), _) => vec![value.clone()],
        (None, Some(Value::Array(values))) => values.clone(),
        _ => return None,
    };
    (is_plain && values.iter().all(Value::is_string)).then_some(values)
}

/// Writes constants in the dialect's way, and says of which type they are.
pub(super) fn rewrite(schema: &mut Value, dialect: &Dialect) {
    each_below(schema, &mut |schema| {
        if let Some(value) = schema.get("const").filter(|_| !dialect.has_const || dialect.constants != Constants::All) {
            let values = json!([value]);
            let renamed = std::mem::take(schema).into_iter().map(|(keyword, value)| match keyword.as_str() {
                "const" => ("enum".to_owned(), values.clone()),
                _ => (keyword, value),
            });
            *schema = renamed.collect();
        }
        add_type(schema);
        if let Some(values) = unwritable(schema, dialect) {
            write_text(schema, values);
        }
        restore_null_branches(schema);
    });
}

/// That one branch of a choice is `null` is said of the choice as a whole, whatever the dialect.
fn restore_null_branches(schema: &mut Object) {
    let Some(Value::Array(branches)) = schema.get_mut("anyOf") else { return };
    let written = {
        let mut null = Object::new();
        write_text(&mut null, vec![Value::Null]);
        Value::Object(null)
    };
    branches.iter_mut().filter(|branch| **branch == written).for_each(|branch| *branch = json!({ "type": "null" }));
}

/// Says of which type constants are, where they do not stand in for all.
fn add_type(schema: &mut Object) {
    if schema.contains_key("type") {
        return;
    }
    let values = match (schema.get("const"), schema.get("enum")) {
        (Some(value), _) => vec![value.clone()],
        (None, Some(Value::Array(values))) => values.clone(),
        _ => return,
    };
    let mut types: Vec<&str> = Vec::new();
    for value in &values {
        let name = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(number) if number.is_f64() => "number",
            Value::Number(_) => "integer",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        if !types.contains(&name) {
            types.push(name);
        }
    }
    let own = std::mem::take(schema);
    schema.insert("type".to_owned(), if let [only] = types.as_slice() { json!(only) } else { json!(types) });
    schema.extend(own);
}

/// The values of a schema that has few of them, and no form for them in the dialect.
fn unwritable(schema: &Object, dialect: &Dialect) -> Option<Vec<Value>> {
    let is_writable = |value: &Value| match dialect.constants {
        _ if value == "" && !dialect.has_empty_constants => false,
        Constants::All => true,
        Constants::StringsAndNumbers => value.is_string() || value.is_number() || value.is_null(),
        Constants::Strings => value.is_string() || value.is_null(),
    };
    if let Some(Value::Array(values)) = schema.get("enum") {
        let is_mere_null = values.iter().all(Value::is_null) && dialect.constants == Constants::Strings;
        return (is_mere_null || !values.iter().all(is_writable)).then(|| values.clone());
    }
    let is_null = schema.get("type").is_some_and(|name| name == "null");
    if is_null && dialect.constants == Constants::Strings && schema.get(MARK).is_none() {
        return Some(vec![Value::Null]);
    }
    let is_empty = has_type(schema, "object")
        && properties(schema).is_none()
        && !schema.get("additionalProperties").is_some_and(|rest| *rest != Value::Bool(false))
        && !schema.contains_key("patternProperties");
    if !is_empty || dialect.has_empty_objects {
        return None;
    }
    let mut values = vec![json!({})];
    values.extend(has_type(schema, "null").then_some(Value::Null));
    Some(values)
}

/// The values as texts: the text of their JSON, or their own where they are texts and not empty.
fn write_text(schema: &mut Object, values: Vec<Value>) {
    let is_nullable = values.contains(&Value::Null) && values.len() > 1;
    let values: Vec<Value> = values.into_iter().filter(|value| !is_nullable || !value.is_null()).collect();
    let texts = texts(&values);
    let mut listed: Vec<Value> = texts.iter().map(|text| json!(text)).collect();
    let mut written = Object::new();
    written.insert("type".to_owned(), if is_nullable { json!(["string", "null"]) } else { json!("string") });
    if is_nullable {
        listed.push(Value::Null);
    }
    written.insert("enum".to_owned(), listed.into());
    let description = schema.get("description").cloned();
    if let Some(description) = description {
        written.insert("description".to_owned(), description);
    }
    *schema = written;
    if values.iter().any(|value| value == "") {
        describe(schema, "`\"\"` is the empty text.");
    }
    mark(schema, "text", texts.into_iter().zip(values).map(|(text, value)| json!([text, value])).collect());
}

/// A text for each value, by which it is found again. A text is its own, so that another value may have to look unlike
/// its JSON.
fn texts(values: &[Value]) -> Vec<String> {
    let own = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let mut taken: BTreeSet<String> = values.iter().filter_map(own).collect();
    let text = |value: &Value| {
        own(value).unwrap_or_else(|| {
            let mut text = value.to_string();
            while !taken.insert(text.clone()) {
                text.insert(0, '=');
            }
            text
        })
    };
    values.iter().map(text).collect()
}

/// All schemas but the root, which is an object with properties in every dialect, and none of the values here; and but
/// what is excluded (`not`), which is said in words where it is not known.
fn each_below(schema: &mut Value, f: &mut dyn FnMut(&mut Object)) {
    let Value::Object(root) = schema else { return };
    let _: Result<(), ()> = for_each_child(root, &Path::default(), &mut |child, path| {
        bottom_up(child, path, &mut |schema, path| {
            if path.last_keyword() != Some("not") {
                f(schema);
            }
            Ok(())
        })
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_has_a_text_of_its_own_and_an_empty_one_none() {
        let values = [json!("1"), json!(1), json!("=1"), json!(""), json!("\"\""), json!(null), json!("null")];
        let texts = texts(&values);
        assert_eq!(texts, ["1", "==1", "=1", "=\"\"", "\"\"", "=null", "null"]);
        assert_eq!(texts.iter().collect::<BTreeSet<_>>().len(), values.len());
    }
}
