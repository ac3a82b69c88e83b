//! A schema as the codec needs it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::export::schema::{MARK, Object, definition_name, itself_admits_null};

/// A schema.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub(super) reference: Option<String>,
    pub(super) branches: Vec<Node>,
    pub(super) encoding: Option<Encoding>,
    /// The names of types; none for any.
    pub(super) types: Vec<String>,
    /// The values of `enum` or `const`.
    pub(super) values: Option<Vec<Value>>,
    pub(super) bounds: Bounds,
    pub(super) items: Option<Box<Node>>,
    pub(super) prefix: Vec<Node>,
    pub(super) object: Option<Box<ObjectNode>>,
    pub(super) admits_null: bool,
    /// Whether the values of both sides are the same, so that there is nothing to look at.
    pub(super) is_leaf: bool,
}

/// How large a number, a text or an array is. It decides between branches of a choice.
#[derive(Debug, Default)]
pub(super) struct Bounds {
    pub(super) minimum: Option<f64>,
    pub(super) maximum: Option<f64>,
    pub(super) min_items: Option<u64>,
    pub(super) max_items: Option<u64>,
    pub(super) min_length: Option<u64>,
    pub(super) max_length: Option<u64>,
}

/// What a rewrite did to a value.
#[derive(Debug)]
pub(super) enum Encoding {
    /// It is the one property of an object.
    Wrap(String),
    /// An array of so many items is an object.
    Tuple(usize),
    /// An object is an array of keys and values.
    Map,
    /// Its JSON is a string.
    Json,
    /// It is one of these, as the text before it.
    Text(Vec<(String, Value)>),
}

/// What is known of an object.
#[derive(Debug, Default)]
pub(super) struct ObjectNode {
    /// By their names in the provider's schema, in its order.
    pub(super) properties: OrderedNodes,
    pub(super) required: BTreeSet<String>,
    /// What is known of others; `is_closed` says that there are none.
    pub(super) others: Option<Node>,
    pub(super) is_closed: bool,
    /// Properties that may be left out and are never `null`.
    pub(super) absent: BTreeSet<String>,
    /// The author's names by the provider's.
    pub(super) renamed: BTreeMap<String, String>,
    /// Whether a property that is left out is written as `null`.
    pub(super) fills: bool,
    /// The property that holds the others as keys and values.
    pub(super) rest: Option<String>,
}

/// Nodes by name, in order. There are few, so that looking through them is fast.
#[derive(Debug, Default)]
pub(super) struct OrderedNodes(Vec<(String, Node)>);

impl OrderedNodes {
    pub(super) fn get(&self, name: &str) -> Option<&Node> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, node)| node)
    }
}

impl<'a> IntoIterator for &'a OrderedNodes {
    type Item = (&'a String, &'a Node);
    type IntoIter = std::iter::Map<std::slice::Iter<'a, (String, Node)>, fn(&(String, Node)) -> (&String, &Node)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().map(|(name, node)| (name, node))
    }
}

impl Node {
    pub(super) fn of(schema: &Value) -> Self {
        let Value::Object(schema) = schema else { return Self { is_leaf: true, ..Self::default() } };
        let list = |keyword: &str| match schema.get(keyword) {
            Some(Value::Array(schemas)) => schemas.iter().map(Self::of).collect(),
            _ => Vec::new(),
        };
        let mut node = Self {
            reference: schema.get("$ref").and_then(Value::as_str).and_then(definition_name),
            branches: list("anyOf"),
            encoding: Encoding::of(schema),
            types: match schema.get("type") {
                Some(Value::String(name)) => vec![name.clone()],
                Some(Value::Array(names)) => names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect(),
                _ => Vec::new(),
            },
            values: match (schema.get("const"), schema.get("enum")) {
                (Some(value), _) => Some(vec![value.clone()]),
                (None, Some(Value::Array(values))) => Some(values.clone()),
                _ => None,
            },
            bounds: Bounds::of(schema),
            items: schema.get("items").map(|items| Box::new(Self::of(items))),
            prefix: list("prefixItems"),
            object: ObjectNode::of(schema).map(Box::new),
            admits_null: itself_admits_null(schema),
            is_leaf: false,
        };
        node.branches.extend(list("oneOf"));
        let is_simple = |node: &Self| node.is_leaf && node.reference.is_none();
        node.is_leaf = node.reference.is_none()
            && node.encoding.is_none()
            && node.branches.iter().all(is_simple)
            && node.items.as_deref().is_none_or(is_simple)
            && node.prefix.iter().all(is_simple)
            && node.object.as_deref().is_none_or(ObjectNode::is_plain);
        node
    }

