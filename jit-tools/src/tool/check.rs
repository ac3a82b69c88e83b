//! Values held against a schema: a model's arguments before the body runs, and in debug builds what a tool gives back.
//!
//! It knows the keywords that schemars writes, and lets pass what it does not know: the deserializer judges the
//! arguments after it, by types. A validator for all of JSON Schema would be several times the size of this crate.

pub(super) mod integers;
mod values;

#[cfg(test)]
mod tests;

use std::{collections::HashSet, fmt::Write as _};

use serde_json::{Map, Value};

use self::values::{check_listed, check_number, check_size, check_type, constants, constants_of, listed};
use super::contract::{ALIASES, Patterns, is_constrained, target};
use crate::{
    json_schema::{MAX_STEPS, schemas},
    plain_text,
};

/// How much of a name that a model made up is repeated, in characters.
const NAME: usize = 64;

/// What is wrong with a value, and where.
#[derive(Debug, PartialEq)]
pub(crate) struct Violation {
    /// Such as `filter.sizes[2]`; empty for the value itself.
    pub(crate) path: String,
    /// Such as `must be at most 9`.
    pub(crate) text: String,
    depth: usize,
    kind: Kind,
}

/// How much a violation tells, where none of several forms fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// The value itself is one of another type.
    OtherType,
    /// The value is one of another form, by its tag or by its members.
    OtherForm,
    Mismatch,
    /// A range, a length or a pattern; so the form is the right one.
    Constraint,
}

impl Violation {
    fn new(kind: Kind, text: impl Into<String>) -> Self {
        Self { path: String::new(), text: text.into(), depth: 0, kind }
    }

    fn mismatch(text: impl Into<String>) -> Self {
        Self::new(Kind::Mismatch, text)
    }

    fn constraint(text: impl Into<String>) -> Self {
        Self::new(Kind::Constraint, text)
    }

    /// The same, told of the value that this one is in.
    fn inside(mut self, step: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("{step}{dot}{}", self.path);
        self.depth += 1;
        // What the value is in has the right type, then.
        if self.kind == Kind::OtherType {
            self.kind = Kind::Mismatch;
        }
        self
    }
}

/// The first thing that is wrong with what a tool gives back.
pub(crate) fn violation(schema: &Value, value: &Value) -> Option<Violation> {
    let patterns = Patterns::of(schema);
    Checker { root: schema, patterns: &patterns, is_input: false }.check(schema, value, None).err()
}

pub(super) struct Checker<'a> {
    pub(super) root: &'a Value,
    pub(super) patterns: &'a Patterns,
    /// Whether it is read. Where there are ranges, lengths or patterns, a member is then refused that no schema speaks
    /// of: it may be another name of one that has a bound.
    pub(super) is_input: bool,
}

/// A schema that a value is held against, and the one that led to it and holds for the same value.
#[derive(Clone, Copy)]
struct Place<'p, 'a> {
    value: &'a Value,
    schema: &'a Map<String, Value>,
    from: Option<(&'p Place<'p, 'a>, &'static str)>,
    steps: usize,
}

impl<'p, 'a> Place<'p, 'a> {
    /// The place of a schema; `None` for `true` and `false`.
    fn of(value: &'a Value, from: Option<(&'p Place<'p, 'a>, &'static str)>) -> Option<Self> {
        let steps = from.map_or(0, |(place, _)| place.steps + 1);
        value.as_object().map(|schema| Self { value, schema, from, steps })
    }
}

type Checked = Result<(), Violation>;

impl<'a> Checker<'a> {
    pub(super) fn violation(&self, value: &Value) -> Option<Violation> {
        self.check(self.root, value, None).err()
    }

