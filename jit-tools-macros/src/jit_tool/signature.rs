//! The function under the attribute: its signature is read, its body never is, so that a typo in a body stays the
//! compiler's to explain.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Attribute, Expr, ExprLit, FnArg, Ident, Lit, Meta, Pat, Path, PathArguments, Receiver, Safety, Signature, Token,
    Type, Visibility,
    parse::{ParseStream, Parser},
};

use crate::diagnostics::Diagnostics;

const METHOD: &str = "a method cannot be a tool yet: write a free function, outside of the `impl`";

/// The annotated function.
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    body: TokenStream,
}

/// One argument of the function, in its place.
pub(crate) enum Input {
    /// `&ToolContext`, under the name that the function gives it.
    Context { name: Option<Ident>, ty: Type },
    /// What a model writes.
    Argument { attributes: Vec<Attribute>, name: Ident, ty: Type },
}

/// Reads a function; anything else is an error that says so.
pub(crate) fn parse(item: TokenStream) -> syn::Result<Function> {
    let function = |input: ParseStream<'_>| {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        refuse_other_items(&input.fork())?;
        let signature = input.parse()?;
        if let Some(semicolon) = input.parse::<Option<Token![;]>>()? {
            return Err(syn::Error::new_spanned(semicolon, "a tool needs a body: write `{ … }` in place of `;`"));
        }
        Ok(Function { attributes, visibility, signature, body: input.parse()? })
    };
    function.parse2(item)
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
    let message = "`#[jit_tool]` goes on a free function, such as `async fn fetch(id: String) -> String { … }`";
    Err(first.map_or_else(
        || syn::Error::new(proc_macro2::Span::call_site(), message),
        |first| syn::Error::new_spanned(first, message),
    ))
}

impl Function {
    /// The doc comment: its lines, without the space that is common to all of them.
    pub(crate) fn documentation(&self) -> String {
        documentation(&self.attributes)
    }

    /// Whether the function stands in an `impl` or a `trait`, where no struct can stand beside it.
    pub(crate) fn is_associated(&self) -> bool {
        self.signature.receiver().is_some() || mentions(self.signature.to_token_stream(), "Self")
    }

    /// Takes what belongs to the schema off the arguments: the compiler knows no doc comments there.
    pub(crate) fn forget_schema_attributes(&mut self) {
        for input in &mut self.signature.inputs {
            let (FnArg::Receiver(Receiver { attrs, .. }) | FnArg::Typed(syn::PatType { attrs, .. })) = input;
            attrs.retain(|attribute| !belongs_to_schema(attribute));
        }
    }

    /// The arguments in their order, with every mistake of the signature noted.
    pub(crate) fn inputs(&self, diagnostics: &mut Diagnostics) -> Vec<Input> {
        self.refuse_qualifiers(diagnostics);
        if self.is_associated() && self.signature.receiver().is_none() {
            diagnostics.report(&self.signature.ident, METHOD);
        }
        let mut inputs: Vec<Input> = Vec::new();
        for input in &self.signature.inputs {
            let FnArg::Typed(argument) = input else {
                diagnostics.report(input, METHOD);
                continue;
            };
            match read_input(argument, diagnostics) {
                Some(Input::Context { .. }) if inputs.iter().any(|input| matches!(input, Input::Context { .. })) => {
                    diagnostics.report(argument, "a tool has one context: leave this `&ToolContext` out");
                }
                input => inputs.extend(input),
            }
        }
        inputs
    }

    fn refuse_qualifiers(&self, diagnostics: &mut Diagnostics) {
        let signature = &self.signature;
        if !signature.generics.params.is_empty() {
            let only_lifetimes =
                signature.generics.type_params().next().is_none() && signature.generics.const_params().next().is_none();
            diagnostics.report(
                &signature.generics,
                if only_lifetimes {
                    "a tool has no lifetime parameters: take owned values, and `&ToolContext` without a lifetime"
                } else {
                    "a tool cannot be generic, since a model calls it with one schema: write concrete types"
                },
            );
        } else if let Some(clause) = &signature.generics.where_clause {
            diagnostics.report(clause, "a tool cannot be generic: leave the `where` clause out");
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
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        for attribute in &self.attributes {
            attribute.to_tokens(tokens);
        }
        self.visibility.to_tokens(tokens);
        self.signature.to_tokens(tokens);
        self.body.to_tokens(tokens);
    }
}

fn read_input(argument: &syn::PatType, diagnostics: &mut Diagnostics) -> Option<Input> {
    for attribute in &argument.attrs {
        if attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr") {
            diagnostics.report(attribute, "an argument cannot depend on `cfg`: put the `cfg` on two functions");
        }
    }
    let schema_attributes = argument.attrs.iter().filter(|attribute| belongs_to_schema(attribute));
    let ty = ungrouped(&argument.ty);
    let kind = kind_of(ty).unwrap_or_else(|(meant, mistake)| {
        diagnostics.report(ty, mistake);
        meant
    });
    if kind == Kind::Context {
        let mut attributes = schema_attributes.filter(|attribute| !attribute.path().is_ident("doc"));
        if let Some(attribute) = attributes.next() {
            diagnostics.report(attribute, "the context is not part of the schema: leave this attribute out");
        }
        let name = match &*argument.pat {
            Pat::Ident(name) => Some(name.ident.clone()),
            _ => None,
        };
        return Some(Input::Context { name, ty: ty.clone() });
    }
    match &*argument.pat {
        Pat::Ident(name) if name.by_ref.is_none() && name.subpat.is_none() => Some(Input::Argument {
            attributes: schema_attributes.cloned().collect(),
            name: name.ident.clone(),
            ty: ty.clone(),
        }),
        Pat::Wild(pattern) => {
            diagnostics.report(pattern, "a model writes this argument by its name: give it one, such as `id`");
            None
        }
        pattern => {
            diagnostics.report(
                pattern,
                "a model writes this argument by its name: give it one, and take it apart in the body",
            );
            None
        }
    }
}

