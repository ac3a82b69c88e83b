//! Integers that are written as decimals: `30.0` and `3e1` are integers to a schema (JSON Schema Validation 2020-12,
//! section 6.1.1), and none to a deserializer of an integer type.
//!
//! What is to be changed is found by the schema in the text as it is, since a value in between would round it.

use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value, value::RawValue};

use super::{Checker, Place, property, target};
use crate::json_schema::{MAX_STEPS, exact, is_same, schemas};

/// How many digits an integer has that some type holds (`u128`).
const MAX_DIGITS: usize = 39;

/// The place of a number in a text, and how an integer is written there.
type Found = (usize, usize, String);

impl Checker<'_> {
    /// Arguments in which each number is written as an integer that is one, and is held to be one by the schema.
    ///
    /// `None` where there is nothing to change.
    pub(crate) fn with_integers(&self, json: &str) -> Option<String> {
        let raw: &RawValue = serde_json::from_str(json).ok()?;
        let mut found = Vec::new();
        Finder { checker: self, start: json.as_ptr() as usize }.look(self.root, raw, None, &mut found);
        // Several schemas may ask for one number.
        found.sort_unstable();
        found.dedup();
        if found.is_empty() {
            return None;
        }
        let (mut text, mut done) = (String::with_capacity(json.len()), 0);
        for (start, end, integer) in found {
            text.push_str(json.get(done..start)?);
            text.push_str(&integer);
            done = end;
        }
        text.push_str(json.get(done..)?);
        Some(text)
    }
}

struct Finder<'f, 'a> {
    checker: &'f Checker<'a>,
    /// Where the text is in memory.
    start: usize,
}

impl<'a> Finder<'_, 'a> {
    fn look(
        &self,
        schema: &'a Value,
        raw: &RawValue,
        from: Option<(&Place<'_, 'a>, &'static str)>,
        found: &mut Vec<Found>,
    ) {
        let Some(place) = Place::of(schema, from).filter(|place| place.steps <= MAX_STEPS) else { return };
        let schema = place.schema;
        if let Some(target) = target(schema, self.checker.root) {
            self.look(target, raw, Some((&place, "$ref")), found);
        }
        for part in schemas(schema, "allOf") {
            self.look(part, raw, Some((&place, "allOf")), found);
        }
        for choice in ["anyOf", "oneOf"] {
            self.look_into_choice(&place, choice, raw, found);
        }
        match raw.get().as_bytes() {
            [b'{', ..] => {
                for (name, member) in members(raw).unwrap_or_default() {
                    self.look_into_member(schema, &name, member, found);
                }
            }
            [b'[', ..] => {
                let items: Vec<&RawValue> = serde_json::from_str(raw.get()).unwrap_or_default();
                let first = schemas(schema, "prefixItems");
                for (index, item) in items.into_iter().enumerate() {
                    if let Some(schema) = first.get(index).or_else(|| schema.get("items")) {
                        self.look(schema, item, None, found);
                    }
                }
            }
            [b'-' | b'0'..=b'9', ..] if asks_for_integer(schema, raw) => found.extend(self.integer(raw)),
            _ => {}
        }
    }

    /// In the branch that the value is of. A number that some branch takes as it is written is left as it is.
    fn look_into_choice(&self, place: &Place<'_, 'a>, choice: &'static str, raw: &RawValue, found: &mut Vec<Found>) {
        let branches = schemas(place.schema, choice);
        if branches.is_empty() {
            return;
        }
        let Ok(value) = serde_json::from_str::<Value>(raw.get()) else { return };
        let mut first = None;
        for branch in branches.iter().filter(|branch| self.checker.check(branch, &value, Some((place, choice))).is_ok())
        {
            let mut own = Vec::new();
            self.look(branch, raw, Some((place, choice)), &mut own);
            if !value.is_number() || own.is_empty() {
                return found.extend(own);
            }
            first.get_or_insert(own);
        }
        found.extend(first.unwrap_or_default());
    }

    fn look_into_member(&self, schema: &'a Map<String, Value>, name: &str, member: &RawValue, found: &mut Vec<Found>) {
        let own = property(schema, name).into_iter().chain(self.checker.by_pattern(schema, name));
        let mut is_named = false;
        for schema in own {
            is_named = true;
            self.look(schema, member, None, found);
        }
        if let Some(others) = schema.get("additionalProperties").filter(|_| !is_named) {
            self.look(others, member, None, found);
        }
    }

    /// The number as an integer, unless it is written as one.
    fn integer(&self, raw: &RawValue) -> Option<Found> {
        let text = raw.get();
        let integer = whole(text).filter(|integer| integer != text)?;
        let start = (text.as_ptr() as usize).checked_sub(self.start)?;
        Some((start, start + text.len(), integer))
    }
}

