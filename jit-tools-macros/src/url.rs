//! `url!`, from tokens to tokens.
//!
//! The stages: what stands in the parentheses (`url/arguments.rs`) → the template (`url/template.rs`) → tokens (here).

mod arguments;
pub(crate) mod template;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};

use self::{
    arguments::Arguments,
    template::{Part, Template},
};
use crate::diagnostics::Diagnostics;

/// Expands the macro. After a mistake the expansion has the type that it would have had.
pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let Some(arguments) = diagnostics.take(syn::parse2::<Arguments>(input)) else {
        return diagnostics.into_compile_errors();
    };
    let template = Template::read(&arguments.template, &mut diagnostics);
    arguments.refuse_unused(&template, &mut diagnostics);
    let runtime = &arguments.runtime;
    if !diagnostics.is_empty() {
        let errors = diagnostics.into_compile_errors();
        return quote!({ #errors #runtime::__private::build_url(&[]) });
    }
    let parts = template.parts.iter().map(|part| match part {
        Part::Base(name) => {
            let value = arguments.value(name);
            quote!(#runtime::__private::UrlPart::Base(&#value))
        }
        Part::Text(text) => quote!(#runtime::__private::UrlPart::Text(#text)),
        Part::Segment(name) => {
            let value = arguments.value(name);
            quote!(#runtime::__private::UrlPart::Segment(#name, &#value))
        }
        Part::Query(name) => {
            let value = arguments.value(name);
            quote!(#runtime::__private::UrlPart::Query(&#value))
        }
    });
    let build = quote!(#runtime::__private::build_url(&[#(#parts),*]));
    // Each expression is evaluated once, and what it borrows from lives until the URL is built.
    let (names, values): (Vec<_>, Vec<_>) = arguments.values.iter().map(|(name, value)| (local(name), value)).unzip();
    let url = Ident::new("__url", Span::mixed_site());
    let whole = if names.is_empty() { build } else { quote!(match (#(&(#values),)*) { (#(#names,)*) => #build }) };
    // A variable, so that the values are not borrowed for as long as the statement lasts, over an `.await`.
    quote!({
        let #url = #whole;
        #url
    })
}

impl Arguments {
    /// What a placeholder stands for: a value that was given, or what its name means where the macro is called.
    fn value(&self, name: &str) -> TokenStream {
        match self.values.iter().find(|(given, _)| given == name) {
            Some((given, _)) => local(given).into_token_stream(),
            None => template::ident(name, self.template.span()).into_token_stream(),
        }
    }
}

fn local(name: &Ident) -> Ident {
    format_ident!("__value_{}", name, span = Span::mixed_site())
}