#[derive(PartialEq)]
enum Kind {
    Context,
    Argument,
}

/// What an argument of this type is, or what it was meant to be and what to write instead.
fn kind_of(ty: &Type) -> Result<Kind, (Kind, String)> {
    let context = |mistake: &str| Err((Kind::Context, mistake.to_owned()));
    let argument = |mistake: &str| Err((Kind::Argument, mistake.to_owned()));
    if let Type::Reference(reference) = ty
        && let Type::Path(path) = ungrouped(&reference.elem)
        && is_context(&path.path)
    {
        return if reference.mutability.is_some() {
            context("the context is shared: write `&ToolContext`")
        } else if reference.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident != "_") {
            context("the context lives as long as the call: write `&ToolContext`, without a lifetime")
        } else {
            Ok(Kind::Context)
        };
    }
    let tokens = ty.to_token_stream();
    if mentions(tokens.clone(), "ToolContext") {
        return context("the context is taken by reference: write `&ToolContext`");
    }
    if mentions(tokens.clone(), "impl") {
        return argument("`impl Trait` has no schema: write the concrete type");
    }
    if let Type::Reference(reference) = ty {
        let owned = match ungrouped(&reference.elem) {
            Type::Path(path) if path.path.is_ident("str") => "String".to_owned(),
            Type::Slice(slice) => format!("Vec<{}>", written(&slice.elem)),
            other => written(other),
        };
        return argument(&format!("take `{owned}`; borrowed arguments are not supported yet"));
    }
    if borrows(tokens) {
        return argument("take owned values, such as `String` for `&str`; borrowed arguments are not supported yet");
    }
    Ok(Kind::Argument)
}

fn is_context(path: &Path) -> bool {
    path.segments
        .last()
        .is_some_and(|last| last.ident == "ToolContext" && matches!(last.arguments, PathArguments::None))
}

/// A type without the parentheses, and the invisible ones that a macro leaves, around it.
fn ungrouped(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => ungrouped(&group.elem),
        Type::Paren(paren) => ungrouped(&paren.elem),
        other => other,
    }
}

pub(crate) fn mentions(tokens: TokenStream, word: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == word,
        TokenTree::Group(group) => mentions(group.stream(), word),
        _ => false,
    })
}

/// Whether a reference, or a lifetime other than `'static`, stands anywhere in a type.
fn borrows(tokens: TokenStream) -> bool {
    let mut after_quote = false;
    tokens.into_iter().any(|token| match token {
        TokenTree::Punct(punct) => {
            after_quote = punct.as_char() == '\'';
            punct.as_char() == '&'
        }
        TokenTree::Ident(ident) => std::mem::take(&mut after_quote) && ident != "static",
        TokenTree::Group(group) => borrows(group.stream()),
        TokenTree::Literal(_) => false,
    })
}

/// A type as its author would write it.
fn written(ty: &Type) -> String {
    let mut text = ty.to_token_stream().to_string();
    for (spaced, tight) in [(" :: ", "::"), (":: ", "::"), (" < ", "<"), (" >", ">"), (" ,", ",")] {
        text = text.replace(spaced, tight);
    }
    text
}

fn belongs_to_schema(attribute: &Attribute) -> bool {
    ["doc", "serde", "schemars"].iter().any(|name| attribute.path().is_ident(name))
}

fn documentation(attributes: &[Attribute]) -> String {
    let mut text = String::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("doc")) {
        if let Meta::NameValue(value) = &attribute.meta
            && let Expr::Lit(ExprLit { lit: Lit::Str(line), .. }) = &value.value
        {
            text.push_str(&line.value());
            text.push('\n');
        }
    }
    let indented = text.lines().filter(|line| !line.trim().is_empty());
    let indent = indented.map(|line| line.len() - line.trim_start_matches(' ').len()).min().unwrap_or_default();
    let lines: Vec<_> = text.lines().map(|line| line.get(indent..).unwrap_or_default().trim_end()).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}
