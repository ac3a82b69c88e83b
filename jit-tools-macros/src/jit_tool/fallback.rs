//! What is emitted for a function that cannot be read. The compiler has read it before the macro was called, and has said
//! what is wrong; what stands here is there so that nothing else is said.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::{
    Attribute, Visibility,
    ext::IdentExt,
    parse::{ParseStream, Parser},
};

use super::inputs::is_ours;
use crate::runtime_path::RuntimePath;

/// The function, unless its parameters have attributes that the compiler does not know there, such as doc comments.
/// Those cannot be taken off: the compiler knows by its place that it has told a mistake, and tokens in a new group have
/// another one.
pub(crate) fn as_it_was(item: &TokenStream) -> Option<&TokenStream> {
    let are_there = |token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => has_our_attributes(group.stream()),
        _ => false,
    };
    (!item.clone().into_iter().any(are_there)).then_some(item)
}

fn has_our_attributes(parameters: TokenStream) -> bool {
    let mut hash = None;
    parameters.into_iter().any(|token| {
        let attribute = hash.take().map(|hash| TokenStream::from_iter([hash, token.clone()]));
        if matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '#') {
            hash = Some(token);
        }
        let read = |input: ParseStream<'_>| input.call(Attribute::parse_outer);
        attribute
            .and_then(|attribute| read.parse2(attribute).ok())
            .is_some_and(|attributes| attributes.iter().any(is_ours))
    })
}

/// A tool that is never built, so that `tools![…]` and imports find what they name.
pub(crate) fn stub(item: &TokenStream, runtime: &RuntimePath) -> TokenStream {
    let parts = |input: ParseStream<'_>| {
        let attributes = input.call(Attribute::parse_outer)?;
        Ok((attributes, input.parse::<Visibility>()?, input.parse::<TokenStream>()?))
    };
    let Ok((attributes, visibility, rest)) = parts.parse2(item.clone()) else { return TokenStream::new() };
    let Some(ident) = function_name(rest) else { return TokenStream::new() };
    let cfgs: Vec<_> = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).collect();
    let (runtime, name) = (runtime.import(), ident.unraw().to_string());
    quote! {
        #(#cfgs)*
        #[allow(non_camel_case_types, missing_docs)]
        #[derive(::core::fmt::Debug)]
        #visibility struct #ident {}
        #(#cfgs)*
        #[allow(unused_imports)]
        const _: () = {
            #runtime
            impl __jit::ToolFunction for #ident {
                const NAME: &::core::primitive::str = #name;
                const TOOL: &Self = &Self {};
                fn definition() -> &'static __jit::ToolDefinition {
                    ::core::unreachable!()
                }
                async fn call(_: &__jit::ToolContext) -> __jit::Outcome {
                    ::core::unreachable!()
                }
            }
        };
    }
}

/// The name of the function that begins in these tokens.
pub(crate) fn function_name(tokens: TokenStream) -> Option<Ident> {
    let mut tokens = tokens.into_iter().skip_while(|token| !matches!(token, TokenTree::Ident(word) if word == "fn"));
    match tokens.nth(1) {
        Some(TokenTree::Ident(name)) => Some(name),
        _ => None,
    }
}

/// Says that a function was not read where the compiler has read it: a lint is told only when nothing else is.
pub(crate) fn unread(error: &syn::Error) -> TokenStream {
    let message = format!("`#[jit_tool]` cannot read this signature: {error}");
    quote_spanned! {error.span()=>
        #[deny(unused_must_use)]
        const _: () = {
            #[must_use = #message]
            const fn signature() -> ::core::primitive::bool {
                true
            }
            signature();
        };
    }
}
