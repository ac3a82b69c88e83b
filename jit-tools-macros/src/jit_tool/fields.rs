//! The struct that a model's arguments are read into.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::{Expr, ExprLit, Lifetime, Lit, LitStr, Type, UnOp, ext::IdentExt};

use super::{
    generics,
    inputs::Argument,
    model::Tool,
    parameter::{Form, shown_at_type},
};

/// The arguments as a struct. A field's type is a parameter of it where that can be, so that a type that cannot be an
/// argument is told once, where it is written, and not by each derive; and so that the compiler can say whether it is
/// one, see `Probe` in the runtime.
pub(crate) struct Fields<'a> {
    tool: &'a Tool,
    all: Vec<Field<'a>>,
    /// The parameters of the function and of its `impl`.
    parameters: Vec<&'a Ident>,
}

struct Field<'a> {
    argument: &'a Argument,
    /// The parameter that stands for its type. What serde is told about a field (`with`, `default = "…"`) may hold for
    /// its own type only; that one then stands in the struct. It does also where `Default` says what an argument is that
    /// was left out, which the schema then shows; unless the type depends on parameters of the function.
    parameter: Option<Ident>,
    /// Whether the parameter has to implement `Default`.
    has_default: bool,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(tool: &'a Tool) -> Self {
        let of_impl = tool.owner.iter().flat_map(|owner| generics::names(&owner.generics));
        let parameters: Vec<_> = generics::names(&tool.generics).chain(of_impl).collect();
        let fields = if tool.whole().is_some() { Vec::new() } else { tool.arguments().collect() };
        let numbered = fields.into_iter().enumerate().map(|(number, argument)| {
            let has_default = argument.attributes.plain_default().is_some();
            // What is no argument is told at its type, and not by each derive.
            let is_written = !argument.looks_handed_in() && generics::depends_on(&argument.ty, &parameters).is_none();
            let is_its_own = argument.attributes.of_its_type().is_some() || (has_default && is_written);
            let parameter = (!is_its_own).then(|| format_ident!("__A{number}"));
            Field { argument, parameter, has_default }
        });
        Self { tool, all: numbered.collect(), parameters }
    }

    /// Whether a type has to be one that moves between threads, since the future of an `async fn` holds its arguments. Of
    /// a type parameter the compiler tells that better by itself.
    fn is_sent(&self, ty: &Type) -> bool {
        self.tool.is_async && generics::depends_on(ty, &self.parameters).is_none()
    }

    /// The struct, and the function that makes its shape of the types of its fields.
    pub(crate) fn declaration(&self) -> TokenStream {
        if self.tool.whole().is_some() {
            return TokenStream::new();
        }
        let name = &self.tool.name;
        // serde cannot tell which members are unknown where a field takes all that are left.
        let deny_unknown =
            (!self.all.iter().any(|field| field.argument.attributes.flattens())).then(|| quote!(deny_unknown_fields));
        let parameters: Vec<_> = self.all.iter().filter_map(|field| field.parameter.as_ref()).collect();
        let defaults = self.all.iter().filter_map(|field| {
            field.parameter.as_ref()?;
            Some(field.has_default.then(|| quote!(::core::default::Default)))
        });
        let and_defaults: Vec<_> = defaults.clone().map(|bound| bound.map(|bound| quote!(+ #bound))).collect();
        let defaults = defaults.map(|bound| bound.map(|bound| quote!(: #bound)));
        let ignored = parameters.iter().map(|_| quote!(_));
        // serde keeps `'de` for itself.
        let borrowed = Lifetime::new("'__json", Span::call_site());
        let borrows = self.all.iter().any(Field::borrows);
        let declared = borrows.then(|| quote!(#borrowed,));
        let used = borrows.then(|| quote!('a,));
        let fields = self.all.iter().map(|field| field.declaration(&borrowed));
        let is_default = |field: &Field<'_>| {
            field.argument.options.default.is_some() || field.argument.attributes.its_default().is_some()
        };
        let some = self.all.iter().any(is_default).then(|| quote!(, option::Option::Some));
        quote! {
            // What schemars counts on, where there may be no prelude.
            use ::core::{convert::Into as _, default::Default as _ #some};
            #[derive(__jit::serde::Deserialize, __jit::schemars::JsonSchema)]
            #[serde(crate = "__jit::serde", #deny_unknown)]
            #[schemars(crate = "__jit::schemars", rename = #name)]
            struct __Arguments<#declared #(#parameters #defaults),*> {
                #(#fields),*
            }
            fn __shape<'a, #(#parameters: __jit::Arg<'a> #and_defaults),*>(
                #(#ignored: __jit::Slot<#parameters>),*
            ) -> __jit::Shape<'a, __Arguments<#used #(#parameters),*>> {
                __jit::Shape::new()
            }
        }
    }

    /// The shape of the arguments.
    pub(crate) fn shape(&self) -> TokenStream {
        let elided = Lifetime::new("'_", Span::call_site());
        let slot = |Argument { ty, form, options, .. }: &Argument, is_asked: bool| {
            let before = if is_asked { quote!(__Probe::<) } else { quote!(__jit::Slot::<) };
            let after = match (is_asked, self.is_sent(ty)) {
                (_, true) => quote!(>::sent()),
                (true, false) => quote!(>::slot()),
                (false, false) => quote!(>::new()),
            };
            let form = if options.args.is_some() { &Form::Plain } else { form };
            shown_at_type(ty, before, &form.read_as(ty, &elided), after)
        };
        if let Some(whole) = self.tool.whole() {
            let slot = slot(whole, false);
            return quote!(__jit::whole(#slot));
        }
        let slots = self.all.iter().filter(|field| field.parameter.is_some()).map(|field| {
            slot(field.argument, matches!(field.argument.form, Form::Plain) && !field.argument.is_customized())
        });
        quote!(__shape(#(#slots),*))
    }

    /// Puts defaults where an argument was left out that one of the placeholders names.
    pub(crate) fn fills<'b>(
        &'b self,
        placeholders: &'b [Ident],
        arguments: &'b Ident,
    ) -> impl Iterator<Item = TokenStream> + 'b {
        self.all.iter().filter(|field| placeholders.contains(&field.argument.name)).filter_map(move |field| {
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
        let Argument { attributes, options, name, ty, form } = self.argument;
        let ty = match &self.parameter {
            Some(parameter) => parameter.to_token_stream(),
            None => form.read_as(ty, borrowed),
        };
        let borrow = (self.borrows() && !attributes.borrows()).then(|| quote!(#[serde(borrow)]));
        let aliases = attributes.aliases();
        // What is read by another name is held to the same schema; no model is told of it.
        let aliases =
            (!aliases.is_empty()).then(|| quote!(#[schemars(extend("x-jit-tools-aliases" = [#(#aliases),*]))]));
        let Some(default) = &options.default else { return quote!(#attributes #borrow #aliases #name: #ty) };
        let shown = is_json(default).then(|| quote!(#[schemars(extend("default" = #default))]));
        // By its path, since of a plain `default` serde would ask that the type has one itself.
        let none = format!("<__jit::Defaulted<{ty}> as ::core::default::Default>::default");
        let none = LitStr::new(&none, Span::call_site());
        quote!(#attributes #borrow #[serde(default = #none)] #shown #aliases #name: __jit::Defaulted<#ty>)
    }
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
