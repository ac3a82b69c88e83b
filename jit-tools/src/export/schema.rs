//! Ways through a JSON Schema: which keywords hold schemas, and where one is.

use serde_json::{Map, Value};

use crate::json_schema::{LISTS, NAMED, SINGLE};

/// The members of a schema.
pub(super) type Object = Map<String, Value>;

/// Where a rewrite leaves a note for the codec. It is removed before a provider sees the schema.
pub(super) const MARK: &str = "$jit-tools";

/// What says something about a value, and does not limit it.
pub(super) const ANNOTATIONS: [&str; 9] =
    ["description", "title", "default", "examples", "deprecated", "readOnly", "writeOnly", "$comment", MARK];

/// A place in a schema. It is written out, as a JSON pointer, only where something is wrong there.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Path<'a> {
    parent: Option<&'a Self>,
    segment: Segment<'a>,
}

#[derive(Clone, Copy, Debug, Default)]
enum Segment<'a> {
    #[default]
    Root,
    Keyword(&'a str),
    Name(&'a str),
    Index(usize),
}

impl<'a> Path<'a> {
    fn keyword(&'a self, keyword: &'a str) -> Self {
        Self { parent: Some(self), segment: Segment::Keyword(keyword) }
    }

    fn name(&'a self, name: &'a str) -> Self {
        Self { parent: Some(self), segment: Segment::Name(name) }
    }

    fn index(&'a self, index: usize) -> Self {
        Self { parent: Some(self), segment: Segment::Index(index) }
    }

    /// The place of a definition.
    pub(super) fn with_definition<T>(name: &str, f: impl FnOnce(&Path<'_>) -> T) -> T {
        f(&Path::default().keyword("$defs").name(name))
    }

    /// Whether it is the schema as a whole.
    pub(super) fn is_root(&self) -> bool {
        matches!(self.segment, Segment::Root)
    }

    /// The keyword whose only value the schema here is.
    pub(super) fn last_keyword(&self) -> Option<&'a str> {
        match self.segment {
            Segment::Keyword(keyword) => Some(keyword),
            _ => None,
        }
    }

    /// Whether it is that of a definition.
    pub(super) fn is_definition(&self) -> bool {
        self.parent.is_some_and(|parent| parent.last_keyword() == Some("$defs"))
    }
}

impl std::fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match self.segment {
            Segment::Root => Ok(()),
            Segment::Keyword(text) | Segment::Name(text) => {
                write!(f, "/{}", text.replace('~', "~0").replace('/', "~1"))
            }
            Segment::Index(index) => write!(f, "/{index}"),
        }
    }
}

/// Calls `f` for each schema directly beneath one, with its place.
pub(super) fn for_each_child<E>(
    schema: &mut Object,
    path: &Path,
    f: &mut dyn FnMut(&mut Value, &Path) -> Result<(), E>,
) -> Result<(), E> {
    for (keyword, value) in schema.iter_mut() {
        let path = path.keyword(keyword);
        match value {
            Value::Object(members) if NAMED.contains(&keyword.as_str()) => {
                for (name, member) in members.iter_mut() {
                    f(member, &path.name(name))?;
                }
            }
            Value::Array(members) if LISTS.contains(&keyword.as_str()) => {
                for (index, member) in members.iter_mut().enumerate() {
                    f(member, &path.index(index))?;
                }
            }
            value if SINGLE.contains(&keyword.as_str()) => f(value, &path)?,
            _ => {}
        }
    }
    Ok(())
}

/// Calls `f` for each schema in `schema`, those beneath before the one above, and for itself last.
///
/// A schema that is `true` or `false` has no members, and is passed by.
pub(super) fn bottom_up<E>(
    schema: &mut Value,
    path: &Path,
    f: &mut dyn FnMut(&mut Object, &Path) -> Result<(), E>,
) -> Result<(), E> {
    let Value::Object(members) = schema else { return Ok(()) };
    for_each_child(members, path, &mut |child, path| bottom_up(child, path, f))?;
    f(members, path)
}

/// Calls `f` for each schema in `schema`, as [`bottom_up`] does.
pub(super) fn each(schema: &mut Value, f: &mut dyn FnMut(&mut Object)) {
    let _: Result<(), ()> = bottom_up(schema, &Path::default(), &mut |schema, _| {
        f(schema);
        Ok(())
    });
}

