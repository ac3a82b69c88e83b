//! From the values of a provider's schema to those of the canonical one, and back.
//!
//! A codec is read from a schema and the notes that the [rewrites](super::rewrite) left in it.

mod fit;
mod node;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use self::{
    fit::Fit,
    node::{Encoding, Node, ObjectNode},
};
use super::{rewrite, schema::Object};
use crate::json_schema::is_same;

/// Which of the two a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    /// As the type reads and writes it.
    Canonical,
    /// As the model writes it.
    Wire,
}

/// The way between a provider's values and the canonical ones.
#[derive(Debug)]
pub(super) struct Codec {
    root: Node,
    definitions: BTreeMap<String, Node>,
    is_plain: bool,
}

impl Codec {
    /// Reads a schema with its notes.
    pub(super) fn new(schema: &Value) -> Self {
        let definitions = schema.get("$defs").and_then(Value::as_object);
        let root = Node::of(schema);
        let definitions: BTreeMap<_, _> =
            definitions.into_iter().flatten().map(|(name, schema)| (name.clone(), Node::of(schema))).collect();
        let is_plain = root.is_plain() && definitions.values().all(Node::is_plain);
        Self { root, definitions, is_plain }
    }

    /// Whether the values of both are the same.
    pub(super) fn is_plain(&self) -> bool {
        self.is_plain
    }

    /// What the type reads, of what the model wrote.
    ///
    /// What does not fit the schema is passed on as it is, so that the type says what is wrong with it.
    pub(super) fn decode(&self, value: Value) -> Value {
        if self.is_plain { value } else { self.convert(&self.root, value, Side::Wire) }
    }

    /// What a model would write, of what the type writes.
    pub(super) fn encode(&self, value: Value) -> Value {
        if self.is_plain { value } else { self.convert(&self.root, value, Side::Canonical) }
    }

    /// Turns a value around that is of the side `from`.
    fn convert(&self, node: &Node, value: Value, from: Side) -> Value {
        let Some(node) = self.resolve(node) else { return value };
        if node.is_leaf {
            return value;
        }
        if !node.branches.is_empty() {
            return match self.branch(node, &value, from) {
                Some(branch) => self.convert(branch, value, from),
                None => value,
            };
        }
        match &node.encoding {
            Some(encoding) => self.convert_encoded(node, encoding, value, from),
            None => self.convert_plain(node, value, from),
        }
    }

    fn convert_plain(&self, node: &Node, value: Value, from: Side) -> Value {
        match value {
            Value::Array(items) => {
                let convert = |(index, item)| match node.item(index) {
                    Some(node) => self.convert(node, item, from),
                    None => item,
                };
                Value::Array(items.into_iter().enumerate().map(convert).collect())
            }
            Value::Object(members) => match (&node.object, from) {
                (Some(object), Side::Wire) => Value::Object(self.read_object(object, members)),
                (Some(object), Side::Canonical) => Value::Object(self.write_object(object, members)),
                (None, _) => Value::Object(members),
            },
            scalar => scalar,
        }
    }

    fn convert_encoded(&self, node: &Node, encoding: &Encoding, value: Value, from: Side) -> Value {
        match (encoding, from, value) {
            (Encoding::Wrap(name), Side::Canonical, value) => {
                let inner = node.property(name).map(|inner| self.convert(inner, value.clone(), from));
                let mut members = Map::new();
                members.insert(name.clone(), inner.unwrap_or(value));
                Value::Object(members)
            }
            (Encoding::Wrap(name), Side::Wire, Value::Object(mut members)) if members.contains_key(name) => {
                let value = members.shift_remove(name).unwrap_or_default();
                match node.property(name) {
                    Some(inner) => self.convert(inner, value, from),
                    None => value,
                }
            }
            // Some models leave out a wrapper whose only property it is.
            (Encoding::Wrap(name), Side::Wire, value) => match node.property(name) {
                Some(inner) => self.convert(inner, value, from),
                None => value,
            },
            (_, _, Value::Null) if node.admits_null => Value::Null,
            (Encoding::Tuple(length), Side::Canonical, Value::Array(items)) if items.len() == *length => {
                let member = |(index, item)| {
                    let name = rewrite::item_name(index);
                    let item = match node.property(&name) {
                        Some(node) => self.convert(node, item, from),
                        None => item,
                    };
                    (name, item)
                };
                Value::Object(items.into_iter().enumerate().map(member).collect())
            }
            (Encoding::Tuple(length), Side::Wire, Value::Object(mut members)) => {
                let names: Vec<_> = (0..*length).map(rewrite::item_name).collect();
                if !names.iter().all(|name| members.contains_key(name)) {
                    return Value::Object(members);
                }
                let item = |name: &String| {
                    let item = members.shift_remove(name).unwrap_or_default();
                    match node.property(name) {
                        Some(node) => self.convert(node, item, from),
                        None => item,
                    }
                };
                Value::Array(names.iter().map(item).collect())
            }
            (Encoding::Map, Side::Canonical, Value::Object(members)) => self.write_pairs(node.value(), members),
            (Encoding::Map, Side::Wire, Value::Array(pairs)) => match self.read_pairs(node.value(), &pairs) {
                Some(members) => Value::Object(members),
                None => Value::Array(pairs),
            },
            (Encoding::Json, Side::Canonical, value) => Value::String(value.to_string()),
            (Encoding::Json, Side::Wire, Value::String(text)) => {
                // A model that writes a mere text there means the text.
                serde_json::from_str(&text).unwrap_or(Value::String(text))
            }
            (Encoding::Text(values), Side::Canonical, value) => {
                match values.iter().find(|(_, own)| is_same(own, &value)) {
                    Some((text, _)) => Value::String(text.clone()),
                    None => value,
                }
            }
            (Encoding::Text(values), Side::Wire, Value::String(text)) => {
                match values.iter().find(|(own, _)| *own == text) {
                    Some((_, value)) => value.clone(),
                    None => Value::String(text),
                }
            }
            (_, _, other) => other,
        }
    }

