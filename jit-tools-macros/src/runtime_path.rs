//! Where an expansion finds the runtime.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{
    Path,
    parse::{Parse, ParseStream},
};

/// What an expansion calls the part of the runtime that is made for expansions.
///
/// An alias, so that each path of an expansion is short and the runtime's own path stands in one place.
#[derive(Clone)]
pub(crate) struct RuntimePath(TokenStream);

impl RuntimePath {
    /// The item that makes `__jit` known, and `Probe` complete; for the block that holds all else.
    pub(crate) fn import(&self) -> TokenStream {
        let Self(path) = self;
        quote!(use #path::__private::{self as __jit, Probe as __Probe, ProbeArgument as _};)
    }
}

impl Default for RuntimePath {
    fn default() -> Self {
        Self(quote!(::jit_tools))
    }
}

impl Parse for RuntimePath {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Ok(Self(Path::parse_mod_style(input)?.into_token_stream()))
    }
}
