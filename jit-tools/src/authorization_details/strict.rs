//! A JSON reader for what a peer wrote about permissions: it takes no text that two readers could take differently.
//!
//! `serde_json` keeps the last of two members of one name, where another reader keeps the first. What is compared with
//! a ceiling here and what is granted there would then differ, so a repeated name is refused (RFC 8259, section 4; RFC
//! 7493, section 2.3). So is a number that does not survive as it was written, and nesting beyond a bound.

use std::{cell::Cell, fmt, sync::LazyLock};

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// How many members an object, and how many items an array may have.
pub(crate) const MAX_ITEMS: usize = 256;
/// The numbers beyond this are not whole any more in the way that JSON is commonly read (RFC 8259, section 6).
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The name under which `serde_json` hands over a number as text, if any crate of the build turns on its feature
/// `arbitrary_precision`.
const NUMBER: &str = "$serde_json::private::Number";

/// Whether it does. Without the feature, the name is one as any other.
static NUMBERS_ARE_TEXTS: LazyLock<bool> =
    LazyLock::new(|| serde_json::from_str::<Number>("1.50").is_ok_and(|number| format!("{number}") == "1.50"));

/// What is wrong with a text. Holds none of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    NotJson,
    TooDeep,
    RepeatedName,
    TooManyItems,
    InexactNumber,
}

impl Fault {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::NotJson => "it is not JSON",
            Self::TooDeep => "it is nested too deep",
            Self::RepeatedName => "a name is repeated in an object",
            Self::TooManyItems => "an object or an array is too long",
            Self::InexactNumber => "a number is too large to be kept exactly",
        }
    }
}

/// Reads a value that is nested in at most `levels` objects and arrays, itself counted.
pub(crate) fn read(json: &[u8], levels: usize) -> Result<Value, Fault> {
    let fault = Cell::new(Fault::NotJson);
    let mut source = serde_json::Deserializer::from_slice(json);
    let value = Strict { levels, fault: &fault }.deserialize(&mut source);
    value.and_then(|value| source.end().map(|()| value)).map_err(|_| fault.get())
}

/// Reads a value out of any deserializer.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(source: D, levels: usize) -> Result<Value, D::Error> {
    Strict { levels, fault: &Cell::new(Fault::NotJson) }.deserialize(source)
}

/// A number as it is read without `arbitrary_precision`: an integer, or the nearest `f64`. One that is too large for that
/// stays as it is.
pub(super) fn number(number: Number) -> Number {
    if let Some(integer) = number.as_u64() {
        integer.into()
    } else if let Some(integer) = number.as_i64() {
        integer.into()
    } else {
        let float = number.as_f64().filter(|float| float.abs() < EXACT);
        float.and_then(Number::from_f64).unwrap_or(number)
    }
}

/// Recursion ends with `levels`, so that no text can exhaust the stack.
#[derive(Clone, Copy)]
struct Strict<'a> {
    levels: usize,
    fault: &'a Cell<Fault>,
}

