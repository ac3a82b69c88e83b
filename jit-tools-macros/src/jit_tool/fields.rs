//! The struct that a model's arguments are read into.

use proc_macro2::{Ident, Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::{Attribute, Expr, ExprLit, Lifetime, Lit, UnOp, ext::IdentExt};

use super::{
    model::Tool,
    parameter::{Form, mentions, shown_at_type, with_lifetime},
    signature::Argument,
};

/// The arguments as a struct. A field's type is a parameter of it where that can be, so that a type that cannot be an
/// argument is told once, where it is written, and not by each derive; and so that the compiler can say whether it is
/// one, see `Probe` in the runtime.
pub(crate) struct Fields<'a> {
    tool: &'a Tool,
    fields: Vec<Field<'a>>,
}

struct Field<'a> {
    argument: &'a Argument,
    /// The parameter that stands for its type. What serde is told about a field (`with`, `default = "…"`) may hold for
    /// its own type only; that one then stands in the struct.
    parameter: Option<Ident>,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(tool: &'a Tool) -> Self {
        let fields = if tool.whole().is_some() { Vec::new() } else { tool.arguments().collect() };
        let numbered = fields.into_iter().enumerate().map(|(number, argument)| Field {
            argument,
            parameter: (!is_customized(argument)).then(|| format_ident!("__A{number}")),
        });
        Self { tool, fields: numbered.collect() }
    }

    /// The struct, and the function that makes its shape of the types of its fields.
    pub(crate) fn declaration(&self) -> TokenStream {
        if self.tool.whole().is_some() {
            return TokenStream::new();
        }
        let name = &self.tool.name;
        // serde cannot tell which members are unknown where a field takes all that are left.
        let deny_unknown =
            (!self.fields.iter().any(|field| is_flattened(field.argument))).then(|| quote!(deny_unknown_fields));
        let parameters: Vec<_> = self.fields.iter().filter_map(|field| field.parameter.as_ref()).collect();
        let ignored = parameters.iter().map(|_| quote!(_));
        // serde keeps `'de` for itself.
        let borrowed = Lifetime::new("'__json", Span::call_site());
        let borrows = self.fields.iter().any(Field::borrows);
        let declared = borrows.then(|| quote!(#borrowed,));
        let used = borrows.then(|| quote!('de,));
        let fields = self.fields.iter().map(|field| field.declaration(&borrowed));
        let some = self.fields.iter().any(|field| has_default(field.argument)).then(|| quote!(, option::Option::Some));
        quote! {
            // What schemars counts on, where there may be no prelude.
            use ::core::{convert::Into as _, default::Default as _ #some};
            #[derive(__jit::serde::Deserialize, __jit::schemars::JsonSchema)]
            #[serde(crate = "__jit::serde", #deny_unknown)]
            #[schemars(crate = "__jit::schemars", rename = #name)]
            struct __Arguments<#declared #(#parameters),*> {
                #(#fields),*
            }
            fn __shape<'de, #(#parameters: __jit::Arg<'de>),*>(
                #(#ignored: __jit::Slot<#parameters>),*
            ) -> __jit::Shape<'de, __Arguments<#used #(#parameters),*>> {
                __jit::Shape::new()
            }
        }
    }

    /// The shape of the arguments.
    pub(crate) fn shape(&self) -> TokenStream {
        let elided = Lifetime::new("'_", Span::call_site());
        if let Some(whole) = self.tool.whole() {
            let ty = with_lifetime(whole.ty.to_token_stream(), &elided);
            let slot = shown_at_type(&whole.ty, quote!(__jit::Slot::<), &ty, quote!(>::new()));
            return quote!(__jit::whole(#slot));
        }
        let slots = self.fields.iter().filter(|field| field.parameter.is_some()).map(|field| {
            let Argument { ty, form, .. } = field.argument;
            let before = if matches!(form, Form::Plain) { quote!(__Probe::<) } else { quote!(__jit::Slot::<) };
            let after = if matches!(form, Form::Plain) { quote!(>::slot()) } else { quote!(>::new()) };
            shown_at_type(ty, before, &form.read_as(ty, &elided), after)
        });
        quote!(__shape(#(#slots),*))
    }

    /// Puts defaults where an argument was left out that one of the placeholders names.
    pub(crate) fn fills<'b>(
        &'b self,
        placeholders: &'b [Ident],
        arguments: &'b Ident,
    ) -> impl Iterator<Item = TokenStream> + 'b {
        self.fields.iter().filter(|field| placeholders.contains(&field.argument.name)).filter_map(move |field| {
            let name = &field.argument.name;
            let default = default_value(field.argument.options.default.as_ref()?);
            Some(quote!(#arguments.#name.fill(|| #default);))
        })
    }
}

impl Field<'_> {
    /// Whether its own type stands in the struct, and borrows from the JSON.
    fn borrows(&self) -> bool {
        let Argument { ty, form, .. } = self.argument;
        self.parameter.is_none() && form.borrows(ty)
    }

    fn declaration(&self, borrowed: &Lifetime) -> TokenStream {
        let argument = self.argument;
        let Argument { attributes, options, name, ty, form } = argument;
        let ty = match &self.parameter {
            Some(parameter) => parameter.to_token_stream(),
            None => form.read_as(ty, borrowed),
        };
        let borrow = self.borrows().then(|| quote!(#[serde(borrow)]));
        let aliases = aliases(argument);
        // What is read by another name is held to the same schema; no model is told of it.
        let aliases =
            (!aliases.is_empty()).then(|| quote!(#[schemars(extend("x-jit-tools-aliases" = [#(#aliases),*]))]));
        let Some(default) = &options.default else { return quote!(#(#attributes)* #borrow #aliases #name: #ty) };
        let shown = is_json(default).then(|| quote!(#[schemars(extend("default" = #default))]));
        quote!(#(#attributes)* #borrow #[serde(default)] #shown #aliases #name: __jit::Defaulted<#ty>)
    }
}

/// Whether serde or schemars was told something about an argument, so that its type alone does not say how it is read.
pub(crate) fn is_customized(argument: &Argument) -> bool {
    argument.options.default.is_some() || argument.attributes.iter().any(|attribute| !attribute.path().is_ident("doc"))
}

/// The other names of an argument: the texts after `alias =`.
fn aliases(argument: &Argument) -> Vec<Literal> {
    let told = argument.attributes.iter().filter(|attribute| attribute.path().is_ident("serde"));
    let lists = told.filter_map(|attribute| attribute.meta.require_list().ok());
    let mut names = Vec::new();
    for list in lists {
        let tokens: Vec<_> = list.tokens.clone().into_iter().collect();
        names.extend(tokens.windows(3).filter_map(|three| match three {
            [TokenTree::Ident(key), TokenTree::Punct(_), TokenTree::Literal(name)] if key == "alias" => {
                Some(name.clone())
            }
            _ => None,
        }));
    }
    names
}

/// Whether the field takes all members that no other field takes.
fn is_flattened(argument: &Argument) -> bool {
    let flattens = |attribute: &Attribute| {
        attribute.path().is_ident("serde") && mentions(attribute.meta.to_token_stream(), "flatten")
    };
    argument.attributes.iter().any(flattens)
}

/// Whether serde puts something where the model leaves the argument out.
fn has_default(argument: &Argument) -> bool {
    let is_told = |attribute: &Attribute| mentions(attribute.meta.to_token_stream(), "default");
    argument.options.default.is_some() || argument.attributes.iter().any(is_told)
}

/// A default as a value of the argument's type: a text literal may stand for whatever is made of a text.
pub(crate) fn default_value(default: &Expr) -> TokenStream {
    match default {
        Expr::Lit(ExprLit { lit: Lit::Str(_), .. }) => quote!(::core::convert::Into::into(#default)),
        _ => default.to_token_stream(),
    }
}

/// Whether a default is written as it is in JSON, so that the schema can show it.
fn is_json(default: &Expr) -> bool {
    match default {
        Expr::Lit(ExprLit { lit: Lit::Str(_) | Lit::Int(_) | Lit::Float(_) | Lit::Bool(_), .. }) => true,
        Expr::Unary(unary) => matches!(unary.op, UnOp::Neg(_)) && is_json(&unary.expr),
        _ => false,
    }
}

/// The plain text of a name, for templates.
pub(crate) fn plain(name: &Ident) -> String {
    name.unraw().to_string()
}
