//! From the JSON that a model wrote to the struct that a function takes.

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, IgnoredAny, Visitor},
    forward_to_deserialize_any,
};
use serde_json::{Value, de::StrRead};

use crate::{export, tool::ToolError};

/// Parses a model's arguments into a type of the author's.
///
/// An empty text counts as an object without members: some models send it for a tool that takes nothing.
///
/// # Errors
/// Names the field at fault, in words that a model can act on.
#[inline]
pub(crate) fn parse<'de, A: Deserialize<'de>>(json: &'de str) -> Result<A, ToolError> {
    let object = object(json)?;
    serde_json::from_str(object).map_err(|error| explain(object, error))
}

/// The same for the struct that an expansion makes of a function's parameters.
///
/// Every tool has a copy of this, and of all of serde that it uses. So it uses little: the struct is read as a map, for
/// which serde makes half of the code, and what needs no type is elsewhere.
#[inline]
pub(crate) fn parse_members<'de, A: Deserialize<'de>>(json: &'de str) -> Result<A, ToolError> {
    let object = object(json)?;
    let mut deserializer = serde_json::Deserializer::from_str(object);
    let error = match A::deserialize(Members(&mut deserializer)) {
        Ok(arguments) => match deserializer.end() {
            Ok(()) => return Ok(arguments),
            Err(error) => error,
        },
        Err(error) => error,
    };
    Err(explain(object, error))
}

/// Reads a struct from an object, and not from a list of its fields.
struct Members<'a, 'de>(&'a mut serde_json::Deserializer<StrRead<'de>>);