    /// The members of an object as the type reads them.
    fn read_object(&self, object: &ObjectNode, members: Object) -> Object {
        let mut read = Object::new();
        let mut rest = None;
        for (name, value) in members {
            if object.rest.as_ref() == Some(&name) {
                rest = Some(value);
                continue;
            }
            if value.is_null() && object.absent.contains(&name) {
                continue;
            }
            let value = match object.properties.get(&name).or(object.others.as_ref()) {
                Some(node) => self.convert(node, value, Side::Wire),
                None => value,
            };
            let name = object.renamed.get(&name).cloned().unwrap_or(name);
            read.insert(name, value);
        }
        match rest {
            Some(Value::Array(pairs)) => {
                let value = object.rest.as_ref().and_then(|rest| object.properties.get(rest)).and_then(Node::value);
                read.extend(self.read_pairs(value, &pairs).unwrap_or_default());
            }
            // Written as a map after all, or left out.
            Some(Value::Object(others)) => read.extend(others),
            _ => {}
        }
        read
    }

    /// The members of an object as a model would write them.
    fn write_object(&self, object: &ObjectNode, mut members: Object) -> Object {
        let mut written = Object::new();
        for (name, node) in &object.properties {
            if object.rest.as_ref() == Some(name) {
                continue;
            }
            let own = object.renamed.get(name).unwrap_or(name);
            match members.shift_remove(own) {
                Some(value) => {
                    written.insert(name.clone(), self.convert(node, value, Side::Canonical));
                }
                None if object.fills && object.required.contains(name) => {
                    written.insert(name.clone(), Value::Null);
                }
                None => {}
            }
        }
        if let Some(rest) = &object.rest {
            let value = object.properties.get(rest).and_then(Node::value);
            written.insert(rest.clone(), self.write_pairs(value, members));
        } else {
            written.extend(members.into_iter().map(|(name, value)| match &object.others {
                Some(node) => (name, self.convert(node, value, Side::Canonical)),
                None => (name, value),
            }));
        }
        written
    }

    fn write_pairs(&self, node: Option<&Node>, members: Object) -> Value {
        let pair = |(key, value): (String, Value)| {
            let value = match node {
                Some(node) => self.convert(node, value, Side::Canonical),
                None => value,
            };
            serde_json::json!({ "key": key, "value": value })
        };
        Value::Array(members.into_iter().map(pair).collect())
    }

    fn read_pairs(&self, node: Option<&Node>, pairs: &[Value]) -> Option<Object> {
        let mut members = Object::new();
        for pair in pairs {
            let pair = pair.as_object()?;
            let key = match pair.get("key")? {
                Value::String(key) => key.clone(),
                // Keys that look like numbers are written as such now and then.
                Value::Number(number) => number.to_string(),
                _ => return None,
            };
            let value = pair.get("value").cloned().unwrap_or_default();
            let value = match node {
                Some(node) => self.convert(node, value, Side::Wire),
                None => value,
            };
            members.insert(key, value);
        }
        Some(members)
    }

    fn resolve<'a>(&'a self, node: &'a Node) -> Option<&'a Node> {
        let mut node = node;
        for _ in 0..32 {
            let Some(name) = &node.reference else { return Some(node) };
            node = self.definitions.get(name)?;
        }
        None
    }

    /// The branch of a choice that a value is of: one that it fits, or else the one that it resembles most.
    fn branch<'a>(&'a self, node: &'a Node, value: &Value, from: Side) -> Option<&'a Node> {
        let fit = |depth| move |branch: &&Node| Fit { codec: self, side: from, depth }.fits(branch, value);
        node.branches.iter().find(fit(Fit::WHOLE)).or_else(|| node.branches.iter().find(fit(Fit::SHALLOW)))
    }
}
