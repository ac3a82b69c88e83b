//! `#[jit_tool]`, from tokens to tokens.

pub(crate) mod arguments;
pub(crate) mod expand;
pub(crate) mod fallback;
mod fields;
pub(crate) mod generics;
pub(crate) mod inputs;
pub(crate) mod model;
pub(crate) mod parameter;
mod rules;
mod schema;
pub(crate) mod signature;

#[cfg(test)]
mod mistakes;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use quote::quote;

use self::{
    arguments::Options,
    model::{Tool, hides_a_primitive},
    signature::Unreadable,
};
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
        Err(Unreadable::NoFunction(error)) => {
            diagnostics.push(error);
            let errors = diagnostics.into_compile_errors();
            return quote!(#item #errors);
        }
        Err(Unreadable::Syntax(error)) => {
            let errors = diagnostics.into_compile_errors();
            let function = fallback::as_it_was(item);
            // An `impl` has no place for more; the compiler's own word has to do there.
            let is_free = !parameter::mentions(item.clone(), "self");
            let rest = is_free.then(|| [fallback::unread(&error), fallback::stub(item, &options.runtime)]);
            let rest = rest.into_iter().flatten();
            return quote!(#function #errors #(#rest)*);
        }
    };
    let has_body = function.is_associated() || function.refuse_no_body(&mut diagnostics);
    function.refuse_method(&mut diagnostics);
    let tool = Tool::new(options, &function, None, &mut diagnostics);
    function.forget_what_was_read();
    let errors = diagnostics.into_compile_errors();
    // A struct would be one more error in an `impl` or a `trait`, and hide a primitive type from all that is beside it.
    let has_place = has_body && !function.is_associated() && !hides_a_primitive(&function.signature.ident);
    let tool = has_place.then(|| expand::free_function(&tool));
    quote!(#function #errors #tool)
}
