//! The parameters of a generic function, of which a tool is made for each choice: the lifetimes among them end with the
//! call, and no tool does.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    GenericParam, Generics, Lifetime, Path, TypeParam, TypeParamBound, WherePredicate, parse_quote,
    punctuated::Punctuated,
};

use super::{inputs::Input, parameter::mentions};
use crate::diagnostics::Diagnostics;

type Bounds = Punctuated<TypeParamBound, syn::Token![+]>;

/// The parameters without the lifetimes, which the compiler chooses at each call, and without what is said of those.
pub(crate) fn owned(generics: &Generics, diagnostics: &mut Diagnostics) -> Generics {
    let mut owned = generics.clone();
    let lifetimes: Vec<_> = generics.lifetimes().map(|parameter| &parameter.lifetime).collect();
    owned.params.clear();
    for mut parameter in generics.params.clone() {
        match &mut parameter {
            GenericParam::Lifetime(_) => continue,
            GenericParam::Type(TypeParam { bounds, .. }) => own(bounds, &lifetimes, diagnostics),
            GenericParam::Const(_) => {}
        }
        owned.params.push(parameter);
    }
    if owned.params.is_empty() {
        // It is no parameter of what is made.
        owned.where_clause = None;
    }
    if let Some(clause) = &mut owned.where_clause {
        let predicates = std::mem::take(&mut clause.predicates);
        for mut predicate in predicates {
            if let WherePredicate::Type(written) = &mut predicate {
                own(&mut written.bounds, &lifetimes, diagnostics);
            }
            let says_nothing = match &predicate {
                WherePredicate::Type(written) => written.bounds.is_empty(),
                _ => false,
            };
            if !says_nothing && !lifetimes.iter().any(|lifetime| has(predicate.to_token_stream(), lifetime)) {
                clause.predicates.push(predicate);
            }
        }
    }
    owned
}

/// Bounds without the lifetimes of one call.
fn own(bounds: &mut Bounds, lifetimes: &[&Lifetime], diagnostics: &mut Diagnostics) {
    let is_of_a_call = |bound: &TypeParamBound| lifetimes.iter().any(|lifetime| has(bound.to_token_stream(), lifetime));
    let mut owned = Bounds::new();
    for bound in std::mem::take(bounds) {
        match &bound {
            _ if !is_of_a_call(&bound) => owned.push(bound),
            TypeParamBound::Lifetime(_) => {}
            _ => {
                diagnostics.report(&bound, "a type parameter outlives the call: write `DeserializeOwned`");
                owned.push(parse_quote!(__jit::serde::de::DeserializeOwned));
            }
        }
    }
    *bounds = owned;
}

fn has(tokens: TokenStream, lifetime: &Lifetime) -> bool {
    let mut after_quote = false;
    tokens.into_iter().any(|token| match token {
        TokenTree::Punct(punct) => {
            after_quote = punct.as_char() == '\'';
            false
        }
        TokenTree::Ident(ident) => std::mem::take(&mut after_quote) && ident == lifetime.ident,
        TokenTree::Group(group) => has(group.stream(), lifetime),
        TokenTree::Literal(_) => false,
    })
}

/// The names of the parameters that are no lifetimes.
pub(crate) fn names(generics: &Generics) -> impl Iterator<Item = &Ident> {
    generics.params.iter().filter_map(|parameter| match parameter {
        GenericParam::Type(parameter) => Some(&parameter.ident),
        GenericParam::Const(parameter) => Some(&parameter.ident),
        GenericParam::Lifetime(_) => None,
    })
}

/// Whether a type depends on one of these parameters.
pub(crate) fn depends_on<'a>(ty: &impl ToTokens, names: &[&'a Ident]) -> Option<&'a Ident> {
    names.iter().copied().find(|name| mentions(ty.to_token_stream(), &name.to_string()))
}

/// Notes each argument whose own type has to be written in the struct of arguments, which has no such parameter.
pub(crate) fn refuse_unknown(inputs: &mut [Input], names: &[&Ident], diagnostics: &mut Diagnostics) {
    for input in inputs {
        let Input::Argument(argument) = input else { continue };
        if let Some(key) = argument.attributes.of_its_type()
            && let Some(name) = depends_on(&argument.ty, names)
        {
            diagnostics.report(
                key,
                format!(
                    "`{key}` holds for one type, and `{name}` is a parameter: put it on a field of a type of your own, \
                     and take that type"
                ),
            );
            argument.attributes.forget();
        }
    }
}

/// The parameters as a struct declares them that asks nothing of them, not even a size where the author does not.
pub(crate) fn unbounded(generics: &Generics) -> Generics {
    let mut unbounded = generics.clone();
    let is_maybe = |bound: &TypeParamBound| bound.to_token_stream().to_string().starts_with('?');
    let maybes: Vec<Path> = generics
        .where_clause
        .iter()
        .flat_map(|clause| &clause.predicates)
        .filter_map(|predicate| match predicate {
            WherePredicate::Type(written) if written.bounds.iter().any(is_maybe) => {
                syn::parse2(written.bounded_ty.to_token_stream()).ok()
            }
            _ => None,
        })
        .collect();
    for parameter in &mut unbounded.params {
        match parameter {
            GenericParam::Type(parameter) => {
                let mut bounds: Bounds = std::mem::take(&mut parameter.bounds).into_iter().filter(is_maybe).collect();
                if bounds.is_empty() && maybes.iter().any(|maybe| maybe.is_ident(&parameter.ident)) {
                    bounds.push(parse_quote!(?::core::marker::Sized));
                }
                parameter.bounds = bounds;
                parameter.default = None;
            }
            GenericParam::Const(parameter) => {
                parameter.default = None;
            }
            GenericParam::Lifetime(_) => {}
        }
    }
    unbounded.where_clause = None;
    unbounded
}
