//! What stands in the parentheses of `url!(…)`.

use syn::{
    Expr, Ident, LitStr, Path, Token,
    ext::IdentExt,
    parse::{Parse, ParseStream},
};

use super::template::Template;
use crate::diagnostics::{Diagnostics, suggestion};

const EXAMPLE: &str = "`url!(\"https://api.acme.com/documents/{document_id}?q={query}\")`";

/// The template, and values for its placeholders, as they were written.
pub(crate) struct Arguments {
    /// Where the runtime is. The macro of the runtime that calls this one says so.
    pub(crate) runtime: Path,
    pub(crate) template: LitStr,
    pub(crate) values: Vec<(Ident, Expr)>,
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let runtime = input.call(Path::parse_mod_style)?;
        input.parse::<Token![;]>()?;
        if !input.peek(LitStr) {
            let message = format!("`url!` takes a text in quotes, and each value in braces: write {EXAMPLE}");
            return Err(syn::Error::new(input.span(), message));
        }
        let template = input.parse()?;
        let mut values: Vec<(Ident, Expr)> = Vec::new();
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                break;
            }
            if !(input.peek(Ident::peek_any) && input.peek2(Token![=]) && !input.peek2(Token![==])) {
                return Err(input.error("a value has a name: write `name = value` here, and `{name}` in the text"));
            }
            let name = input.call(Ident::parse_any)?.unraw();
            input.parse::<Token![=]>()?;
            if values.iter().any(|(given, _)| *given == name) {
                return Err(syn::Error::new(name.span(), format!("`{name}` is given twice; keep one of them")));
            }
            values.push((name, input.parse()?));
        }
        Ok(Self { runtime, template, values })
    }
}

impl Arguments {
    /// Notes each value that no placeholder stands for.
    pub(crate) fn refuse_unused(&self, template: &Template, diagnostics: &mut Diagnostics) {
        for (name, _) in &self.values {
            if !template.placeholders().any(|placeholder| name == placeholder) {
                let known = suggestion(
                    &name.to_string(),
                    template.placeholders(),
                    "the text has no placeholders",
                    "the placeholders are",
                );
                diagnostics.report(name, format!("no placeholder is named `{name}`; {known}"));
            }
        }
    }
}