    fn check(&self, schema: &'a Value, value: &Value, from: Option<(&Place<'_, 'a>, &'static str)>) -> Checked {
        let Some(place) = Place::of(schema, from) else {
            return if *schema == Value::Bool(false) { Err(Violation::mismatch("must not be there")) } else { Ok(()) };
        };
        let schema = place.schema;
        // Arguments come no further than the fault of their contract; what a tool gives back has none.
        if place.steps > MAX_STEPS {
            return Err(Violation::mismatch("has a schema that refers to itself"));
        }
        if let Some(reference) = schema.get("$ref") {
            let Some(target) = target(schema, self.root) else {
                return Err(Violation::mismatch(format!("has a schema in which {reference} refers to nothing")));
            };
            self.check(target, value, Some((&place, "$ref")))?;
        }
        check_type(schema, value)?;
        for part in schemas(schema, "allOf") {
            self.check(part, value, Some((&place, "allOf")))?;
        }
        for choice in ["anyOf", "oneOf"] {
            self.check_choice(&place, choice, value)?;
        }
        match value {
            Value::Number(number) => check_number(schema, number),
            Value::String(text) => self.check_text(schema, text),
            Value::Array(items) => self.check_items(schema, items),
            Value::Object(members) => self.check_members(&place, members),
            Value::Null | Value::Bool(_) => Ok(()),
        }
    }

    /// One of the choices has to fit. Where none does, the one that came nearest says why.
    fn check_choice(&self, place: &Place<'_, 'a>, choice: &'static str, value: &Value) -> Checked {
        let branches = schemas(place.schema, choice);
        if let Some(values) = constants(branches) {
            return check_listed(value, values.into_iter());
        }
        let mut nearest: Option<Violation> = None;
        let mut is_only_null = None;
        for schema in branches {
            let Err(wrong) = self.check(schema, value, Some((place, choice))) else { return Ok(()) };
            // It says nothing of a value that is there: what is wrong with that is said by the other branches.
            if self.is_null(schema, MAX_STEPS) {
                is_only_null = Some(wrong);
                continue;
            }
            let key = |violation: &Violation| (violation.kind, violation.depth);
            match &mut nearest {
                Some(other) if key(other) > key(&wrong) => {}
                Some(other) if key(other) == key(&wrong) && other.path == wrong.path => {
                    if !other.text.contains(&wrong.text) {
                        let _ = write!(other.text, " or {}", wrong.text);
                    }
                }
                other => *other = Some(wrong),
            }
        }
        nearest.or(is_only_null).map_or(Ok(()), Err)
    }

    /// Whether a schema allows `null` and nothing else.
    fn is_null(&self, schema: &'a Value, steps: usize) -> bool {
        let Value::Object(schema) = schema else { return false };
        schema.get("type").is_some_and(|name| name == "null")
            || constants_of(schema).is_some_and(|values| values.iter().all(|value| value.is_null()))
            || (steps > 0 && target(schema, self.root).is_some_and(|target| self.is_null(target, steps - 1)))
    }

    fn check_text(&self, schema: &Map<String, Value>, text: &str) -> Checked {
        if schema.contains_key("minLength") || schema.contains_key("maxLength") {
            check_size(schema, ["minLength", "maxLength"], text.chars().count(), "characters")?;
        }
        match schema.get("pattern").and_then(Value::as_str) {
            Some(pattern) if !self.patterns.allow(pattern, text) => {
                Err(Violation::constraint(format!("must match the pattern {pattern}")))
            }
            _ => Ok(()),
        }
    }

    fn check_items(&self, schema: &'a Map<String, Value>, items: &[Value]) -> Checked {
        check_size(schema, ["minItems", "maxItems"], items.len(), "items")?;
        if schema.get("uniqueItems").is_some_and(|is_set| *is_set == Value::Bool(true)) {
            let mut seen = HashSet::new();
            if let Some(index) = items.iter().position(|item| !seen.insert(item)) {
                let twice = Violation::constraint("is there already: leave out what is there twice");
                return Err(twice.inside(&format!("[{index}]")));
            }
        }
        let first = schemas(schema, "prefixItems");
        for (index, item) in items.iter().enumerate() {
            if let Some(schema) = first.get(index).or_else(|| schema.get("items")) {
                self.check(schema, item, None).map_err(|wrong| wrong.inside(&format!("[{index}]")))?;
            }
        }
        Ok(())
    }

    fn check_members(&self, place: &Place<'_, 'a>, members: &Map<String, Value>) -> Checked {
        let schema = place.schema;
        check_size(schema, ["minProperties", "maxProperties"], members.len(), "members")?;
        for (name, member) in members {
            self.check_member(place, name, member)?;
        }
        for name in schemas(schema, "required").iter().filter_map(Value::as_str) {
            if !members.contains_key(name) && !aliases(schema, name).any(|alias| members.contains_key(alias)) {
                return Err(Violation::mismatch(format!("missing field `{name}`")));
            }
        }
        Ok(())
    }

    fn check_member(&self, place: &Place<'_, 'a>, name: &str, member: &Value) -> Checked {
        let mut is_named = false;
        for schema in property(place.schema, name).into_iter().chain(self.by_pattern(place.schema, name)) {
            is_named = true;
            self.check(schema, member, None).map_err(|wrong| wrong.inside(name))?;
        }
        if is_named {
            return Ok(());
        }
        match place.schema.get("additionalProperties") {
            Some(Value::Bool(false)) => Err(unknown(place.schema, name)),
            Some(others) => self.check(others, member, None).map_err(|wrong| wrong.inside(name)),
            None => {
                let says_so = place.schema.get("unevaluatedProperties").is_some_and(|it| *it == Value::Bool(false));
                let may_be_closed = says_so || (self.is_input && place.schema.contains_key("properties"));
                if may_be_closed && !self.is_known(place, name) && (says_so || self.is_constrained(place)) {
                    return Err(unknown(place.schema, name));
                }
                Ok(())
            }
        }
    }

    /// Whether something has bounds in the object that is there, whatever form of it that is.
    fn is_constrained(&self, mut place: &Place<'_, 'a>) -> bool {
        while let Some((from, _)) = place.from {
            place = from;
        }
        is_constrained(place.value, self.root)
    }

    /// The schemas of the patterns that a member's name matches.
    fn by_pattern(&self, schema: &'a Map<String, Value>, name: &str) -> impl Iterator<Item = &'a Value> {
        let patterns = schema.get("patternProperties").and_then(Value::as_object);
        patterns.into_iter().flatten().filter(move |(pattern, _)| self.patterns.allow(pattern, name)).map(|(_, it)| it)
    }

    /// Whether one of the schemas that hold for an object speaks of a member: this one, those that it is made of, and
    /// those that led to it, but for the other choices there.
    fn is_known(&self, place: &Place<'_, 'a>, name: &str) -> bool {
        let (mut place, mut not) = (place, "");
        loop {
            if self.speaks_of(place.schema, name, not, MAX_STEPS) {
                return true;
            }
            let Some((from, keyword)) = place.from else { return false };
            (place, not) = (from, keyword);
        }
    }

    fn speaks_of(&self, schema: &'a Map<String, Value>, name: &str, not: &str, steps: usize) -> bool {
        let inner = |schema: &'a Value| match schema.as_object() {
            Some(schema) => steps > 0 && self.speaks_of(schema, name, "", steps - 1),
            None => *schema == Value::Bool(true),
        };
        property(schema, name).is_some()
            || self.by_pattern(schema, name).next().is_some()
            || schema.get("additionalProperties").is_some_and(|others| *others != Value::Bool(false))
            || (not != "$ref" && target(schema, self.root).is_some_and(inner))
            || ["allOf", "anyOf", "oneOf"]
                .iter()
                .any(|keyword| (*keyword != not || not == "allOf") && schemas(schema, keyword).iter().any(inner))
    }
}

