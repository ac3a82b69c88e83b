//! What stands in the parentheses of an attribute: `key`, `key = value` and `key(…)`, separated by commas.

use std::collections::HashSet;

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Expr, LitStr,
    ext::IdentExt,
    parse::{Parse, ParseStream, Parser},
};

use crate::{
    diagnostics::{Diagnostics, list, suggestion},
    runtime_path::RuntimePath,
};

/// One `key`, `key = value` or `key(…)`.
pub(crate) struct Entry {
    pub(crate) key: Ident,
    pub(crate) value: Value,
}

pub(crate) enum Value {
    None,
    Equals(TokenStream),
    List(Group),
}

/// A value that was given, at its key.
#[derive(Clone)]
pub(crate) struct At<T> {
    pub(crate) key: Ident,
    pub(crate) value: T,
}

/// The entries of a list whose keys are known, each at most once unless it may be repeated.
pub(crate) fn entries(
    tokens: TokenStream,
    known: &[&str],
    repeatable: &[&str],
    diagnostics: &mut Diagnostics,
) -> Vec<Entry> {
    entries_or(tokens, known, repeatable, &[], diagnostics)
}

/// The same, where some keys are known to stand elsewhere, and what to write there.
pub(crate) fn entries_or(
    tokens: TokenStream,
    known: &[&str],
    repeatable: &[&str],
    elsewhere: &[(&str, &str)],
    diagnostics: &mut Diagnostics,
) -> Vec<Entry> {
    let mut seen = HashSet::new();
    let mut entries = Vec::new();
    for tokens in split_at_commas(tokens) {
        let Some(entry) = diagnostics.take(Entry::parse.parse2(tokens)) else { continue };
        let key = entry.name();
        if let Some((_, instead)) = elsewhere.iter().find(|(name, _)| *name == key) {
            diagnostics.report(&entry.key, format!("there is no key `{key}` here; {instead}"));
        } else if !known.contains(&key.as_str()) {
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
            (Some(TokenTree::Punct(equals)), None) if equals.as_char() == '=' => Value::Equals(TokenStream::new()),
            _ => return Err(syn::Error::new_spanned(rest, format!("expected `{key} = …`"))),
        };
        Ok(Self { key, value })
    }

    /// The key as it is written without `r#`.
    pub(crate) fn name(&self) -> String {
        self.key.unraw().to_string()
    }

    /// Where to say that the value is not what it has to be.
    pub(crate) fn at_value(&self) -> TokenStream {
        match &self.value {
            Value::None => self.key.to_token_stream(),
            Value::Equals(value) if value.is_empty() => self.key.to_token_stream(),
            Value::Equals(value) => value.clone(),
            Value::List(list) => list.to_token_stream(),
        }
    }

    pub(crate) fn text(&self, example: &str, diagnostics: &mut Diagnostics) -> Option<LitStr> {
        self.parsed(format!("`{}` takes a string literal: write `{example}`", self.key), diagnostics)
    }

    /// A string literal, or another expression that the compiler turns into one.
    pub(crate) fn expression(&self, example: &str, diagnostics: &mut Diagnostics) -> Option<Expr> {
        self.parsed(format!("`{}` takes a value: write `{example}`", self.key), diagnostics)
    }

    pub(crate) fn path(&self, diagnostics: &mut Diagnostics) -> Option<RuntimePath> {
        self.parsed("`crate` takes a path without quotes: write `crate = ::jit_tools`".to_owned(), diagnostics)
    }

    pub(crate) fn ident(&self, example: &str, diagnostics: &mut Diagnostics) -> Option<Ident> {
        self.parsed(format!("`{}` takes a name without quotes: write `{example}`", self.key), diagnostics)
    }

    /// `key`, `key = true` or `key = false`.
    pub(crate) fn flag(&self, diagnostics: &mut Diagnostics) -> Option<At<bool>> {
        if let Value::None = &self.value {
            return Some(self.at(true));
        }
        let key = &self.key;
        let message = format!("`{key}` is true or false: write `{key}`, or `{key} = false`");
        Some(self.at(self.parsed::<syn::LitBool>(message, diagnostics)?.value))
    }

    /// One of a few texts.
    pub(crate) fn choice(&self, choices: &'static [&'static str], diagnostics: &mut Diagnostics) -> Option<At<LitStr>> {
        let all = choices.iter().map(|choice| format!("\"{choice}\"")).collect::<Vec<_>>();
        let example = format!("{} = {}", self.key, all.first().map_or("", String::as_str));
        let text = self.text(&example, diagnostics)?;
        let value = text.value();
        if choices.contains(&value.as_str()) {
            return Some(self.at(text));
        }
        let message = format!("`{}` is one of {}", self.key, list(choices.iter().copied()));
        let meant = suggestion(&value, choices.iter().copied(), "", "");
        let message = if meant.starts_with("did") { format!("{message}; {meant}") } else { message };
        diagnostics.report(text, message);
        None
    }

    pub(crate) fn texts(&self, example: &str, diagnostics: &mut Diagnostics) -> Option<Vec<LitStr>> {
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
        let read: Vec<_> = members
            .into_iter()
            .map(|member| {
                diagnostics.take(syn::parse2(member.clone()).map_err(|_| syn::Error::new_spanned(member, &message)))
            })
            .collect();
        read.into_iter().collect()
    }

    pub(crate) fn at<T>(&self, value: T) -> At<T> {
        At { key: self.key.clone(), value }
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
