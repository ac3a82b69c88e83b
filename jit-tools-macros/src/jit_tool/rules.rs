//! How a tool is run, and what it does: the keys that are values of the runtime.

use std::time::Duration;

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::arguments::{Hints, Options};
use crate::{diagnostics::Diagnostics, duration};

/// The longest time for which an authority grants anything.
const LONGEST_TTL: Duration = Duration::from_secs(900);

/// What is set in the rules of the tool's calls.
pub(super) fn rules(options: &Options, diagnostics: &mut Diagnostics) -> Vec<TokenStream> {
    let mut rules = Vec::new();
    if let Some(preflight) = &options.preflight {
        if preflight.value && options.may_request.is_empty() {
            diagnostics.report(
                &preflight.key,
                "`preflight` asks for what `may_request` names before the body runs: add a `may_request(…)`",
            );
        }
        if preflight.value && options.retry.as_ref().is_some_and(|retry| retry.value.value() == "never") {
            diagnostics.report(
                &preflight.key,
                "`preflight` asks for a permission, and with `retry = \"never\"` none is asked for: keep one of the two",
            );
        }
        let value = preflight.value;
        rules.push(quote!(preflight = #value));
    }
    if let Some(retry) = &options.retry {
        let variant = match retry.value.value().as_str() {
            "request" => quote!(Request),
            "body" => quote!(Body),
            _ => quote!(Never),
        };
        rules.push(quote!(retry = __jit::Retry::#variant));
    }
    for (field, text) in [("timeout", &options.timeout), ("ttl", &options.ttl)] {
        let Some(text) = text else { continue };
        let Some(time) = duration::parse(&text.value()) else {
            let example = if field == "ttl" { "5m" } else { "30s" };
            diagnostics.report(
                text,
                format!("`{field}` is a number and a unit (`ms`, `s`, `m` or `h`), and more than nothing: write `{field} = \"{example}\"`"),
            );
            continue;
        };
        if field == "ttl" && time > LONGEST_TTL {
            diagnostics.report(text, "a token lives for at most 900 s: write `ttl = \"15m\"`, or less");
            continue;
        }
        let field = Ident::new(field, Span::call_site());
        let milliseconds = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        rules.push(quote!(#field = __jit::milliseconds(#milliseconds)));
    }
    if let Some(approval) = &options.approval {
        let variant = if approval.value.value() == "wait" { quote!(WAIT) } else { quote!(SUSPEND) };
        rules.push(quote!(approval = __jit::#variant));
    }
    if let Some(needs_approval) = &options.needs_approval {
        let value = needs_approval.value;
        rules.push(quote!(needs_approval = #value));
    }
    if let Some(strict) = &options.strict {
        let value = strict.value;
        rules.push(quote!(strict = ::core::option::Option::Some(#value)));
    }
    rules
}

/// What the tool does to the world, as fields.
pub(super) fn hints(hints: &Hints, diagnostics: &mut Diagnostics) -> Vec<TokenStream> {
    let Hints { read_only, destructive, idempotent, open_world } = hints;
    if let (Some(read_only), Some(destructive)) = (read_only, destructive)
        && read_only.value
        && destructive.value
    {
        diagnostics.report(&destructive.key, "a tool that is `read_only` destroys nothing: keep one of the two");
    }
    [("read_only", read_only), ("destructive", destructive), ("idempotent", idempotent), ("open_world", open_world)]
        .into_iter()
        .filter_map(|(name, hint)| {
            let (name, value) = (Ident::new(name, Span::call_site()), hint.as_ref()?.value);
            Some(quote!(#name: ::core::option::Option::Some(#value)))
        })
        .collect()
}