    /// Whether the values of both sides are the same, whatever the definitions are.
    pub(super) fn is_plain(&self) -> bool {
        self.encoding.is_none()
            && self.branches.iter().all(Self::is_plain)
            && self.items.as_deref().is_none_or(Self::is_plain)
            && self.prefix.iter().all(Self::is_plain)
            && self.object.as_ref().is_none_or(|object| {
                object.keeps_its_members()
                    && object.properties.0.iter().all(|(_, node)| node.is_plain())
                    && object.others.as_ref().is_none_or(Self::is_plain)
            })
    }

    pub(super) fn property(&self, name: &str) -> Option<&Self> {
        self.object.as_ref()?.properties.get(name)
    }

    pub(super) fn item(&self, index: usize) -> Option<&Self> {
        self.prefix.get(index).or(self.items.as_deref())
    }

    /// The values of a map that is written as keys and values.
    pub(super) fn value(&self) -> Option<&Self> {
        self.items.as_deref()?.property("value")
    }
}

impl Encoding {
    fn of(schema: &Object) -> Option<Self> {
        let notes = schema.get(MARK)?;
        let number = |name: &str| notes.get(name).and_then(Value::as_u64);
        if let Some(name) = notes.get("wrap").and_then(Value::as_str) {
            return Some(Self::Wrap(name.to_owned()));
        }
        if let Some(length) = number("tuple") {
            return usize::try_from(length).ok().map(Self::Tuple);
        }
        if let Some(Value::Array(values)) = notes.get("text") {
            let pair = |pair: &Value| Some((pair.get(0)?.as_str()?.to_owned(), pair.get(1)?.clone()));
            return Some(Self::Text(values.iter().filter_map(pair).collect()));
        }
        match (notes.get("map"), notes.get("json")) {
            (Some(_), _) => Some(Self::Map),
            (_, Some(_)) => Some(Self::Json),
            _ => None,
        }
    }
}

impl Bounds {
    fn of(schema: &Object) -> Self {
        let float = |keyword: &str| schema.get(keyword).and_then(Value::as_f64);
        let count = |keyword: &str| schema.get(keyword).and_then(Value::as_u64);
        Self {
            minimum: float("minimum"),
            maximum: float("maximum"),
            min_items: count("minItems"),
            max_items: count("maxItems"),
            min_length: count("minLength"),
            max_length: count("maxLength"),
        }
    }
}

impl ObjectNode {
    fn of(schema: &Object) -> Option<Self> {
        let properties = schema.get("properties").and_then(Value::as_object);
        let others = schema.get("additionalProperties");
        let patterns = schema.get("patternProperties").and_then(Value::as_object);
        if properties.is_none() && others.is_none() && patterns.is_none() {
            return None;
        }
        let notes = schema.get(MARK);
        let names = |names: Option<&Value>| -> BTreeSet<String> {
            let names = names.and_then(Value::as_array).into_iter().flatten();
            names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
        };
        let pattern = patterns.and_then(|patterns| patterns.values().next());
        Some(Self {
            properties: OrderedNodes(
                properties.into_iter().flatten().map(|(name, schema)| (name.clone(), Node::of(schema))).collect(),
            ),
            required: names(schema.get("required")),
            others: others.filter(|others| others.is_object()).or(pattern).map(Node::of),
            is_closed: others == Some(&Value::Bool(false)) && pattern.is_none(),
            absent: names(notes.and_then(|notes| notes.get("absent"))),
            renamed: notes
                .and_then(|notes| notes.get("renamed")?.as_object())
                .into_iter()
                .flatten()
                .filter_map(|(name, own)| Some((name.clone(), own.as_str()?.to_owned())))
                .collect(),
            fills: notes.is_some_and(|notes| notes.get("fill").is_some()),
            rest: notes.and_then(|notes| notes.get("rest")?.as_str()).map(str::to_owned),
        })
    }

    /// Whether there is nothing to do with the members as such.
    fn keeps_its_members(&self) -> bool {
        self.absent.is_empty() && self.renamed.is_empty() && self.rest.is_none() && !self.fills
    }

    fn is_plain(&self) -> bool {
        self.keeps_its_members()
            && self.properties.0.iter().all(|(_, node)| node.is_leaf)
            && self.others.as_ref().is_none_or(|node| node.is_leaf)
    }
}