/// The schema of a member, by its name or by another name that it is read by.
fn property<'a>(schema: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let properties = schema.get("properties")?.as_object()?;
    let has_alias = |property: &&String| aliases(schema, property).any(|alias| alias == name);
    properties.get(name).or_else(|| properties.get(properties.keys().find(has_alias)?))
}

/// The other names that a member is read by.
fn aliases<'a>(schema: &'a Map<String, Value>, property: &str) -> impl Iterator<Item = &'a str> {
    let property = schema.get("properties").and_then(|properties| properties.get(property));
    let aliases = property.and_then(|property| property.get(ALIASES)).and_then(Value::as_array);
    aliases.into_iter().flatten().filter_map(Value::as_str)
}

/// In the words of the deserializer, which tells it of plain arguments.
fn unknown(schema: &Map<String, Value>, name: &str) -> Violation {
    let properties = schema.get("properties").and_then(Value::as_object);
    let names = properties.map(|properties| listed(properties.keys().map(|name| format!("`{name}`"))));
    let name = plain_text::capped(name, NAME);
    let text = match names.filter(|names| !names.is_empty()) {
        Some(names) => format!("unknown field `{name}`, expected {names}"),
        None => format!("unknown field `{name}`"),
    };
    Violation::new(Kind::OtherForm, text)
}
