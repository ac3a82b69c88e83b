//! Holds a schema, and a set of tools, against a provider's limits, before the provider does.

use serde_json::Value;

use super::{
    dialect::{Dialect, Limits},
    error::Refusal,
    schema::{Object, Path, for_each, is_required, properties},
};

/// An `enum` is large from here on.
const LARGE_ENUM: usize = 250;

const SPLIT: &str = "split the tool into smaller ones, or take rarely used arguments together as one text";
const FLATTER: &str = "nest the arguments less deeply";
const FEWER_VALUES: &str = "take a string, and list the values in its description, or check them in the tool";
const RELAX: &str = "export some tools in the plain form with `ExportOptions::relaxed(name)`, or offer fewer at once";

/// What one tool takes of the limits that a request has.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Share {
    optional_properties: usize,
    unions: usize,
}

/// Holds one tool's schema against the limits.
pub(super) fn check(schema: &Value, dialect: &Dialect) -> Result<Share, Refusal> {
    let mut counter =
        Counter { limits: &dialect.limits, properties: 0, values: 0, characters: 0, share: Share::default() };
    let mut found = Ok(());
    for_each(schema, &Path::default(), &mut |schema, path| {
        if found.is_ok() {
            found = counter.count(schema, path);
        }
    });
    found?;
    check_depth(schema, &Path::default(), 0, dialect.limits.depth)?;
    Ok(counter.share)
}

struct Counter<'a> {
    limits: &'a Limits,
    properties: usize,
    values: usize,
    characters: usize,
    share: Share,
}

impl Counter<'_> {
    fn count(&mut self, schema: &Object, path: &Path) -> Result<(), Refusal> {
        let Limits { properties: most, enum_values, name_characters, large_enum_characters, .. } = *self.limits;
        for (name, property) in properties(schema).into_iter().flatten() {
            self.properties += 1;
            self.characters += name.len();
            self.share.optional_properties += usize::from(!is_required(schema, name));
            self.share.unions +=
                usize::from(property.get("anyOf").is_some() || property.get("type").is_some_and(Value::is_array));
        }
        over(self.properties, most, |most| {
            Refusal::new(path, format!("there are more than {most} properties up to here"), SPLIT)
        })?;
        for name in schema.get("$defs").and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name) {
            self.characters += name.len();
        }
        if let Some(Value::Array(values)) = schema.get("enum") {
            let characters: usize = values.iter().map(length).sum();
            self.values += values.len();
            self.characters += characters;
            over(self.values, enum_values, |most| {
                Refusal::new(path, format!("there are more than {most} values of enums up to here"), FEWER_VALUES)
            })?;
            if values.len() > LARGE_ENUM {
                over(characters, large_enum_characters, |most| {
                    Refusal::new(
                        path,
                        format!("an enum of more than {LARGE_ENUM} values has more than {most} characters"),
                        FEWER_VALUES,
                    )
                })?;
            }
        }
        self.characters += schema.get("const").map_or(0, length);
        over(self.characters, name_characters, |most| {
            Refusal::new(path, format!("names and constants have more than {most} characters up to here"), SPLIT)
        })
    }
}

fn length(value: &Value) -> usize {
    value.as_str().map_or(0, str::len)
}

fn over(count: usize, limit: Option<usize>, refusal: impl FnOnce(usize) -> Refusal) -> Result<(), Refusal> {
    match limit {
        Some(limit) if count > limit => Err(refusal(limit)),
        _ => Ok(()),
    }
}

/// Counts objects in objects. What is behind a reference is counted where it is defined.
fn check_depth(schema: &Value, path: &Path, above: usize, limit: Option<usize>) -> Result<(), Refusal> {
    let (Value::Object(members), Some(limit)) = (schema, limit) else { return Ok(()) };
    let depth = above + usize::from(properties(members).is_some());
    if depth > limit {
        return Err(Refusal::new(path, format!("objects are nested more than {limit} levels deep"), FLATTER));
    }
    let mut found = Ok(());
    let mut members = members.clone();
    let _: Result<(), ()> = super::schema::for_each_child(&mut members, path, &mut |child, path| {
        let is_definition = path.is_definition();
        if found.is_ok() {
            found = check_depth(child, path, if is_definition { 0 } else { depth }, Some(limit));
        }
        Ok(())
    });
    found
}

/// Holds all tools of a request against the limits. The tool at fault is the first that is too much.
pub(super) fn check_all<'a>(
    tools: impl Iterator<Item = (&'a str, Option<(&'static Dialect, Share)>)>,
    plain: &Dialect,
) -> Result<(), (String, Refusal)> {
    let mut strict_tools = 0;
    let mut all = Share::default();
    for (count, (name, strict)) in (1..).zip(tools) {
        let fault = |reason: String, remedy| Err((name.to_owned(), Refusal::new(&Path::default(), reason, remedy)));
        if let Some(most) = plain.limits.tools.filter(|most| count > *most) {
            return fault(format!("there are more than {most} tools"), "offer fewer tools at once");
        }
        let Some((dialect, share)) = strict else { continue };
        strict_tools += 1;
        all.optional_properties += share.optional_properties;
        all.unions += share.unions;
        let limits = &dialect.limits;
        if let Some(most) = limits.strict_tools.filter(|most| strict_tools > *most) {
            return fault(format!("there are more than {most} strict tools"), RELAX);
        }
        if let Some(most) = limits.optional_properties.filter(|most| all.optional_properties > *most) {
            return fault(format!("strict tools have more than {most} optional properties with it"), RELAX);
        }
        if let Some(most) = limits.unions.filter(|most| all.unions > *most) {
            return fault(format!("strict tools have more than {most} properties of a union type with it"), RELAX);
        }
    }
    Ok(())
}
