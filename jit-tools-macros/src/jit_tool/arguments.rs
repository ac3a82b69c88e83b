//! What stands in the parentheses of `#[jit_tool(…)]`.

use std::collections::HashSet;

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    LitStr,
    ext::IdentExt,
    parse::{Parse, ParseStream, Parser},
};

use crate::{
    diagnostics::{Diagnostics, suggestion},
    runtime_path::RuntimePath,
};

const KEYS: [&str; 5] = ["name", "description", "justification", "may_request", "crate"];
const MAY_REQUEST_KEYS: [&str; 4] = ["type", "actions", "identifier", "locations"];

/// The attribute's arguments as they were written; what they mean together is for the model.
#[derive(Clone, Default)]
pub(crate) struct Options {
    pub(crate) runtime: RuntimePath,
    pub(crate) name: Option<LitStr>,
    pub(crate) description: Option<LitStr>,
    pub(crate) justification: Option<LitStr>,
    pub(crate) may_request: Vec<MayRequest>,
}

/// One `may_request(…)`.
#[derive(Clone)]
pub(crate) struct MayRequest {
    pub(crate) kind: Option<LitStr>,
    pub(crate) actions: Option<Vec<LitStr>>,
    pub(crate) identifier: Option<LitStr>,
    pub(crate) locations: Option<Vec<LitStr>>,
}

impl Options {
    pub(crate) fn read(attribute: TokenStream, diagnostics: &mut Diagnostics) -> Self {
        let mut options = Self::default();
        for entry in entries(attribute, &KEYS, &["may_request"], diagnostics) {
            match entry.key.to_string().as_str() {
                "name" => options.name = entry.text("name = \"fetch_document\"", diagnostics),
                "description" => {
                    options.description = entry.text("description = \"Fetch a document.\"", diagnostics);
                }
                "justification" => {
                    options.justification =
                        entry.text("justification = \"Fetching document {document_id}\"", diagnostics);
                }
                "crate" => options.runtime = entry.path(diagnostics).unwrap_or_default(),
                _ => options.may_request.extend(MayRequest::read(&entry, diagnostics)),
            }
        }
        options
    }
}

impl MayRequest {
    fn read(entry: &Entry, diagnostics: &mut Diagnostics) -> Option<Self> {
        let example = "may_request(type = \"document\", actions = [\"read\"])";
        let Value::List(list) = &entry.value else {
            diagnostics.report(entry.at_value(), format!("`may_request` takes a list: write `{example}`"));
            return None;
        };
        let (mut kind, mut actions, mut identifier, mut locations) = (None, None, None, None);
        let mut names_its_type = false;
        for entry in entries(list.stream(), &MAY_REQUEST_KEYS, &[], diagnostics) {
            match entry.key.to_string().as_str() {
                "type" => {
                    names_its_type = true;
                    kind = entry.text("type = \"document\"", diagnostics);
                }
                "actions" => actions = entry.texts("actions = [\"read\"]", diagnostics),
                "identifier" => identifier = entry.text("identifier = \"{document_id}\"", diagnostics),
                _ => locations = entry.texts("locations = [\"https://api.example.com\"]", diagnostics),
            }
        }
        if !names_its_type {
            diagnostics.report(&entry.key, format!("`may_request` needs a `type`, as in `{example}`"));
        }
        Some(Self { kind, actions, identifier, locations })
    }
}

/// One `key = value` or `key(…)`.
struct Entry {
    key: Ident,
    value: Value,
}

enum Value {
    None,
    Equals(TokenStream),
    List(Group),
}

