//! Whether a value is of a branch.

use serde_json::Value;

use super::{
    Codec, Side,
    node::{Encoding, Node, ObjectNode},
};
use crate::{
    export::rewrite::item_name,
    json_schema::{is_integer, is_same},
};

/// A look at a value, from one side, so many levels deep.
#[derive(Clone, Copy)]
pub(super) struct Fit<'a> {
    pub(super) codec: &'a Codec,
    pub(super) side: Side,
    pub(super) depth: usize,
}

impl Fit<'_> {
    /// As deep as a value goes; serde's own limit is 128.
    pub(super) const WHOLE: usize = 256;
    /// The kind of the value, and the names and constants directly in it: what tells tagged branches apart.
    pub(super) const SHALLOW: usize = 1;

    pub(super) fn fits(self, node: &Node, value: &Value) -> bool {
        let Some(node) = self.codec.resolve(node) else { return true };
        if !node.branches.is_empty() {
            return node.branches.iter().any(|branch| self.fits(branch, value));
        }
        if value.is_null() && node.admits_null {
            return true;
        }
        match (&node.encoding, self.side) {
            (Some(encoding), Side::Canonical) => self.fits_encoded(node, encoding, value),
            (Some(Encoding::Text(values)), Side::Wire) => {
                value.as_str().is_some_and(|text| values.iter().any(|(own, _)| own == text))
            }
            _ => self.fits_plain(node, value),
        }
    }

    fn fits_encoded(self, node: &Node, encoding: &Encoding, value: &Value) -> bool {
        match (encoding, value) {
            (Encoding::Wrap(name), value) => node.property(name).is_none_or(|node| self.fits(node, value)),
            (Encoding::Tuple(length), Value::Array(items)) => {
                let fits = |(index, item)| self.fits_below(node.property(&item_name(index)), item);
                items.len() == *length && items.iter().enumerate().all(fits)
            }
            (Encoding::Map, Value::Object(members)) => {
                members.values().all(|value| self.fits_below(node.value(), value))
            }
            (Encoding::Json, _) => true,
            (Encoding::Text(values), value) => values.iter().any(|(_, own)| is_same(own, value)),
            _ => false,
        }
    }

    fn fits_plain(self, node: &Node, value: &Value) -> bool {
        let is_of_type = node.types.is_empty() || node.types.iter().any(|name| is_a(value, name));
        let is_a_value = node.values.as_ref().is_none_or(|values| has(values, value));
        is_of_type
            && is_a_value
            && match value {
                Value::Number(number) => {
                    let number = number.as_f64();
                    number.zip(node.bounds.minimum).is_none_or(|(own, least)| own >= least)
                        && number.zip(node.bounds.maximum).is_none_or(|(own, most)| own <= most)
                }
                Value::String(text) => within(text.chars().count(), node.bounds.min_length, node.bounds.max_length),
                Value::Array(items) => {
                    let fits = |(index, item)| self.fits_below(node.item(index), item);
                    within(items.len(), node.bounds.min_items, node.bounds.max_items)
                        && items.iter().enumerate().all(fits)
                }
                Value::Object(members) => match &node.object {
                    Some(object) => self.fits_object(object, members),
                    None => true,
                },
                _ => true,
            }
    }

    fn fits_object(self, object: &ObjectNode, members: &super::Object) -> bool {
        let own = |name: &String| object.renamed.get(name).filter(|_| self.side == Side::Canonical).cloned();
        let has = |name: &String| members.contains_key(own(name).as_ref().unwrap_or(name));
        let may_be_absent = |name: &String| {
            // A strict schema requires what the type does not.
            self.side == Side::Canonical
                && (object.absent.contains(name)
                    || object.rest.as_ref() == Some(name)
                    || (object.fills && object.properties.get(name).is_some_and(|node| self.admits_null(node))))
        };
        object.required.iter().all(|name| has(name) || may_be_absent(name))
            && members.iter().all(|(name, value)| {
                let wire = match self.side {
                    Side::Wire => Some(name),
                    Side::Canonical => object.renamed.iter().find(|(_, own)| *own == name).map(|(wire, _)| wire),
                };
                match object.properties.get(wire.unwrap_or(name)) {
                    Some(_) if value.is_null() && object.absent.contains(wire.unwrap_or(name)) => {
                        self.side == Side::Wire
                    }
                    Some(node) => self.fits_below(Some(node), value),
                    None if self.side == Side::Canonical && object.rest.is_some() => true,
                    None => match &object.others {
                        Some(node) => self.fits_below(Some(node), value),
                        None => !object.is_closed,
                    },
                }
            })
    }

    fn admits_null(self, node: &Node) -> bool {
        self.codec
            .resolve(node)
            .is_some_and(|node| node.admits_null || node.branches.iter().any(|branch| self.admits_null(branch)))
    }

    /// Whether what is one level deeper fits. At the last level only constants are looked at.
    fn fits_below(self, node: Option<&Node>, value: &Value) -> bool {
        let Some(node) = node else { return true };
        if self.depth <= 1 {
            let node = self.codec.resolve(node);
            return node.and_then(|node| node.values.as_ref()).is_none_or(|values| has(values, value));
        }
        Self { depth: self.depth - 1, ..self }.fits(node, value)
    }
}

fn has(values: &[Value], value: &Value) -> bool {
    values.iter().any(|own| is_same(own, value))
}

fn within(count: usize, least: Option<u64>, most: Option<u64>) -> bool {
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    least.is_none_or(|least| count >= least) && most.is_none_or(|most| count <= most)
}

fn is_a(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.as_number().is_some_and(is_integer),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => true,
    }
}
