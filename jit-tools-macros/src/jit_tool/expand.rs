//! From a checked tool to tokens: absolute paths and re-exports only, since any name may mean something else where the
//! function stands.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{GenericParam, Generics, Lifetime, Type, ext::IdentExt};

use super::{
    fields::{Fields, default_value, plain},
    generics::unbounded,
    inputs::{Argument, Input},
    model::{Detail, Owner, Receiver, Tool},
    parameter::{Form, first_span, handed_in, shown_at_type, with_lifetime},
};
use crate::template::Template;

/// The struct that `tools![…]` names, and all that makes it a tool.
pub(crate) fn free_function(tool: &Tool) -> TokenStream {
    let Tool { function, visibility, cfgs, allowed, name, .. } = tool;
    let documentation = format!(" The tool `{}`; name it in `tools![…]`.", name.value());
    let runtime = tool.runtime.import();
    let (declaration, implementation) =
        if has_types(&tool.generics) { generic_struct(tool) } else { plain_struct(tool) };
    let arguments = Fields::new(tool).declaration();
    quote! {
        #(#cfgs)*
        #[doc = #documentation]
        #[allow(non_camel_case_types)]
        #[derive(::core::fmt::Debug)]
        #visibility struct #function #declaration
        #(#cfgs)*
        // Not every tool has a parameter that needs all that is imported.
        #[allow(non_snake_case, unused_imports, clippy::too_many_arguments)]
        #(#[allow(#allowed)])*
        const _: () = {
            #runtime
            #arguments
            #implementation
        };
    }
}

fn plain_struct(tool: &Tool) -> (TokenStream, TokenStream) {
    let Tool { function, name, .. } = tool;
    let (definition, entitlement, call) = (definition(tool), entitlement(tool), call(tool));
    let implementation = quote! {
        impl __jit::ToolFunction for #function {
            const NAME: &::core::primitive::str = #name;
            const TOOL: &Self = &Self {};
            fn definition() -> &'static __jit::ToolDefinition {
                static __DEFINITION: __jit::LazyDefinition = __jit::LazyDefinition::new(|| #definition);
                &__DEFINITION
            }
            #entitlement
            #call
        }
    };
    (quote!({}), implementation)
}

/// A function with type parameters is a tool for each choice of them: `tools![fetch::<Postgres>]`.
fn generic_struct(tool: &Tool) -> (TokenStream, TokenStream) {
    let Tool { function, name, .. } = tool;
    let generics = &tool.generics;
    let types: Vec<_> = generics.type_params().map(|parameter| &parameter.ident).collect();
    let (implemented, used, _) = generics.split_for_impl();
    let bounds = bounds(generics, None);
    let body = method_body(tool);
    let unbounded = unbounded(generics);
    let implementation = quote! {
        #[automatically_derived]
        impl #implemented __jit::ToolMethod<()> for #function #used #bounds {
            #body
        }
        #[automatically_derived]
        impl #implemented __jit::ListedTool for #function #used #bounds {
            const NAME: &'static ::core::primitive::str = #name;
            fn erased() -> __jit::ToolRef {
                __jit::BoundTool::<Self, ()>::erased(&::core::default::Default::default())
            }
        }
    };
    (quote!(#unbounded { __types: ::core::marker::PhantomData<(#(fn(&#types),)*)> }), implementation)
}

/// A method, as a struct of its own that stands for it.
pub(crate) fn method(tool: &Tool, owner: &Owner, generics: &Generics, marker: &Ident) -> TokenStream {
    let Tool { cfgs, allowed, .. } = tool;
    let ty = &owner.ty;
    let arguments = Fields::new(tool).declaration();
    let body = method_body(tool);
    let (implemented, _, _) = generics.split_for_impl();
    let bounds = bounds(generics, Some(ty));
    quote! {
        #(#cfgs)*
        #[allow(non_camel_case_types)]
        struct #marker;
        #(#cfgs)*
        #[allow(non_snake_case, unused_imports, clippy::too_many_arguments)]
        #(#[allow(#allowed)])*
        const _: () = {
            #arguments
            #[automatically_derived]
            impl #implemented __jit::ToolMethod<#ty> for #marker #bounds {
                #body
            }
        };
    }
}

/// The name of the struct that stands for a method.
pub(crate) fn marker(method: &Ident) -> Ident {
    format_ident!("__tool_{}", method.unraw(), span = Span::call_site())
}

fn method_body(tool: &Tool) -> TokenStream {
    let name = &tool.name;
    let (definition, entitlement, call) = (definition(tool), entitlement(tool), call(tool));
    quote! {
        const NAME: &'static ::core::primitive::str = #name;
        fn definition() -> __jit::ToolDefinition {
            #definition
        }
        #entitlement
        #call
    }
}

