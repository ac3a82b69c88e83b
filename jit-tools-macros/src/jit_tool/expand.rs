//! From a checked tool to tokens: absolute paths and re-exports only, since any name may mean something else where the
//! function stands.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};

use super::model::{Detail, Field, Parameter, Tool};
use crate::template::{Piece, Template};

/// The struct that `tools![…]` names, and all that makes it a tool.
pub(crate) fn tool(tool: &Tool) -> TokenStream {
    let Tool { runtime, function, visibility, cfgs, name, description, .. } = tool;
    let documentation = format!(" The tool `{}`; name it in `tools![…]`.", name.value());
    let runtime = runtime.import();
    let arguments = Arguments::new(tool).declaration();
    let allow_deprecated = tool.is_deprecated.then(|| quote!(#[allow(deprecated)]));
    let entitlement = entitlement(tool);
    let call = call(tool);
    quote! {
        #(#cfgs)*
        #[doc = #documentation]
        #[allow(non_camel_case_types)]
        #[derive(::core::default::Default, ::core::fmt::Debug)]
        #visibility struct #function {}
        #(#cfgs)*
        #allow_deprecated
        const _: () = {
            #runtime
            #arguments
            static __DEFINITION: __jit::LazyDefinition = __jit::LazyDefinition::new(|| __SHAPE.define(#name, #description));
            #[automatically_derived]
            impl __jit::ToolFunction for #function {
                const NAME: &::core::primitive::str = #name;
                fn definition() -> &'static __jit::ToolDefinition {
                    &__DEFINITION
                }
                #entitlement
                #call
            }
        };
    }
}

/// The arguments as a struct. A field's type is a parameter of it, so that a type that cannot be an argument is told
/// once, where it is written, and not by each derive.
struct Arguments<'a> {
    tool: &'a Tool,
    fields: Vec<(&'a Field, Option<Ident>)>,
}

impl<'a> Arguments<'a> {
    fn new(tool: &'a Tool) -> Self {
        let fields = tool.parameters.iter().filter_map(|parameter| match parameter {
            Parameter::Field(field) => Some(&**field),
            Parameter::Context(_) => None,
        });
        // What serde is told about a field (`with`, `default = "…"`) may hold for its own type only.
        let numbered = fields
            .enumerate()
            .map(|(number, field)| (field, (!field.is_customized).then(|| format_ident!("__A{number}"))));
        Self { tool, fields: numbered.collect() }
    }

    fn generics(&self) -> Vec<&Ident> {
        self.fields.iter().filter_map(|(_, parameter)| parameter.as_ref()).collect()
    }

    fn written_types(&self) -> impl Iterator<Item = &syn::Type> {
        self.fields.iter().filter(|(_, parameter)| parameter.is_some()).map(|(field, _)| &field.ty)
    }

    fn declaration(&self) -> TokenStream {
        let name = &self.tool.name;
        let expecting = format!("an object with the arguments of `{}`", name.value());
        // serde cannot tell which members are unknown where a field takes all that are left.
        let deny_unknown =
            (!self.fields.iter().any(|(field, _)| field.is_flattened())).then(|| quote!(deny_unknown_fields,));
        let generics = self.generics();
        let types: Vec<_> = self.written_types().collect();
        let fields = self.fields.iter().map(|(Field { attributes, name, ty, .. }, parameter)| {
            let ty = parameter.as_ref().map_or_else(|| ty.to_token_stream(), ToTokens::to_token_stream);
            quote!(#(#attributes)* #name: #ty)
        });
        quote! {
            #[derive(__jit::serde::Deserialize, __jit::schemars::JsonSchema)]
            #[serde(crate = "__jit::serde", #deny_unknown expecting = #expecting)]
            #[schemars(crate = "__jit::schemars", rename = #name)]
            #[allow(non_snake_case)]
            struct __Arguments<#(#generics),*> {
                #(#fields),*
            }
            const fn __shape<#(#generics: __jit::ToolArgument),*>() -> __jit::Shape<__Arguments<#(#generics),*>> {
                __jit::Shape::new()
            }
            const __SHAPE: __jit::Shape<__Arguments<#(#types),*>> = __shape::<#(#types),*>();
        }
    }
}

fn entitlement(tool: &Tool) -> TokenStream {
    if tool.justification.is_none() && tool.may_request.is_empty() {
        return TokenStream::new();
    }
    let (json, arguments, entitlement) = (local("__json"), local("__arguments"), local("__entitlement"));
    let justification = tool.justification.as_ref().map(|template| {
        let pieces = pieces(template, &arguments);
        quote!(.justification(__jit::render_justification(&[#(#pieces),*])))
    });
    let may_request = tool.may_request.iter().map(|detail| {
        let detail = authorization_detail(detail, &arguments);
        quote!(.may_request(#detail))
    });
    quote! {
        fn entitlement(#json: &::core::primitive::str) -> __jit::ToolResult<__jit::Entitlement> {
            let #arguments = __SHAPE.parse(#json)?;
            let #entitlement = <__jit::Entitlement as ::core::default::Default>::default();
            ::core::result::Result::Ok(#entitlement #justification #(#may_request)*)
        }
    }
}

fn authorization_detail(detail: &Detail, arguments: &Ident) -> TokenStream {
    let kind = &detail.kind;
    let actions = detail.actions.as_ref().map(|actions| quote!(.actions([#(#actions),*])));
    let identifier = detail.identifier.as_ref().map(|template| {
        let pieces = pieces(template, arguments);
        quote!(.identifier(__jit::render_exact(&[#(#pieces),*])?))
    });
    let locations = detail.locations.as_ref().map(|locations| quote!(.locations([#(#locations),*])));
    quote!(__jit::AuthorizationDetail::new(#kind) #actions #identifier #locations)
}

fn pieces(template: &Template, arguments: &Ident) -> Vec<TokenStream> {
    let span = template.literal.span();
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => quote!(__jit::Piece::Text(#text)),
        Piece::Argument(name) => {
            // A value that cannot be displayed is told at the text that wants it.
            let (arguments, name) = (shown_at(arguments, span), shown_at(name, span));
            let value = quote_spanned!(span=> &#arguments.#name);
            quote!(__jit::argument(#value))
        }
    };
    template.pieces.iter().map(piece).collect()
}

fn call(tool: &Tool) -> TokenStream {
    let Tool { function, .. } = tool;
    let (cx, arguments, output) = (local("__cx"), local("__arguments"), local("__output"));
    let passed = tool.parameters.iter().map(|parameter| match parameter {
        Parameter::Context(span) => {
            // Another type of that name is told where it is written.
            shown_at(&cx, *span).into_token_stream()
        }
        Parameter::Field(field) => {
            let name = &field.name;
            quote!(#arguments.#name)
        }
    });
    let awaited = tool.is_async.then(|| quote!(.await));
    let returned = shown_at(&output, tool.output);
    // A future that cannot be sent is told at the function's name.
    quote_spanned! {Span::call_site().located_at(function.span())=>
        async fn call(#cx: &__jit::ToolContext) -> __jit::ToolResult<__jit::ToolOutput> {
            let #arguments = __SHAPE.parse(#cx.arguments())?;
            let #output = #function(#(#passed),*) #awaited;
            __jit::IntoToolOutput::into_tool_output(#returned)
        }
    }
}

/// The same name, with what the compiler says of it told at another place.
fn shown_at(name: &Ident, span: Span) -> Ident {
    let mut name = name.clone();
    name.set_span(name.span().located_at(span));
    name
}

/// A name that neither meets nor hides one of the author's.
fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}
