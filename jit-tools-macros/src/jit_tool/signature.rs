//! The function under the attribute: its signature is read, its body never is, so that a typo in a body stays the
//! compiler's to explain.

use std::cell::Cell;

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Attribute, Expr, FnArg, Meta, PatType, Receiver, Safety, Signature, Token, Type, Visibility,
    parse::{ParseStream, Parser},
};

use super::{
    inputs::{is_jit_tool, is_ours, unsized_as},
    parameter::mentions,
};
use crate::diagnostics::Diagnostics;

const METHOD: &str =
    "a method is a tool with the value that it is called on: put `#[jit_toolset]` on the `impl`, and leave this here";

/// The annotated function.
#[derive(Clone)]
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    /// What stands in place of a body, where there is none, as in a `trait`.
    semicolon: Option<Token![;]>,
    body: TokenStream,
}

/// Why a function was not read.
pub(crate) enum Unreadable {
    /// It is none.
    NoFunction(syn::Error),
    /// The compiler says by itself what is wrong with it, and better.
    Syntax(syn::Error),
}

/// Reads a function.
pub(crate) fn parse(item: TokenStream) -> Result<Function, Unreadable> {
    let is_function = Cell::new(false);
    let function = |input: ParseStream<'_>| {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        refuse_other_items(&input.fork())?;
        is_function.set(true);
        let signature = input.parse()?;
        let semicolon = input.parse::<Option<Token![;]>>()?;
        Ok(Function { attributes, visibility, signature, semicolon, body: input.parse()? })
    };
    function
        .parse2(item)
        .map_err(|error| if is_function.get() { Unreadable::Syntax(error) } else { Unreadable::NoFunction(error) })
}

/// Says what the attribute stands on when that is not a function, where the parser of signatures would ask for `fn`.
fn refuse_other_items(input: ParseStream<'_>) -> syn::Result<()> {
    let item: TokenStream = input.parse()?;
    let mut first = None;
    for token in item {
        match &token {
            TokenTree::Ident(word) if word == "fn" => return Ok(()),
            TokenTree::Ident(word) if ["async", "const", "default", "extern", "unsafe"].iter().any(|it| word == it) => {
            }
            TokenTree::Literal(_) => {}
            _ => {
                first.get_or_insert(token);
                break;
            }
        }
        first.get_or_insert(token);
    }
    let is_impl = matches!(&first, Some(TokenTree::Ident(word)) if word == "impl");
    let message = if is_impl {
        "`#[jit_tool]` goes on a function: put `#[jit_toolset]` on the `impl`, and `#[jit_tool]` on its methods"
    } else {
        "`#[jit_tool]` goes on a function, such as `async fn fetch(id: String) -> String { … }`"
    };
    Err(first.map_or_else(
        || syn::Error::new(proc_macro2::Span::call_site(), message),
        |first| syn::Error::new_spanned(first, message),
    ))
}

impl Function {
    /// Whether the function stands in an `impl` or a `trait`, where no struct can stand beside it.
    pub(crate) fn is_associated(&self) -> bool {
        self.signature.receiver().is_some() || mentions(self.signature.to_token_stream(), "Self")
    }

    pub(crate) fn cfgs(&self) -> Vec<Attribute> {
        let is_cfg = |attribute: &&Attribute| {
            attribute.path().is_ident("cfg")
                || (attribute.path().is_ident("cfg_attr") && mentions(attribute.meta.to_token_stream(), "cfg"))
        };
        self.attributes.iter().filter(is_cfg).cloned().collect()
    }

