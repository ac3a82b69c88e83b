//! The function under the attribute: its signature is read, its body never is, so that a typo in a body stays the
//! compiler's to explain.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Attribute, Expr, FnArg, Ident, Meta, Pat, PatType, Receiver, Safety, Signature, Token, Type, Visibility,
    parse::{ParseStream, Parser},
};

use super::{
    arguments::ArgumentOptions,
    parameter::{Form, mentions, ungrouped},
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
    body: TokenStream,
}

/// One argument of the function, in its place.
pub(crate) enum Input {
    /// What the call hands in for certain, under the name that the function gives it.
    HandedIn { name: Option<Ident>, ty: Box<Type> },
    /// What a model writes, if the compiler does not say that the call hands in its type.
    Argument(Box<Argument>),
}

impl Input {
    fn is_handed_in(&self, as_type: &Type) -> bool {
        match self {
            Self::HandedIn { ty, .. } => ty.to_token_stream().to_string() == as_type.to_token_stream().to_string(),
            Self::Argument(_) => false,
        }
    }
}

pub(crate) struct Argument {
    /// What serde, schemars and rustdoc are told about it.
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) options: ArgumentOptions,
    pub(crate) name: Ident,
    pub(crate) ty: Type,
    pub(crate) form: Form,
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
        self.attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).cloned().collect()
    }

    /// Takes what belongs to the schema off the arguments: the compiler knows no doc comments there.
    pub(crate) fn forget_schema_attributes(&mut self) {
        for input in &mut self.signature.inputs {
            let (FnArg::Receiver(Receiver { attrs, .. }) | FnArg::Typed(PatType { attrs, .. })) = input;
            attrs.retain(|attribute| !belongs_to_schema(attribute) && !is_jit_tool(attribute));
        }
    }

    /// Notes a function that stands in an `impl` that has no `#[jit_toolset]`.
    pub(crate) fn refuse_method(&self, diagnostics: &mut Diagnostics) {
        if let Some(receiver) = self.signature.receiver() {
            diagnostics.report(receiver, METHOD);
        } else if self.is_associated() {
            diagnostics.report(&self.signature.ident, METHOD);
        }
    }

    /// The arguments in their order, with every mistake of the signature noted.
    pub(crate) fn inputs(&self, diagnostics: &mut Diagnostics) -> Vec<Input> {
        self.refuse_qualifiers(diagnostics);
        let mut inputs: Vec<Input> = Vec::new();
        for input in &self.signature.inputs {
            let FnArg::Typed(argument) = input else { continue };
            let input = read_input(argument, diagnostics);
            if let Some(Input::HandedIn { ty, .. }) = &input
                && inputs.iter().any(|input| input.is_handed_in(ty))
            {
                diagnostics.report(argument, "the call hands this in already: leave it out here");
            }
            inputs.extend(input);
        }
        let arguments = || {
            inputs.iter().filter_map(|input| match input {
                Input::Argument(argument) => Some(argument),
                Input::HandedIn { .. } => None,
            })
        };
        if let Some(whole) = arguments().find_map(|argument| argument.options.args.as_ref())
            && arguments().filter(|argument| argument.options.args.is_some()).count() > 1
        {
            diagnostics.report(whole, "one argument is the struct of all arguments: keep `args` at one");
        }
        inputs
    }

    fn refuse_qualifiers(&self, diagnostics: &mut Diagnostics) {
        let signature = &self.signature;
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
        // An argument is owned since it is read from JSON, whatever the body does with it.
        tokens.extend(quote!(#[allow(clippy::needless_pass_by_value)]));
        for attribute in &self.attributes {
            attribute.to_tokens(tokens);
        }
        self.visibility.to_tokens(tokens);
        self.signature.to_tokens(tokens);
        self.body.to_tokens(tokens);
    }
}

fn read_input(argument: &PatType, diagnostics: &mut Diagnostics) -> Option<Input> {
    let mut options = ArgumentOptions::default();
    for attribute in &argument.attrs {
        if attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr") {
            diagnostics.report(attribute, "an argument cannot depend on `cfg`: put the `cfg` on two functions");
        }
        if is_jit_tool(attribute) {
            match &attribute.meta {
                Meta::List(list) => options.read(list.tokens.clone(), diagnostics),
                meta => diagnostics
                    .report(meta, "say what about this argument: `#[jit_tool(default = …)]` or `#[jit_tool(args)]`"),
            }
        }
    }
    let schema_attributes = argument.attrs.iter().filter(|attribute| belongs_to_schema(attribute));
    let ty = ungrouped(&argument.ty);
    let Some(form) = form_of(ty, diagnostics) else {
        let mut attributes = schema_attributes.filter(|attribute| !attribute.path().is_ident("doc"));
        if let Some(attribute) = attributes.next() {
            diagnostics.report(attribute, "what the call hands in is not part of the schema: leave this attribute out");
        } else if !options.is_empty() {
            diagnostics.report(ty, "what the call hands in is no argument: leave `#[jit_tool(…)]` out here");
        }
        let name = match &*argument.pat {
            Pat::Ident(name) => Some(name.ident.clone()),
            _ => None,
        };
        return Some(Input::HandedIn { name, ty: Box::new(ty.clone()) });
    };
    match &*argument.pat {
        Pat::Ident(name) if name.by_ref.is_none() && name.subpat.is_none() => {
            let attributes = schema_attributes.cloned().collect();
            let (name, ty) = (name.ident.clone(), ty.clone());
            Some(Input::Argument(Box::new(Argument { attributes, options, name, ty, form })))
        }
        // A type is not known here to be handed in; one that is has any name.
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

/// How an argument of this type is read; `None` for what only the call can hand in.
fn form_of(ty: &Type, diagnostics: &mut Diagnostics) -> Option<Form> {
    if let Type::Reference(reference) = ty
        && reference.mutability.is_some()
    {
        let message = if mentions(ty.to_token_stream(), "ToolContext") {
            "the context is shared: write `&ToolContext`"
        } else {
            "nothing is lent to a tool to be changed: take an owned value, or `State<T>` with a lock in it"
        };
        diagnostics.report(ty, message);
        return None;
    }
    let is_static =
        |reference: &syn::TypeReference| reference.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static");
    if let Type::Reference(reference) = ty
        && is_static(reference)
    {
        diagnostics.report(ty, "what a call lends lives as long as the call: leave `'static` out");
        return None;
    }
    let tokens = ty.to_token_stream();
    if mentions(tokens.clone(), "impl") {
        diagnostics.report(ty, "`impl Trait` has no schema: write the concrete type");
        return Some(Form::Plain);
    }
    let form = Form::of(ty);
    let inside = match &form {
        Some(Form::Plain) => Some(tokens),
        Some(Form::Slice(element)) => Some(element.to_token_stream()),
        Some(Form::Optional(inner)) => match &**inner {
            Form::Slice(element) => Some(element.to_token_stream()),
            _ => None,
        },
        _ => None,
    };
    if let Some(inside) = inside
        && has_reference(inside)
        && !mentions(ty.to_token_stream(), "ToolContext")
    {
        diagnostics.report(
            ty,
            "only `&str`, `&[T]`, `Cow<str>` and an Option of one borrow from the arguments, since JSON has escapes: \
             take owned values inside, such as `Vec<String>`",
        );
    } else if mentions(ty.to_token_stream(), "ToolContext") && matches!(ty, Type::Path(_)) {
        diagnostics.report(ty, "the context is taken by reference: write `&ToolContext`");
        return None;
    }
    form
}

/// Whether a `&` stands anywhere in a type, also in its tuples and arrays.
fn has_reference(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Punct(punct) => punct.as_char() == '&',
        TokenTree::Group(group) => has_reference(group.stream()),
        _ => false,
    })
}

fn belongs_to_schema(attribute: &Attribute) -> bool {
    ["doc", "serde", "schemars"].iter().any(|name| attribute.path().is_ident(name))
}

/// Whether it is `#[jit_tool]`, by whatever path.
pub(crate) fn is_jit_tool(attribute: &Attribute) -> bool {
    attribute.path().segments.last().is_some_and(|last| last.ident == "jit_tool")
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