/// The entries of a list whose keys are known, each at most once unless it may be repeated.
fn entries(tokens: TokenStream, known: &[&str], repeatable: &[&str], diagnostics: &mut Diagnostics) -> Vec<Entry> {
    let mut seen = HashSet::new();
    let mut entries = Vec::new();
    for tokens in split_at_commas(tokens) {
        let Some(entry) = diagnostics.take(Entry::parse.parse2(tokens)) else { continue };
        let key = entry.key.unraw().to_string();
        if !known.contains(&key.as_str()) {
            let suggestion = suggestion(&key, known.iter().copied(), "", "the keys are");
            diagnostics.report(&entry.key, format!("there is no key `{key}` here; {suggestion}"));
        } else if seen.insert(key.clone()) || repeatable.contains(&key.as_str()) {
            entries.push(entry);
        } else {
            diagnostics.report(&entry.key, format!("`{key}` is given twice; keep one of them"));
        }
    }
    entries
}

/// Entries are parsed one by one, so that a mistake in one does not hide those in the next.
fn split_at_commas(tokens: TokenStream) -> Vec<TokenStream> {
    let mut parts = vec![TokenStream::new()];
    for token in tokens {
        match (&token, parts.last_mut()) {
            (TokenTree::Punct(punct), _) if punct.as_char() == ',' => parts.push(TokenStream::new()),
            (_, Some(part)) => part.extend([token]),
            (_, None) => {}
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

impl Entry {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let rest: TokenStream = input.fork().parse()?;
        let Ok(key) = input.call(Ident::parse_any) else {
            input.parse::<TokenStream>()?;
            return Err(syn::Error::new_spanned(
                rest,
                "expected a key, such as `justification = \"…\"` or `may_request(type = \"…\")`",
            ));
        };
        let rest: TokenStream = input.parse()?;
        let mut tokens = rest.clone().into_iter();
        let value = match (tokens.next(), tokens.next()) {
            (None, _) => Value::None,
            (Some(TokenTree::Group(group)), None) if group.delimiter() == Delimiter::Parenthesis => Value::List(group),
            (Some(TokenTree::Punct(equals)), Some(first)) if equals.as_char() == '=' => {
                Value::Equals(std::iter::once(first).chain(tokens).collect())
            }
            (Some(TokenTree::Punct(equals)), None) if equals.as_char() == '=' => Value::None,
            _ => return Err(syn::Error::new_spanned(rest, format!("expected `{key} = …`"))),
        };
        Ok(Self { key, value })
    }

    /// Where to say that the value is not what it has to be.
    fn at_value(&self) -> TokenStream {
        match &self.value {
            Value::None => self.key.to_token_stream(),
            Value::Equals(value) => value.clone(),
            Value::List(list) => list.to_token_stream(),
        }
    }

    fn text(&self, example: &str, diagnostics: &mut Diagnostics) -> Option<LitStr> {
        self.parsed(format!("`{}` takes a string literal: write `{example}`", self.key), diagnostics)
    }

    fn path(&self, diagnostics: &mut Diagnostics) -> Option<RuntimePath> {
        self.parsed("`crate` takes a path without quotes: write `crate = ::jit_tools`".to_owned(), diagnostics)
    }

    fn texts(&self, example: &str, diagnostics: &mut Diagnostics) -> Option<Vec<LitStr>> {
        let message = format!("`{}` takes a list of string literals: write `{example}`", self.key);
        let list: Group = self.parsed(message.clone(), diagnostics)?;
        if list.delimiter() != Delimiter::Bracket {
            diagnostics.report(list, message);
            return None;
        }
        let members = split_at_commas(list.stream());
        if members.is_empty() {
            diagnostics.report(
                list,
                format!("an empty `{}` covers nothing: write `{example}`, or leave `{}` out", self.key, self.key),
            );
        }
        members
            .into_iter()
            .map(|member| {
                diagnostics.take(syn::parse2(member.clone()).map_err(|_| syn::Error::new_spanned(member, &message)))
            })
            .collect()
    }

    fn parsed<T: Parse>(&self, message: String, diagnostics: &mut Diagnostics) -> Option<T> {
        let parsed = match &self.value {
            Value::Equals(value) => syn::parse2(value.clone()).ok(),
            Value::None | Value::List(_) => None,
        };
        if parsed.is_none() {
            diagnostics.report(self.at_value(), message);
        }
        parsed
    }
}