    /// Takes off what the compiler does not know on parameters, such as doc comments, and what was refused and would be
    /// told again.
    pub(crate) fn forget_what_was_read(&mut self) {
        for input in &mut self.signature.inputs {
            let (FnArg::Receiver(Receiver { attrs, .. }) | FnArg::Typed(PatType { attrs, .. })) = input;
            attrs.retain(|attribute| !is_ours(attribute));
            if let FnArg::Typed(PatType { ty, .. }) = input
                && unsized_as(ty).is_some()
            {
                **ty = Type::Verbatim(quote!(&#ty));
            }
        }
        self.attributes.retain(|attribute| !is_jit_tool(attribute));
        self.signature.constness = None;
    }

    /// Notes a function that stands in an `impl` that has no `#[jit_toolset]`.
    pub(crate) fn refuse_method(&self, diagnostics: &mut Diagnostics) {
        if let Some(receiver) = self.signature.receiver() {
            diagnostics.report(receiver, METHOD);
        } else if self.is_associated() {
            diagnostics.report(&self.signature.ident, METHOD);
        }
    }

    /// Notes that there is no body, and puts one there; says whether there was one.
    pub(crate) fn refuse_no_body(&mut self, diagnostics: &mut Diagnostics) -> bool {
        let has_body = self.semicolon.is_none();
        if let Some(semicolon) = self.semicolon.take() {
            diagnostics.report(semicolon, "a tool needs a body: write `{ … }` in place of `;`");
            self.body = quote!({ ::core::unimplemented!() });
        }
        has_body
    }

    /// Notes what a tool cannot be; says whether it can be called all the same.
    pub(crate) fn refuse_qualifiers(&self, diagnostics: &mut Diagnostics) -> bool {
        let signature = &self.signature;
        if let Some(twice) = self.attributes.iter().find(|attribute| is_jit_tool(attribute)) {
            diagnostics.report(twice, "there is a second `#[jit_tool]` on this function: keep one");
        }
        if let Some(word) = &signature.constness {
            diagnostics.report(word, "a tool runs when a model calls it: leave `const` out");
        }
        if let Safety::Unsafe(word) = &signature.safety {
            diagnostics.report(
                word,
                "a tool cannot be `unsafe`, since a model upholds no contract: check the arguments in a safe function",
            );
        }
        if let Some(abi) = &signature.abi {
            diagnostics.report(abi, "a tool is a Rust function: leave `extern` out");
        }
        if let Some(variadic) = &signature.variadic {
            diagnostics.report(variadic, "a tool cannot be variadic: take a `Vec<T>`");
        }
        !matches!(signature.safety, Safety::Unsafe(_)) && signature.variadic.is_none()
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        // An argument is owned since it is read from JSON, whatever the body does with it.
        tokens.extend(quote!(#[allow(clippy::needless_pass_by_value)]));
        for attribute in &self.attributes {
            attribute.to_tokens(tokens);
        }
        self.visibility.to_tokens(tokens);
        self.signature.to_tokens(tokens);
        self.semicolon.to_tokens(tokens);
        self.body.to_tokens(tokens);
    }
}

/// What is allowed by some attributes, as lists of lints: what is made of a function has the types of its arguments again.
pub(crate) fn allowed(attributes: &[Attribute]) -> Vec<TokenStream> {
    let lists = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("allow") || list.path.is_ident("expect") => Some(list.tokens.clone()),
        _ => None,
    });
    let is_deprecated = attributes.iter().any(|attribute| {
        !attribute.path().is_ident("warn") && mentions(attribute.meta.to_token_stream(), "deprecated")
    });
    lists.chain(is_deprecated.then(|| quote!(deprecated))).collect()
}

/// The texts of the doc comment, one an attribute.
pub(crate) fn doc_comment(attributes: &[Attribute]) -> Vec<&Expr> {
    let docs = attributes.iter().filter(|attribute| attribute.path().is_ident("doc"));
    docs.filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(value) => Some(&value.value),
        _ => None,
    })
    .collect()
}

/// The text of a doc comment: its lines, without the space that is common to all of them.
pub(crate) fn joined(lines: &[String]) -> String {
    let text = lines.join("\n");
    let indented = text.lines().filter(|line| !line.trim().is_empty());
    let indent = indented.map(|line| line.len() - line.trim_start_matches(' ').len()).min().unwrap_or_default();
    let lines: Vec<_> = text.lines().map(|line| line.get(indent..).unwrap_or_default().trim_end()).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}