fn definition(tool: &Tool) -> TokenStream {
    let Tool { name, description, title, base_url, rules, hints, .. } = tool;
    let shape = Fields::new(tool).shape();
    let title = title.as_ref().map(|title| quote!(.with_title(#title)));
    let output = tool.output_type().map_or_else(
        || quote!(::core::option::Option::None),
        |ty| {
            let ty = with_lifetime(ty.to_token_stream(), &Lifetime::new("'_", Span::call_site()));
            quote!(__Probe::<#ty>::output())
        },
    );
    let annotations = (!hints.is_empty()).then(|| {
        let rest = (hints.len() < 4).then(|| quote!(..::core::default::Default::default()));
        quote!(.with_annotations(__jit::ToolAnnotations { #(#hints,)* #rest }))
    });
    let rules = (!rules.is_empty()).then(|| {
        let it = local("__rules");
        quote!(.with_rules(|#it| { #(#it.#rules;)* }))
    });
    let base_url = base_url.as_ref().map(|url| quote!(.with_base_url(#url)));
    quote!(#shape.define(#name, #description, #output) #title #annotations #base_url #rules)
}

fn entitlement(tool: &Tool) -> TokenStream {
    if !tool.is_callable || (tool.justification.is_none() && tool.may_request.is_empty()) {
        return TokenStream::new();
    }
    let (json, arguments) = (local("__json"), local("__arguments"));
    let justification = tool.justification.as_ref().map_or_else(|| quote!(""), |text| text.literal.to_token_stream());
    let may_request = tool.may_request.iter().map(may_request);
    let placeholders = tool.placeholders();
    let values = placeholders.iter().map(|name| {
        // A value that cannot be displayed is told at the text that wants it.
        let span = template_span(tool, name);
        let (arguments, name, text) = (shown_at(&arguments, span), shown_at(name, span), plain(name));
        let value = quote_spanned!(span=> &#arguments.#name);
        quote!(__jit::Value::new(#text, #value))
    });
    let fields = Fields::new(tool);
    let fills: Vec<_> = fields.fills(&placeholders, &arguments).collect();
    let mutable = (!fills.is_empty()).then(|| quote!(mut));
    let shape = fields.shape();
    let its = local("__shape");
    let parsed = (!placeholders.is_empty())
        .then(|| quote!(let #its = #shape; let #mutable #arguments = #its.parse(#json)?; #(#fills)*));
    let unused = placeholders.is_empty().then(|| quote!(let _ = #json;));
    quote! {
        fn entitlement(#json: &::core::primitive::str) -> __jit::Entitled {
            #unused
            #parsed
            __jit::entitlement(#justification, &[#(#may_request),*], &[#(#values),*])
        }
    }
}

fn may_request(detail: &Detail) -> TokenStream {
    let Detail { kind, actions, identifier, locations } = detail;
    let (actions, locations) = (actions.iter().flatten(), locations.iter().flatten());
    let identifier = identifier.as_ref().map_or_else(|| quote!(""), |text| text.literal.to_token_stream());
    quote!(__jit::MayRequest::new(#kind, &[#(#actions),*], #identifier, &[#(#locations),*]))
}

/// Where the first template stands that names an argument.
fn template_span(tool: &Tool, name: &Ident) -> Span {
    let identifiers = tool.may_request.iter().filter_map(|detail| detail.identifier.as_ref());
    let mut templates = tool.justification.iter().chain(identifiers);
    let found = templates.find(|template: &&Template| template.arguments().any(|argument| argument == name));
    found.map_or_else(Span::call_site, |template| template.literal.span())
}

fn call(tool: &Tool) -> TokenStream {
    let (cx, arguments, output, receiver) =
        (local("__cx"), local("__arguments"), local("__output"), local("__receiver"));
    let (its, shape) = (local("__shape"), Fields::new(tool).shape());
    let whole = tool.whole();
    let mut before = Vec::new();
    let passed: Vec<_> = tool
        .inputs
        .iter()
        .map(|input| match input {
            Input::HandedIn { ty, .. } => handed_in(ty, &cx),
            Input::Argument(argument) if whole.is_some_and(|whole| whole.name == argument.name) => {
                arguments.to_token_stream()
            }
            Input::Argument(argument) if whole.is_some() => handed_in(&argument.ty, &cx),
            Input::Argument(argument) => passed(argument, &cx, &arguments, &mut before),
        })
        .collect();
    before.extend(validations(tool, &arguments));
    let (function, receiver_parameter, receiver) = callee(tool, &receiver);
    let awaited = tool.is_async.then(|| quote!(.await));
    let returned = shown_at(&output, tool.output_span());
    if !tool.is_callable {
        // After a mistake: it never runs, and its types are checked.
        let ty =
            tool.output_type().map(|ty| with_lifetime(ty.to_token_stream(), &Lifetime::new("'_", Span::call_site())));
        let ty = ty.unwrap_or_else(|| quote!(()));
        return quote! {
            #[allow(unreachable_code, unused_variables)]
            async fn call(#receiver_parameter #cx: &__jit::ToolContext) -> __jit::Outcome {
                let #output: #ty = ::core::unreachable!();
                __jit::IntoToolOutput::into_tool_output(#returned)
            }
        };
    }
    // A future that cannot be sent is told at the function's name.
    quote_spanned! {Span::call_site().located_at(tool.function.span())=>
        async fn call(#receiver_parameter #cx: &__jit::ToolContext) -> __jit::Outcome {
            let #its = #shape;
            let #arguments = #its.read(#cx)?;
            #(#before)*
            let #output = #function(#receiver #(#passed),*) #awaited;
            __jit::IntoToolOutput::into_tool_output(#returned)
        }
    }
}

/// An argument as the function takes it. One that has a default is put into a variable first.
fn passed(argument: &Argument, cx: &Ident, arguments: &Ident, before: &mut Vec<TokenStream>) -> TokenStream {
    let Argument { name, ty, form, options, .. } = argument;
    if let Some(default) = &options.default {
        let value = local(&format!("__value_{}", name.unraw()));
        let default = default_value(default);
        before.push(quote!(let #value = #arguments.#name.or(|| #default);));
        return form.pass(value.to_token_stream());
    }
    let read = quote!(#arguments.#name);
    match form {
        Form::Plain if !argument.is_customized() => {
            let written = with_lifetime(ty.to_token_stream(), &Lifetime::new("'_", Span::call_site()));
            shown_at_type(ty, quote!(__Probe::<), &written, quote!(>::give(#cx, #read)?))
        }
        _ => form.pass(read),
    }
}

/// The checks that arguments bring along themselves.
fn validations(tool: &Tool, arguments: &Ident) -> Vec<TokenStream> {
    let whole = tool.whole();
    tool.arguments()
        .filter_map(|argument| {
            let span = Span::mixed_site().located_at(argument.options.validate.as_ref()?.span());
            let name = &argument.name;
            let (path, value) = if whole.is_some() {
                (String::new(), arguments.to_token_stream())
            } else {
                (plain(name), quote!(#arguments.#name))
            };
            Some(quote_spanned!(span=> __jit::validate(#path, &#value)?;))
        })
        .collect()
}

/// What is called, and on what.
fn callee(tool: &Tool, receiver: &Ident) -> (TokenStream, Option<TokenStream>, Option<TokenStream>) {
    let function = &tool.function;
    let Some(Owner { ty, of, receiver: kind, .. }) = &tool.owner else {
        if !has_types(&tool.generics) {
            return (function.to_token_stream(), None, None);
        }
        let arguments = tool.generics.params.iter().filter_map(|parameter| match parameter {
            GenericParam::Type(parameter) => Some(&parameter.ident),
            GenericParam::Const(parameter) => Some(&parameter.ident),
            GenericParam::Lifetime(_) => None,
        });
        return (quote!(#function::<#(#arguments),*>), Some(quote!(_: &__jit::Arc<()>,)), None);
    };
    let of = of.as_ref().map(|of| quote!(as #of));
    let path = quote!(<#ty #of>::#function);
    let passed = match kind {
        Receiver::None => None,
        Receiver::Shared => Some(quote!(#receiver,)),
        Receiver::Arc => Some(quote!(::core::clone::Clone::clone(#receiver),)),
    };
    let name = if passed.is_some() { receiver.to_token_stream() } else { quote!(_) };
    (path, Some(quote!(#name: &__jit::Arc<#ty>,)), passed)
}

/// Whether there are parameters that a caller has to choose; lifetimes the compiler chooses.
pub(crate) fn has_types(generics: &Generics) -> bool {
    generics.type_params().next().is_some() || generics.const_params().next().is_some()
}

/// The author's bounds, and those of all tools.
fn bounds(generics: &Generics, owner: Option<&Type>) -> TokenStream {
    let written = generics.where_clause.as_ref().map(|clause| clause.predicates.iter()).into_iter().flatten();
    let types = generics.type_params().map(|parameter| &parameter.ident);
    let owner = owner.map(|ty| {
        let span = Span::mixed_site().located_at(first_span(ty));
        quote_spanned!(span=> #ty: __jit::ToolReceiver,)
    });
    quote!(where #(#written,)* #(#types: 'static,)* #owner)
}

/// The same name, with what the compiler says of it told at another place.
fn shown_at(name: &Ident, span: Span) -> Ident {
    let mut name = name.clone();
    name.set_span(name.span().located_at(span));
    name
}

/// A name that neither meets nor hides one of the author's.
pub(crate) fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}