impl<'de> Deserializer<'de> for Members<'_, 'de> {
    type Error = serde_json::Error;

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.0.deserialize_map(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// serde would read an array as the arguments by position, which no schema says.
#[inline]
fn object(json: &str) -> Result<&str, ToolError> {
    if json.starts_with('{') { Ok(json) } else { object_after_space(json) }
}

#[cold]
fn object_after_space(json: &str) -> Result<&str, ToolError> {
    match json.trim_ascii_start().as_bytes() {
        [] => Ok("{}"),
        [b'{', ..] => Ok(json),
        _ => Err(no_object(json)),
    }
}

fn no_object(json: &str) -> ToolError {
    let error = match serde_json::from_str::<IgnoredAny>(json) {
        Ok(_) => {
            let found = match json.trim_ascii_start().as_bytes() {
                [b'[', ..] => "a list",
                [b'"', ..] => "a string that holds none",
                [b'n', ..] => "null",
                [b't' | b'f', ..] => "a boolean",
                _ => "a number",
            };
            serde_json::Error::custom(format_args!("expected one JSON object, and this is {found}"))
        }
        Err(error) => error,
    };
    ToolError::invalid_arguments(None, error)
}

/// Takes arguments that are a JSON string out of it, as several servers write those of each call. Only an object can be
/// meant, so that they are taken as they are where the string does not hold one.
#[cold]
pub(crate) fn unwrapped(arguments: String) -> String {
    export::unwrapped(&arguments).unwrap_or(arguments)
}

#[cold]
fn explain(json: &str, error: serde_json::Error) -> ToolError {
    ToolError::invalid_arguments(path_of(json, &error), error)
}

/// The path to the field at fault, such as `filter.sizes[2]`; none for the arguments themselves.
///
/// The error says where it was met, and not in which field. So the text is made to break off there, and the path is that
/// at which it does: no type has to be read a second time for it.
fn path_of(json: &str, error: &serde_json::Error) -> Option<String> {
    let line: usize = json.split_inclusive('\n').take(error.line().checked_sub(1)?).map(str::len).sum();
    let read = json.get(..line + error.column())?.trim_ascii_end();
    let path = if let Some(name) = read.strip_suffix('"') {
        // A text, or the name of a member that is not known.
        breaking_off(name).filter(|path| !path.ends_with('?')).or_else(|| breaking_off(&format!("{read}:-")))
    } else if let Some(members) = read.strip_suffix(['}', ']']) {
        breaking_off(members)
    } else {
        // A number or a word, or what stands before a value that was not begun.
        let is_of_value = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        breaking_off(&format!("{}-", read.trim_end_matches(is_of_value)))
    }?;
    let path = path.trim_end_matches('?').trim_end_matches('.');
    (!path.is_empty()).then(|| path.to_owned())
}

/// The path at which a text breaks off that is the beginning of JSON.
fn breaking_off(json: &str) -> Option<String> {
    let error = serde_path_to_error::deserialize::<_, Value>(&mut serde_json::Deserializer::from_str(json)).err()?;
    Some(error.path().to_string())
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, fmt::Debug};

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "it is read only")]
    struct Arguments {
        name: String,
        size: Option<u8>,
        list: Vec<i16>,
        inner: Inner,
        map: BTreeMap<String, Inner>,
        choice: Choice,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "it is read only")]
    struct Inner {
        on: bool,
        at: Option<(f64, f64)>,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "it is read only")]
    enum Choice {
        Red,
        Mixed { parts: Vec<u8> },
    }

    /// What the crate says that reads the type once more, with every step noted.
    fn noted<'de, A: Deserialize<'de> + Debug>(json: &'de str) -> String {
        let mut deserializer = serde_json::Deserializer::from_str(json);
        let path = serde_path_to_error::deserialize::<_, A>(&mut deserializer).unwrap_err().path().to_string();
        if path.is_empty() { ".".to_owned() } else { path }
    }

    fn found<'de, A: Deserialize<'de> + Debug>(json: &'de str) -> String {
        let error = serde_json::from_str::<A>(json).unwrap_err();
        path_of(json, &error).unwrap_or_else(|| ".".to_owned())
    }

    const GOOD: &str = r#"{"name": "a \"b\"", "size": 7, "list": [1, -2], "inner": {"on": true, "at": [1.5, 2e3]},
        "map": {"x": {"on": false, "at": null}}, "choice": {"Mixed": {"parts": [1]}}}"#;

    #[test]
    fn the_path_leads_to_the_value_at_fault() {
        for (old, new, path) in [
            ("7", "\"7\"", "size"),
            ("7", "300", "size"),
            ("7", "-1", "size"),
            ("7", "[1]", "size"),
            ("7", "true", "size"),
            ("-2", "{}", "list[1]"),
            ("-2", "null", "list[1]"),
            ("-2", "70000", "list[1]"),
            ("true", "\"true\"", "inner.on"),
            ("\"on\": true, ", "", "inner"),
            ("2e3", "\"2e3\"", "inner.at[1]"),
            ("[1.5, 2e3]", "[1.5]", "inner.at"),
            ("false", "0", "map.x.on"),
            ("\"on\": false, ", "", "map.x"),
            ("\"name\": \"a \\\"b\\\"\", ", "", "."),
            ("\"size\"", "\"sise\"", "sise"),
            ("[1]}", "[1, 256]}", "choice.Mixed.parts[1]"),
            ("\"Mixed\"", "\"Mixt\"", "choice.Mixt"),
            ("-2", "-", "list[1]"),
            ("true", "tru", "inner.on"),
        ] {
            let json = GOOD.replacen(old, new, 1);
            assert_eq!(found::<Arguments>(&json), path, "{json}");
        }
    }

    #[test]
    fn it_is_the_path_that_reading_again_would_find() {
        let mut compared = 0;
        for (at, _) in GOOD.char_indices() {
            for new in ["", "9", "\"", "{", "[", "null", "true", "-1", "\"y\"", "\"y\" ", "{}", "[0]"] {
                for rest in at..GOOD.len().min(at + 4) {
                    let json = format!("{}{new}{}", &GOOD[..at], &GOOD[rest..]);
                    let Err(error) = serde_json::from_str::<Arguments>(&json) else { continue };
                    // Of what is no JSON at all, the place is told well enough either way.
                    // Where a variant is at fault, one of them leads to its name, and the other to where it stands.
                    if error.is_data() && !error.to_string().contains("variant") {
                        assert_eq!(found::<Arguments>(&json), noted::<Arguments>(&json), "{error} {json}");
                        compared += 1;
                    }
                }
            }
        }
        assert!(compared > 1000, "{compared}");
    }
}
