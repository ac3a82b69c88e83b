//! What the forms have in common once they are JSON.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Value, value::RawValue};

use super::{MAX_DETAILS, Reason};
use crate::authorization_details::{AuthorizationDetail, MAX_DEPTH, strict};

/// How details are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// One object, or an array of objects.
    ObjectOrArray,
    /// An array of objects.
    Array,
}

/// The details in a JSON text.
pub(super) fn details(json: &[u8], shape: Shape) -> Result<Vec<AuthorizationDetail>, Reason> {
    let json = json.trim_ascii();
    if json.len() > MAX_DETAILS {
        return Err(Reason::DetailsTooLong);
    }
    // The depth is counted from a detail, so an array around them does not count.
    let levels = MAX_DEPTH + usize::from(json.starts_with(b"["));
    details_of(strict::read(json, levels)?, shape)
}

/// The details that a JSON value is.
pub(super) fn details_of(value: Value, shape: Shape) -> Result<Vec<AuthorizationDetail>, Reason> {
    let values = match value {
        Value::Array(values) => values,
        object @ Value::Object(_) if shape == Shape::ObjectOrArray => vec![object],
        _ => return Err(Reason::NotADetail),
    };
    let detail = |value| match AuthorizationDetail::from_value(value) {
        Ok(detail) if detail.kind.is_empty() => Err(Reason::EmptyType),
        detail => detail.map_err(|_| Reason::NotADetail),
    };
    values.into_iter().map(detail).collect()
}

/// The members of these names in a JSON object, unread. `None` when the text is no JSON object.
///
/// Of the rest of a body, which is the API's own affair, nothing is kept and nothing is demanded but that it is JSON.
pub(super) fn members<'a, const N: usize>(
    json: &'a [u8],
    names: [&'static str; N],
) -> Result<Option<[Option<&'a RawValue>; N]>, Reason> {
    let mut source = serde_json::Deserializer::from_slice(json);
    let Ok(found) = source.deserialize_map(Members(names)) else { return Ok(None) };
    if source.end().is_err() {
        return Ok(None);
    }
    found.ok_or(Reason::RepeatedName).map(Some)
}

struct Members<const N: usize>([&'static str; N]);

impl<'de, const N: usize> Visitor<'de> for Members<N> {
    /// `None` when one of the names is repeated.
    type Value = Option<[Option<&'de RawValue>; N]>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut found = [None; N];
        let mut repeated = false;
        while let Some(at) = members.next_key_seed(Name(&self.0))? {
            match at.and_then(|at| found.get_mut(at)) {
                Some(slot) => repeated |= slot.replace(members.next_value()?).is_some(),
                None => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok((!repeated).then_some(found))
    }
}

/// Reads a name as its place among those that are looked for, if it is one of them.
struct Name<'a>(&'a [&'static str]);

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Self::Value, D::Error> {
        source.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().position(|looked_for| *looked_for == name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_list_of_details_is_malformed() {
        for (json, reason) in [
            ("not json", Reason::NotJson),
            (r#"{"type":"a"} trailing"#, Reason::NotJson),
            (r#"{"type":"a","type":"b"}"#, Reason::RepeatedName),
            (r#"{"type":"a","x":{"y":1,"y":1}}"#, Reason::RepeatedName),
            (r#"{"type":"a","amount":1e300}"#, Reason::InexactNumber),
            ("{}", Reason::NotADetail),
            ("5", Reason::NotADetail),
            (r#""type""#, Reason::NotADetail),
            (r#"{"type":5}"#, Reason::NotADetail),
            (r#"{"type":"a","actions":"read"}"#, Reason::NotADetail),
            (r#"[{"type":"a"},5]"#, Reason::NotADetail),
            (r#"[[{"type":"a"}]]"#, Reason::NotADetail),
            (r#"{"type":""}"#, Reason::EmptyType),
        ] {
            assert_eq!(details(json.as_bytes(), Shape::ObjectOrArray), Err(reason), "{json}");
        }
        assert_eq!(details(br#"{"type":"a"}"#, Shape::Array), Err(Reason::NotADetail));
        let long = format!(r#"{{"type":"{}"}}"#, "a".repeat(MAX_DETAILS));
        let longest = format!(r#"{{"type":"{}"}}"#, "a".repeat(16 * 1024 - r#"{"type":""}"#.len()));
        assert!(details(longest.as_bytes(), Shape::ObjectOrArray).is_ok());
        assert_eq!(details(long.as_bytes(), Shape::ObjectOrArray), Err(Reason::DetailsTooLong));
    }

    #[test]
    fn depth_is_counted_from_a_detail() {
        for (open, close) in [("", ""), ("[", "]"), (" [ ", " ] ")] {
            let nested = |levels: usize| {
                let json = format!(r#"{open}{{"type":"a","x":{}1{}}}{close}"#, "[".repeat(levels), "]".repeat(levels));
                details(json.as_bytes(), Shape::ObjectOrArray)
            };
            assert!(nested(MAX_DEPTH - 1).is_ok());
            assert_eq!(nested(MAX_DEPTH), Err(Reason::TooDeep));
            assert_eq!(nested(5_000), Err(Reason::TooDeep));
        }
    }

    #[test]
    fn members_are_found_and_the_rest_is_left_alone() {
        let names = ["a", "b"];
        let raw = |json: &'static str| {
            members(json.as_bytes(), names).map(|found| found.map(|found| found.map(|raw| raw.map(RawValue::get))))
        };
        assert_eq!(raw(r#"{"x":{"a":9},"a":{"b":1},"x":[]}"#), Ok(Some([Some(r#"{"b":1}"#), None])));
        assert_eq!(raw(r#"{"\u0061":1,"b":2}"#), Ok(Some([Some("1"), Some("2")])));
        assert_eq!(raw(r#"{"a":1,"\u0061":1}"#), Err(Reason::RepeatedName));
        for none in ["", "[]", "5", "{", r#"{"a":1"#, r#"{"a":1} {}"#, r#"{"a":}"#] {
            assert_eq!(raw(none), Ok(None), "{none}");
        }
        let deep = format!(r#"{{"x":{}{},"a":1}}"#, "[".repeat(30_000), "]".repeat(30_000));
        assert!(members(deep.as_bytes(), names).unwrap().is_some());
    }
}
