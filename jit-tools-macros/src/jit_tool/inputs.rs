//! The parameters of a function: what a model writes, and what the call hands in.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, FnArg, Meta, Pat, PatType, PathArguments, Signature, Type};

use super::{
    arguments::ArgumentOptions,
    model::hides_a_primitive,
    parameter::{Form, mentions, ungrouped},
    schema::SchemaAttributes,
};
use crate::diagnostics::Diagnostics;

/// The parameters that were read, in their order.
pub(crate) struct Inputs {
    pub(crate) read: Vec<Input>,
    /// Whether these are all, so that the function can be called with them.
    pub(crate) are_all: bool,
    /// The names of those that were not read.
    pub(crate) unread: Vec<Ident>,
}

/// One parameter of the function, in its place.
pub(crate) enum Input {
    /// What the call hands in for certain, under the name that the function gives it.
    HandedIn { name: Option<Ident>, ty: Box<Type> },
    /// What a model writes, if the compiler does not say that the call hands in its type.
    Argument(Box<Argument>),
}

pub(crate) struct Argument {
    /// What serde, schemars and rustdoc are told about it.
    pub(crate) attributes: SchemaAttributes,
    pub(crate) options: ArgumentOptions,
    pub(crate) name: Ident,
    pub(crate) ty: Type,
    pub(crate) form: Form,
}

/// A mistake that is noted already.
struct Told;

impl Inputs {
    /// Reads the parameters, with every mistake noted.
    pub(crate) fn read(signature: &Signature, diagnostics: &mut Diagnostics) -> Self {
        let mut inputs = Self { read: Vec::new(), are_all: true, unread: Vec::new() };
        for input in &signature.inputs {
            let FnArg::Typed(parameter) = input else { continue };
            match read_input(parameter, diagnostics) {
                Ok(input) if inputs.may_take(&input, parameter, diagnostics) => inputs.read.push(input),
                _ => {
                    inputs.are_all = false;
                    inputs.unread.extend(name_of(&parameter.pat));
                }
            }
        }
        let whole: Vec<_> = inputs.arguments().filter_map(|argument| argument.options.args.clone()).collect();
        if let [_, second, ..] = &whole[..] {
            diagnostics.report(second, "one argument is the struct of all arguments: keep `args` at one");
            inputs.are_all = false;
        }
        inputs
    }

    fn arguments(&self) -> impl Iterator<Item = &Argument> {
        self.read.iter().filter_map(Input::argument)
    }

    /// Whether nothing before has taken the place of this one.
    fn may_take(&self, input: &Input, parameter: &PatType, diagnostics: &mut Diagnostics) -> bool {
        let Input::Argument(argument) = input else {
            let is_there = self.read.iter().any(|other| other.is_handed_in_like(input));
            if is_there {
                diagnostics.report(parameter, "the call hands this in already: leave it out here");
            }
            return !is_there;
        };
        if self.arguments().any(|other| other.name == argument.name) {
            // The compiler says so.
            return false;
        }
        let taken: Vec<_> = self.arguments().flat_map(Argument::names).collect();
        let Some(twice) = argument.names().into_iter().find(|name| taken.contains(name)) else { return true };
        diagnostics.report(
            &argument.name,
            format!("a model would write two arguments as `{twice}`: give one of them another name"),
        );
        false
    }
}

impl Input {
    pub(crate) fn argument(&self) -> Option<&Argument> {
        match self {
            Self::Argument(argument) => Some(argument),
            Self::HandedIn { .. } => None,
        }
    }

    fn is_handed_in_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::HandedIn { ty, .. }, Self::HandedIn { ty: other, .. }) => {
                ty.to_token_stream().to_string() == other.to_token_stream().to_string()
            }
            _ => false,
        }
    }
}

impl Argument {
    /// Whether its type alone does not say how it is read.
    pub(crate) fn is_customized(&self) -> bool {
        self.options.default.is_some() || self.attributes.are_any()
    }

