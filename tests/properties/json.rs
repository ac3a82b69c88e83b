//! JSON that may repeat names and nest too deep, of which it is known whether it does.

use std::collections::BTreeSet;

use proptest::{collection::vec, prelude::*, sample::select};

/// A JSON value whose objects may repeat a name.
#[derive(Clone, Debug)]
pub enum Json {
    Leaf(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    pub fn text(&self) -> String {
        match self {
            Self::Leaf(text) => text.clone(),
            Self::Array(items) => format!("[{}]", items.iter().map(Self::text).collect::<Vec<_>>().join(", ")),
            Self::Object(members) => {
                let member = |(name, value): &(String, Self)| format!("{}: {}", quoted(name), value.text());
                format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(","))
            }
        }
    }

    /// How many objects and arrays stand in each other.
    pub fn depth(&self) -> usize {
        match self {
            Self::Leaf(_) => 0,
            Self::Array(items) => 1 + items.iter().map(Self::depth).max().unwrap_or(0),
            Self::Object(members) => 1 + members.iter().map(|(_, value)| value.depth()).max().unwrap_or(0),
        }
    }

    pub fn repeats_a_name(&self) -> bool {
        match self {
            Self::Leaf(_) => false,
            Self::Array(items) => items.iter().any(Self::repeats_a_name),
            Self::Object(members) => {
                let names: BTreeSet<_> = members.iter().map(|(name, _)| name).collect();
                names.len() < members.len() || members.iter().any(|(_, value)| value.repeats_a_name())
            }
        }
    }
}

/// The name as JSON; one of two spellings of the same name.
fn quoted(name: &str) -> String {
    match name.strip_prefix('u') {
        Some(rest) => format!("\"\\u0075{rest}\""),
        None => format!("\"{name}\""),
    }
}

pub fn json() -> impl Strategy<Value = Json> {
    let leaf =
        select(&["null", "true", "0", "-1.5", "\"\"", "\"\\u0000\"", "\"\u{202e}\"", "18446744073709551615"][..])
            .prop_map(|text| Json::Leaf(text.to_owned()));
    leaf.prop_recursive(20, 60, 3, |inner| {
        let name = select(&["a", "b", "u", "ub", "", "$serde_json::private::RawValue"][..]).prop_map(str::to_owned);
        prop_oneof![
            1 => vec(inner.clone(), 0..3).prop_map(Json::Array),
            3 => vec((name, inner), 0..3).prop_map(Json::Object),
        ]
    })
}
