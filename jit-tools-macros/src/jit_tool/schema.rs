//! What serde and schemars are told about one argument.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{Attribute, LitStr, Meta, ext::IdentExt};

use crate::{
    diagnostics::Diagnostics,
    entries::{Entry, Value, entries},
};

/// What serde takes on a field.
const SERDE: [&str; 14] = [
    "rename",
    "alias",
    "default",
    "flatten",
    "with",
    "deserialize_with",
    "serialize_with",
    "skip",
    "skip_deserializing",
    "skip_serializing",
    "skip_serializing_if",
    "borrow",
    "bound",
    "getter",
];

/// What schemars takes on a field beside what it takes from serde.
const SCHEMARS: [&str; 16] = [
    "title",
    "description",
    "example",
    "extend",
    "transform",
    "range",
    "length",
    "regex",
    "pattern",
    "contains",
    "email",
    "url",
    "ip",
    "inner",
    "with",
    "schema_with",
];

/// What would have the schema say something else than the deserializer does.
const SCHEMA_ONLY: [&str; 8] = [
    "rename",
    "default",
    "flatten",
    "skip",
    "skip_deserializing",
    "skip_serializing",
    "skip_serializing_if",
    "required",
];

/// Keys that name a function, or a bound, of the field's own type.
const OF_ITS_TYPE: [&str; 10] = [
    "with",
    "deserialize_with",
    "serialize_with",
    "skip",
    "skip_deserializing",
    "skip_serializing",
    "skip_serializing_if",
    "borrow",
    "bound",
    "getter",
];

/// The attributes of an argument that belong to the schema; one with a mistake is left out.
#[derive(Default)]
pub(crate) struct SchemaAttributes {
    attributes: Vec<Attribute>,
    serde: Vec<Entry>,
}

impl SchemaAttributes {
    pub(crate) fn read<'a>(
        attributes: impl Iterator<Item = &'a Attribute>,
        diagnostics: &mut Diagnostics,
    ) -> SchemaAttributes {
        let mut read = <Self as Default>::default();
        for attribute in attributes {
            let mut mistakes = Diagnostics::default();
            let list = |mistakes: &mut Diagnostics, known: &[&str]| match &attribute.meta {
                Meta::List(list) => entries(list.tokens.clone(), known, &["alias", "extend", "example"], mistakes),
                _ => Vec::new(),
            };
            if attribute.path().is_ident("serde") {
                read.serde.extend(list(&mut mistakes, &SERDE));
            } else if attribute.path().is_ident("schemars") {
                let known: Vec<_> = SCHEMARS.into_iter().chain(SCHEMA_ONLY).collect();
                for entry in list(&mut mistakes, &known) {
                    refuse_schema_only(&entry, &mut mistakes);
                }
            }
            if mistakes.is_empty() {
                read.attributes.push(attribute.clone());
            }
            diagnostics.append(mistakes);
        }
        read
    }

    /// Whether serde or schemars was told something, so that the type alone does not say how the argument is read.
    pub(crate) fn are_any(&self) -> bool {
        self.first().is_some()
    }

    /// The first that is no doc comment.
    pub(crate) fn first(&self) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| !attribute.path().is_ident("doc"))
    }

    /// The names by which the model may write an argument of that name.
    pub(crate) fn names(&self, argument: &Ident) -> Vec<String> {
        if self.key("flatten").is_some() || self.key("skip").is_some() || self.key("skip_deserializing").is_some() {
            return Vec::new();
        }
        let renamed = self.key("rename").and_then(|rename| match &rename.value {
            Value::Equals(text) => text_of(text.clone()),
            Value::List(list) => {
                let all = entries(list.stream(), &["serialize", "deserialize"], &[], &mut Diagnostics::default());
                let read = all.into_iter().find(|entry| entry.name() == "deserialize")?;
                text_of(read.at_value())
            }
            Value::None => None,
        });
        let name = renamed.unwrap_or_else(|| argument.unraw().to_string());
        std::iter::once(name).chain(self.aliases()).collect()
    }

    /// The names beside the one that the schema shows.
    pub(crate) fn aliases(&self) -> Vec<String> {
        let aliases = self.serde.iter().filter(|entry| entry.name() == "alias");
        aliases.filter_map(|entry| text_of(entry.at_value())).collect()
    }

    /// `default`, where serde takes what `Default` says.
    pub(crate) fn plain_default(&self) -> Option<&Ident> {
        self.its_default().filter(|default| matches!(default.value, Value::None)).map(|default| &default.key)
    }

    /// `default`, with or without a function.
    pub(crate) fn its_default(&self) -> Option<&Entry> {
        self.key("default")
    }

    /// Whether the field takes all members that no other field takes.
    pub(crate) fn flattens(&self) -> bool {
        self.key("flatten").is_some()
    }

    /// Whether the author says already that the field borrows.
    pub(crate) fn borrows(&self) -> bool {
        self.key("borrow").is_some()
    }

    /// The key that holds for the written type only, and not for a parameter that stands for it.
    pub(crate) fn of_its_type(&self) -> Option<&Ident> {
        let holds = |entry: &&Entry| {
            OF_ITS_TYPE.contains(&entry.name().as_str())
                || (entry.name() == "default" && !matches!(entry.value, Value::None))
        };
        self.serde.iter().find(holds).map(|entry| &entry.key)
    }

    /// The same, with all but doc comments left out.
    pub(crate) fn forget(&mut self) {
        self.attributes.retain(|attribute| attribute.path().is_ident("doc"));
        self.serde.clear();
    }

    fn key(&self, name: &str) -> Option<&Entry> {
        self.serde.iter().find(|entry| entry.name() == name)
    }
}

impl ToTokens for SchemaAttributes {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        for attribute in &self.attributes {
            attribute.to_tokens(tokens);
        }
    }
}

fn text_of(tokens: TokenStream) -> Option<String> {
    syn::parse2::<LitStr>(tokens).ok().map(|text| text.value())
}

/// The schema and the deserializer never disagree.
fn refuse_schema_only(entry: &Entry, diagnostics: &mut Diagnostics) {
    let key = entry.name();
    if key == "required" {
        diagnostics.report(&entry.key, "`required` changes the schema only: take the type without `Option`");
    } else if SCHEMA_ONLY.contains(&key.as_str()) {
        let value = if key == "rename" { " = \"…\"" } else { "" };
        diagnostics.report(
            &entry.key,
            format!("this `{key}` changes the schema only: write `#[serde({key}{value})]`, which both honour"),
        );
    }
}