    /// Whether the type looks like one that the call hands in; whether it is, the compiler knows.
    pub(crate) fn looks_handed_in(&self) -> bool {
        let Type::Path(path) = &self.ty else { return false };
        path.path.segments.last().is_some_and(|last| {
            let takes_a_type = matches!(last.arguments, PathArguments::AngleBracketed(_));
            (takes_a_type && (last.ident == "State" || last.ident == "CallData")) || last.ident == "CancellationToken"
        })
    }

    /// The names by which a model may write it.
    fn names(&self) -> Vec<String> {
        if self.options.args.is_some() { Vec::new() } else { self.attributes.names(&self.name) }
    }
}

fn read_input(parameter: &PatType, diagnostics: &mut Diagnostics) -> Result<Input, Told> {
    let mut is_certain = true;
    let mut options = ArgumentOptions::default();
    for attribute in &parameter.attrs {
        let path = attribute.path();
        if path.is_ident("cfg") || path.is_ident("cfg_attr") {
            diagnostics.report(attribute, "an argument cannot depend on `cfg`: put the `cfg` on two functions");
            is_certain = false;
        } else if path.is_ident("garde") || path.is_ident("validate") {
            diagnostics.report(
                attribute,
                "write `#[schemars(…)]` for ranges, lengths and patterns; other checks go on a type of its own, which \
                 is then checked with `#[jit_tool(validate)]`",
            );
        } else if is_jit_tool(attribute) {
            match &attribute.meta {
                Meta::List(list) => options.read(list.tokens.clone(), diagnostics),
                meta => diagnostics
                    .report(meta, "say what about this argument: `#[jit_tool(default = …)]` or `#[jit_tool(args)]`"),
            }
        }
    }
    let of_schema = parameter.attrs.iter().filter(|attribute| belongs_to_schema(attribute));
    let attributes = SchemaAttributes::read(of_schema, diagnostics);
    if let (Some(_), Some(default)) = (&options.default, attributes.its_default()) {
        diagnostics
            .report(&default.key, "this argument has a default in `#[jit_tool(default = …)]`: keep one of the two");
    }
    let ty = ungrouped(&parameter.ty);
    let form = form_of(ty, diagnostics)?;
    if !is_certain {
        return Err(Told);
    }
    let handed_in = |name| Ok(Input::HandedIn { name, ty: Box::new(ty.clone()) });
    let Some(form) = form else {
        if let Some(attribute) = attributes.first() {
            diagnostics.report(attribute, "what the call hands in is not part of the schema: leave this attribute out");
        } else if !options.is_empty() {
            diagnostics.report(ty, "what the call hands in is no argument: leave `#[jit_tool(…)]` out here");
        }
        return handed_in(name_of(&parameter.pat));
    };
    let name = match &*parameter.pat {
        Pat::Ident(name) if name.by_ref.is_none() && name.subpat.is_none() => name.ident.clone(),
        // No member of the JSON is named like the struct of all.
        _ if options.args.is_some() => Ident::new("__whole", Span::mixed_site()),
        // `CallData(user): CallData<User>`: what has no name, only the call can hand in.
        Pat::Wild(_) | Pat::TupleStruct(_) | Pat::Struct(_)
            if matches!(form, Form::Plain) && options.is_empty() && !attributes.are_any() && !is_plain_value(ty) =>
        {
            return handed_in(None);
        }
        Pat::Wild(pattern) => {
            diagnostics.report(pattern, "a model writes this argument by its name: give it one, such as `id`");
            return Err(Told);
        }
        pattern => {
            diagnostics.report(
                pattern,
                "a model writes this argument by its name: give it one, and take it apart in the body",
            );
            return Err(Told);
        }
    };
    let mut argument = Argument { attributes, options, name, ty: ty.clone(), form };
    let has_members = matches!(argument.form, Form::Plain) && !is_plain_value(ty);
    if argument.options.args.is_some() && !has_members {
        diagnostics.report(ty, "`args` is a struct of all arguments, whose fields a model writes: take one");
        return Err(Told);
    }
    if argument.attributes.flattens() && !has_members {
        diagnostics.report(ty, "`flatten` takes the members of a struct or a map: take one, or leave `flatten` out");
        argument.attributes.forget();
    }
    if argument.options.default.is_some() && argument.attributes.its_default().is_some() {
        argument.attributes.forget();
    }
    Ok(Input::Argument(Box::new(argument)))
}

