//! `#[jit_tool]`, from tokens to tokens.

pub(crate) mod arguments;
pub(crate) mod expand;
mod fallback;
mod fields;
pub(crate) mod model;
mod parameter;
pub(crate) mod signature;

#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use quote::quote;

use self::{arguments::Options, model::Tool};
use crate::diagnostics::Diagnostics;

/// What stands in an attribute that `#[jit_toolset]` has read already.
pub(crate) const TAKEN: &str = "__taken_by_jit_toolset";

/// Expands the attribute. The item is always emitted again, so that a mistake is told once and not again by whatever
/// uses the function.
pub(crate) fn expand(attribute: TokenStream, item: &TokenStream) -> TokenStream {
    if attribute.to_string() == TAKEN {
        return TokenStream::new();
    }
    let mut diagnostics = Diagnostics::default();
    let options = Options::read(attribute, &mut diagnostics);
    let mut function = match signature::parse(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            diagnostics.push(error);
            let errors = diagnostics.into_compile_errors();
            return quote!(#item #errors);
        }
    };
    function.refuse_method(&mut diagnostics);
    let tool = Tool::new(options.clone(), &function, None, &mut diagnostics);
    function.forget_schema_attributes();
    match tool {
        Some(tool) if diagnostics.is_empty() => {
            let tool = expand::free_function(&tool);
            quote!(#function #tool)
        }
        _ => {
            let errors = diagnostics.into_compile_errors();
            let stub = fallback::stub(&function, &options.runtime);
            quote!(#function #errors #stub)
        }
    }
}