/// Calls `f` for each schema in `schema`, itself first.
pub(super) fn for_each<'a>(schema: &'a Value, path: &Path, f: &mut dyn FnMut(&'a Object, &Path)) {
    let Value::Object(members) = schema else { return };
    f(members, path);
    for (keyword, value) in members {
        let path = path.keyword(keyword);
        match value {
            Value::Object(members) if NAMED.contains(&keyword.as_str()) => {
                members.iter().for_each(|(name, member)| for_each(member, &path.name(name), f));
            }
            Value::Array(members) if LISTS.contains(&keyword.as_str()) => {
                members.iter().enumerate().for_each(|(index, member)| for_each(member, &path.index(index), f));
            }
            value if SINGLE.contains(&keyword.as_str()) => for_each(value, &path, f),
            _ => {}
        }
    }
}

/// The name in `#/$defs/name`, as it is written here once a schema has been tidied: it has no characters that are encoded.
pub(super) fn definition_name(reference: &str) -> Option<String> {
    reference.strip_prefix("#/$defs/").map(str::to_owned)
}

/// `#/$defs/name`.
pub(super) fn reference_to(name: &str) -> String {
    format!("#/$defs/{name}")
}

/// Whether `type` is, or may be, `name`.
pub(super) fn has_type(schema: &Object, name: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(own)) => own == name,
        Some(Value::Array(own)) => own.iter().any(|own| own == name),
        _ => false,
    }
}

/// The members of `properties`, if there are any.
pub(super) fn properties(schema: &Object) -> Option<&Object> {
    schema.get("properties").and_then(Value::as_object).filter(|properties| !properties.is_empty())
}

/// Whether a property has to be there.
pub(super) fn is_required(schema: &Object, name: &str) -> bool {
    schema.get("required").and_then(Value::as_array).is_some_and(|required| required.iter().any(|own| own == name))
}

/// Whether a schema allows `null`.
pub(super) fn admits_null(schema: &Value, definitions: Option<&Object>) -> bool {
    admits_null_within(schema, definitions, 0)
}

/// Whether a schema allows `null`, where no reference has to be followed.
pub(super) fn itself_admits_null(schema: &Object) -> bool {
    members_admit_null(schema, None, 0)
}

/// References are followed this far; one that leads back to itself admits nothing.
const MAX_REFERENCES: usize = 32;

fn admits_null_within(schema: &Value, definitions: Option<&Object>, depth: usize) -> bool {
    match schema {
        Value::Object(members) => members_admit_null(members, definitions, depth),
        other => *other == Value::Bool(true),
    }
}

fn members_admit_null(members: &Object, definitions: Option<&Object>, depth: usize) -> bool {
    if depth > MAX_REFERENCES {
        return false;
    }
    let below = |schema: &Value| admits_null_within(schema, definitions, depth + 1);
    let all_of = |keyword: &str| members.get(keyword).and_then(Value::as_array);
    if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
        let target = definition_name(reference).and_then(|name| definitions?.get(&name));
        if !target.is_some_and(below) {
            return false;
        }
    }
    if members.contains_key("type") && !has_type(members, "null") {
        return false;
    }
    if members.get("const").is_some_and(|value| !value.is_null()) {
        return false;
    }
    if members.get("enum").and_then(Value::as_array).is_some_and(|values| !values.contains(&Value::Null)) {
        return false;
    }
    ["anyOf", "oneOf"].iter().filter_map(|keyword| all_of(keyword)).all(|branches| branches.iter().any(below))
        && all_of("allOf").is_none_or(|parts| parts.iter().all(below))
}

/// Adds a sentence to a schema's description. A `$ref` stands alone; what is said of it is said around it.
pub(super) fn describe(schema: &mut Object, sentence: &str) {
    if let Some(reference) = schema.shift_remove("$ref") {
        schema.insert("anyOf".to_owned(), serde_json::json!([{ "$ref": reference }]));
    }
    let described = match schema.get("description").and_then(Value::as_str) {
        Some(text) if text.contains(sentence) => return,
        Some(text) if !text.is_empty() => {
            let end = if text.ends_with(['.', '!', '?', ':', '…']) { "" } else { "." };
            format!("{text}{end} {sentence}")
        }
        _ => sentence.to_owned(),
    };
    schema.insert("description".to_owned(), Value::String(described));
}

/// Sets a note for the codec.
pub(super) fn mark(schema: &mut Object, key: &str, value: Value) {
    let notes = schema.entry(MARK).or_insert_with(|| Value::Object(Object::new()));
    if let Value::Object(notes) = notes {
        notes.insert(key.to_owned(), value);
    }
}

/// A note for the codec.
pub(super) fn marked<'a>(schema: &'a Object, key: &str) -> Option<&'a Value> {
    schema.get(MARK)?.get(key)
}