fn name_of(pattern: &Pat) -> Option<Ident> {
    match pattern {
        Pat::Ident(name) => Some(name.ident.clone()),
        _ => None,
    }
}

/// Whether no call hands in a type of that name.
fn is_plain_value(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return true };
    let last = path.path.segments.last();
    last.is_some_and(|last| hides_a_primitive(&last.ident) || last.ident == "String" || last.ident == "Vec")
}

/// How an argument of this type is read; `None` for what only the call can hand in.
fn form_of(ty: &Type, diagnostics: &mut Diagnostics) -> Result<Option<Form>, Told> {
    let mut told = |message: &str| {
        diagnostics.report(ty, message);
        Err(Told)
    };
    let is_of_context = mentions(ty.to_token_stream(), "ToolContext");
    if let Type::Reference(reference) = ty
        && reference.mutability.is_some()
    {
        return told(if is_of_context {
            "the context is shared: write `&ToolContext`"
        } else {
            "nothing is lent to a tool to be changed: take an owned value, or `State<T>` with a lock in it"
        });
    }
    if let Type::Reference(reference) = ty
        && reference.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static")
    {
        return told("what a call lends lives as long as the call: leave `'static` out");
    }
    if let Some(borrowed) = unsized_as(ty) {
        return told(&format!("an argument has a size: write `{borrowed}`, or take an owned value"));
    }
    let tokens = ty.to_token_stream();
    if mentions(tokens.clone(), "impl") {
        return told("`impl Trait` has no schema: write the concrete type");
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
        && !is_of_context
    {
        return told(
            "only `&str`, `&[T]`, `Cow<str>` and an Option of one borrow from the arguments, since JSON has escapes: \
             take owned values inside, such as `Vec<String>`",
        );
    }
    if is_of_context && matches!(ty, Type::Path(_)) {
        return told("the context is taken by reference: write `&ToolContext`");
    }
    Ok(form)
}

/// Whether a `&` stands anywhere in a type, also in its tuples and arrays.
fn has_reference(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Punct(punct) => punct.as_char() == '&',
        TokenTree::Group(group) => has_reference(group.stream()),
        _ => false,
    })
}

/// What was probably meant by a type that has no size.
pub(crate) fn unsized_as(ty: &Type) -> Option<&'static str> {
    match ungrouped(ty) {
        Type::Path(path) if path.path.is_ident("str") => Some("&str"),
        Type::Slice(_) => Some("&[T]"),
        _ => None,
    }
}

/// Whether an attribute of a parameter is for serde, schemars or rustdoc.
fn belongs_to_schema(attribute: &Attribute) -> bool {
    ["doc", "serde", "schemars"].iter().any(|name| attribute.path().is_ident(name))
}

/// Whether an attribute of a parameter is taken off, since the compiler knows none of that name there.
pub(crate) fn is_ours(attribute: &Attribute) -> bool {
    belongs_to_schema(attribute)
        || is_jit_tool(attribute)
        || attribute.path().is_ident("garde")
        || attribute.path().is_ident("validate")
}

/// Whether it is `#[jit_tool]`, by whatever path.
pub(crate) fn is_jit_tool(attribute: &Attribute) -> bool {
    attribute.path().segments.last().is_some_and(|last| last.ident == "jit_tool")
}
