//! A single value held against what a schema says of its type, its bounds and its size.

use std::{cmp::Ordering, mem::discriminant};

use serde_json::{Map, Number, Value};

use super::{super::contract::is_said_only, Checked, Kind, Violation};
use crate::json_schema::{compare, exact, is_integer, is_same};

/// How many names or values an error repeats.
const LISTED: usize = 32;

pub(super) fn listed(words: impl Iterator<Item = String>) -> String {
    words.take(LISTED).collect::<Vec<_>>().join(", ")
}

pub(super) fn check_type(schema: &Map<String, Value>, value: &Value) -> Checked {
    let is = |name: &Value| match name.as_str() {
        Some("null") => value.is_null(),
        Some("boolean") => value.is_boolean(),
        Some("number") => value.is_number(),
        Some("integer") => value.as_number().is_some_and(is_integer),
        Some("string") => value.is_string(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => true,
    };
    match schema.get("type") {
        Some(Value::Array(names)) if !names.iter().any(is) => {
            let names = listed(names.iter().filter_map(Value::as_str).map(str::to_owned));
            return Err(Violation::new(Kind::OtherType, format!("must be of one of the types {names}")));
        }
        Some(Value::String(name)) if !is(&Value::from(name.as_str())) => {
            return Err(Violation::new(Kind::OtherType, format!("must be of the type {name}")));
        }
        _ => {}
    }
    if let Some(constant) = schema.get("const")
        && !is_same(constant, value)
    {
        return Err(Violation::new(Kind::OtherForm, format!("must be {constant}")));
    }
    match schema.get("enum") {
        Some(Value::Array(values)) => check_listed(value, values.iter()),
        _ => Ok(()),
    }
}

/// One of the values of an `enum`.
pub(super) fn check_listed<'a>(value: &Value, values: impl Iterator<Item = &'a Value> + Clone) -> Checked {
    if values.clone().any(|listed| is_same(listed, value)) {
        return Ok(());
    }
    let is_of_their_type = values.clone().any(|listed| discriminant(listed) == discriminant(value));
    let kind = if is_of_their_type { Kind::Mismatch } else { Kind::OtherType };
    Err(Violation::new(kind, format!("must be one of {}", listed(values.map(Value::to_string)))))
}

/// The values that a schema allows, if it is a mere list of these.
pub(super) fn constants_of(schema: &Map<String, Value>) -> Option<Vec<&Value>> {
    match (schema.get("const"), schema.get("enum")) {
        (Some(value), None) => Some(vec![value]),
        (None, Some(Value::Array(values))) => Some(values.iter().collect()),
        _ => None,
    }
}

/// The values of a choice each branch of which is such a list, as that of an enum whose variants are documented.
pub(super) fn constants(branches: &[Value]) -> Option<Vec<&Value>> {
    let is_mere = |keyword: &String| ["type", "const", "enum"].contains(&keyword.as_str()) || is_said_only(keyword);
    let mut values = Vec::new();
    for branch in branches {
        let branch = branch.as_object().filter(|branch| branch.keys().all(is_mere))?;
        let own = constants_of(branch)?;
        // The type beside them says the same.
        if own.iter().any(|value| check_type(branch, value).is_err()) {
            return None;
        }
        values.extend(own);
    }
    (!values.is_empty()).then_some(values)
}

pub(super) fn check_number(schema: &Map<String, Value>, number: &Number) -> Checked {
    for (keyword, is_wrong, words) in [
        ("minimum", Ordering::is_lt as fn(Ordering) -> bool, "at least"),
        ("maximum", Ordering::is_gt, "at most"),
        ("exclusiveMinimum", Ordering::is_le, "more than"),
        ("exclusiveMaximum", Ordering::is_ge, "less than"),
    ] {
        if let Some(bound) = schema.get(keyword).and_then(Value::as_number)
            && is_wrong(compare(number, bound))
        {
            return Err(Violation::constraint(format!("must be {words} {bound}")));
        }
    }
    match schema.get("multipleOf").and_then(Value::as_number) {
        Some(step) if !is_multiple(number, step) => Err(Violation::constraint(format!("must be a multiple of {step}"))),
        _ => Ok(()),
    }
}

pub(super) fn check_size(schema: &Map<String, Value>, [least, most]: [&str; 2], size: usize, what: &str) -> Checked {
    let size = u64::try_from(size).unwrap_or(u64::MAX);
    let bound = |keyword: &str| schema.get(keyword).and_then(Value::as_u64);
    if let Some(least) = bound(least).filter(|least| size < *least) {
        return Err(Violation::constraint(format!("must have at least {least} {what}")));
    }
    if let Some(most) = bound(most).filter(|most| size > *most) {
        return Err(Violation::constraint(format!("must have at most {most} {what}")));
    }
    Ok(())
}

/// Decimals are not exact: 0.3 is a multiple of 0.1 but for the last bits.
fn is_multiple(number: &Number, step: &Number) -> bool {
    match (exact(number), exact(step)) {
        (Some(number), Some(step)) => step == 0 || number % step == 0,
        _ => number.as_f64().zip(step.as_f64()).is_none_or(|(number, step)| {
            let times = number / step;
            (times - times.round()).abs() <= times.abs().max(1.0) * 4.0 * f64::EPSILON
        }),
    }
}