/// Whether a schema lets a number be an integer only.
fn asks_for_integer(schema: &Map<String, Value>, raw: &RawValue) -> bool {
    match schema.get("type") {
        Some(Value::String(name)) => name == "integer",
        Some(Value::Array(names)) => {
            names.iter().any(|name| name == "integer") && names.iter().all(|it| it != "number")
        }
        _ => {
            let Ok(value) = serde_json::from_str::<Value>(raw.get()) else { return false };
            let own = schema.get("const").into_iter().chain(schemas(schema, "enum"));
            let mut same = own.filter(|own| is_same(own, &value));
            same.next().is_some_and(|own| own.as_number().is_some_and(|own| exact(own).is_some()))
        }
    }
}

/// A number of JSON as an integer, if it is one that some type holds.
fn whole(number: &str) -> Option<String> {
    let (sign, unsigned) = number.strip_prefix('-').map_or(("", number), |unsigned| ("-", unsigned));
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{before}{after}");
    let significant = digits.trim_start_matches('0').trim_end_matches('0');
    if significant.is_empty() {
        return Some("0".to_owned());
    }
    // How many digits stand before the point, once the zeros in front are gone.
    let zeros = digits.len() - digits.trim_start_matches('0').len();
    let exponent: i64 = exponent.parse().ok()?;
    let length = i64::try_from(before.len()).ok()?.checked_add(exponent)?.checked_sub(i64::try_from(zeros).ok()?)?;
    let length = usize::try_from(length).ok().filter(|length| (significant.len()..=MAX_DIGITS).contains(length))?;
    Some(format!("{sign}{significant:0<length$}"))
}

/// The members of an object, unread, in their order.
fn members(raw: &RawValue) -> Option<Vec<(String, &RawValue)>> {
    struct Members;
    impl<'de> Visitor<'de> for Members {
        type Value = Vec<(String, &'de RawValue)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a JSON object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
            let mut all = Vec::new();
            while let Some(member) = members.next_entry()? {
                all.push(member);
            }
            Ok(all)
        }
    }
    serde_json::Deserializer::from_str(raw.get()).deserialize_map(Members).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::tool::contract::Patterns;

    fn rewritten(schema: &Value, json: &str) -> Option<String> {
        let patterns = Patterns::of(schema);
        Checker { root: schema, patterns: &patterns, is_input: true }.with_integers(json)
    }

    #[test]
    fn a_number_is_an_integer_however_it_is_written() {
        for (number, integer) in [
            ("30.0", Some("30")),
            ("3e1", Some("30")),
            ("3E+1", Some("30")),
            ("300e-1", Some("30")),
            ("0.3e2", Some("30")),
            ("-30.00", Some("-30")),
            ("-0", Some("0")),
            ("-0.0e5", Some("0")),
            ("0e999999999999999999999", Some("0")),
            ("0.000", Some("0")),
            ("9007199254740993.0", Some("9007199254740993")),
            ("340282366920938463463374607431768211455.0", Some("340282366920938463463374607431768211455")),
            ("1.7e38", Some("170000000000000000000000000000000000000")),
            ("30.5", None),
            ("3e-1", None),
            ("1e39", None),
            ("1e999999999", None),
            ("1e99999999999999999999", None),
        ] {
            assert_eq!(whole(number).as_deref(), integer, "{number}");
        }
    }

    #[test]
    fn what_is_no_integer_to_the_schema_stays_as_it_is_written() {
        let schema = json!({
            "properties": {
                "count": { "type": ["integer", "null"] },
                "ratio": { "type": "number" },
                "either": { "type": ["integer", "number"] },
                "choice": { "anyOf": [{ "type": "integer" }, { "type": "number" }] },
                "listed": { "enum": [1, 2.0] },
                "any": true,
            },
            "additionalProperties": { "$ref": "#/$defs/small" },
            "$defs": { "small": { "allOf": [{ "type": "integer" }, { "maximum": 3 }] } },
        });
        for (json, expected) in [
            (r#"{"count": 3.0 ,"ratio":3.0}"#, Some(r#"{"count": 3 ,"ratio":3.0}"#)),
            (r#"{"either":3.0,"choice":3.0,"any":[3.0],"listed":2.0}"#, None),
            (r#"{"listed":1.0,"a":2e0}"#, Some(r#"{"listed":1,"a":2}"#)),
            (r#"{"count":"3.0","3.0":"3.0"}"#, None),
            (r#"{"count":3}"#, None),
            (r#"{"count":3.0"#, None),
        ] {
            assert_eq!(rewritten(&schema, json).as_deref(), expected, "{json}");
        }
    }
}
