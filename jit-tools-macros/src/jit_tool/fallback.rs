//! What stands in for a tool that has a mistake.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;

use super::{model::hides_a_primitive, signature::Function};
use crate::runtime_path::RuntimePath;

/// A tool that is never built, so that `tools![…]` and imports find what they name and only the mistake itself is told.
pub(crate) fn stub(function: &Function, runtime: &RuntimePath) -> TokenStream {
    if function.is_associated() || hides_a_primitive(&function.signature.ident) {
        // A struct there would be one more error, or many.
        return TokenStream::new();
    }
    let runtime = runtime.import();
    let visibility = &function.visibility;
    let ident = &function.signature.ident;
    let name = ident.unraw().to_string();
    let cfgs: Vec<_> = function.attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).collect();
    quote! {
        #(#cfgs)*
        #[allow(non_camel_case_types, missing_docs)]
        #[derive(::core::default::Default)]
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