impl Strict<'_> {
    fn fail<E: serde::de::Error>(self, fault: Fault) -> E {
        self.fault.set(fault);
        E::custom(fault.text())
    }

    /// The number that is written so.
    fn number<E: serde::de::Error>(self, text: &str) -> Result<Value, E> {
        let number = number(text.parse().map_err(|_| self.fail::<E>(Fault::NotJson))?);
        let is_exact = number.is_u64() || number.is_i64() || number.as_f64().is_some_and(|it| it.abs() < EXACT);
        if is_exact { Ok(number.into()) } else { Err(self.fail(Fault::InexactNumber)) }
    }

    fn inner<E: serde::de::Error>(self) -> Result<Self, E> {
        match self.levels.checked_sub(1) {
            Some(levels) => Ok(Self { levels, ..self }),
            None => Err(self.fail(Fault::TooDeep)),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Value, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i128<E: serde::de::Error>(self, _: i128) -> Result<Value, E> {
        Err(self.fail(Fault::InexactNumber))
    }

    fn visit_u128<E: serde::de::Error>(self, _: u128) -> Result<Value, E> {
        Err(self.fail(Fault::InexactNumber))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        // NaN is not less than anything.
        if value.abs() < EXACT { Ok(value.into()) } else { Err(self.fail(Fault::InexactNumber)) }
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            if array.len() == MAX_ITEMS {
                return Err(self.fail(Fault::TooManyItems));
            }
            array.push(item);
        }
        Ok(array.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut next = members.next_key::<String>()?;
        if next.as_deref() == Some(NUMBER) && *NUMBERS_ARE_TEXTS {
            return self.number(&members.next_value::<String>()?);
        }
        let inner = self.inner()?;
        let mut object = Map::new();
        while let Some(name) = next {
            if object.contains_key(&name) {
                return Err(self.fail(Fault::RepeatedName));
            }
            if object.len() == MAX_ITEMS {
                return Err(self.fail(Fault::TooManyItems));
            }
            object.insert(name, members.next_value_seed(inner)?);
            next = members.next_key()?;
        }
        Ok(object.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_what_serde_json_reads() {
        for json in [
            "null",
            "true",
            "-5",
            "9007199254740991.0",
            "18446744073709551615",
            "0.1",
            r#""\u00e9""#,
            "[]",
            r#"{"a":[{"b":null}]}"#,
        ] {
            assert_eq!(read(json.as_bytes(), 4), Ok(serde_json::from_str(json).unwrap()), "{json}");
        }
    }

    #[test]
    fn a_number_is_read_to_the_last_bit() {
        // Found by fuzzing: read fast rather than exactly, this is 184467440737095.03.
        for (json, kept) in [("184467440737095.0615", "184467440737095.06"), ("0.1", "0.1"), ("5.00", "5.0")] {
            let value = read(json.as_bytes(), 1).unwrap();
            assert_eq!(value.to_string(), kept);
            assert_eq!(read(kept.as_bytes(), 1), Ok(value));
        }
    }

    #[test]
    fn what_two_readers_could_take_differently_is_refused() {
        for (json, fault) in [
            (r#"{"a":1,"a":1}"#, Fault::RepeatedName),
            (r#"{"a":1,"\u0061":2}"#, Fault::RepeatedName),
            (r#"[{"x":{"a":1,"b":2,"a":3}}]"#, Fault::RepeatedName),
            ("18446744073709551616", Fault::InexactNumber),
            ("-9223372036854775809", Fault::InexactNumber),
            ("1e300", Fault::InexactNumber),
            // From 2^53 on, two numbers that differ may be read as one.
            ("9007199254740992.0", Fault::InexactNumber),
            ("-9007199254740992.0", Fault::InexactNumber),
            ("1e999", Fault::NotJson),
            ("NaN", Fault::NotJson),
            ("[1] 2", Fault::NotJson),
            (r#""\ud800""#, Fault::NotJson),
            ("", Fault::NotJson),
        ] {
            assert_eq!(read(json.as_bytes(), 8), Err(fault), "{json}");
        }
        assert_eq!(read(b"\"\xff\"", 8), Err(Fault::NotJson));
    }

    #[test]
    fn depth_and_length_are_bounded() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(read(nested(16).as_bytes(), 16).is_ok());
        assert_eq!(read(nested(17).as_bytes(), 16), Err(Fault::TooDeep));
        assert_eq!(read("[".repeat(1_000_000).as_bytes(), 16), Err(Fault::TooDeep));
        assert_eq!(read(r#"{"a":"#.repeat(1_000_000).as_bytes(), 16), Err(Fault::TooDeep));
        assert_eq!(read(b"1", 0), Ok(1.into()));

        let long = |items: usize| format!("[{}]", vec!["1"; items].join(","));
        assert!(read(long(MAX_ITEMS).as_bytes(), 16).is_ok());
        assert_eq!(read(long(MAX_ITEMS + 1).as_bytes(), 16), Err(Fault::TooManyItems));
        let wide = |members: usize| {
            format!("{{{}}}", (0..members).map(|at| format!("\"{at}\":1")).collect::<Vec<_>>().join(","))
        };
        assert!(read(wide(MAX_ITEMS).as_bytes(), 16).is_ok());
        assert_eq!(read(wide(MAX_ITEMS + 1).as_bytes(), 16), Err(Fault::TooManyItems));
    }

    #[test]
    fn a_name_that_is_magic_elsewhere_is_an_ordinary_one_here() {
        let json = r#"{"$serde_json::private::RawValue":"{\"a\":1,\"a\":2}"}"#;
        let value = read(json.as_bytes(), 2).unwrap();
        assert_eq!(value.to_string(), json);
    }
}
