//! How one parameter of a function is read from JSON, and passed on.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{GenericArgument, Lifetime, Path, PathArguments, Type};

/// What a parameter's type looks like, as far as that says how it is read. References show; what else a type is, the
/// compiler is asked.
pub(crate) enum Form {
    /// Whatever the compiler says of the type: an argument, or handed in by the call.
    Plain,
    /// `&str`.
    Str,
    /// `&[T]`.
    Slice(Box<Type>),
    /// `Cow<'_, str>`.
    CowStr,
    /// `Option` of one of these three.
    Optional(Box<Form>),
}

impl Form {
    /// The form of a type that may be an argument; `None` for a reference, which only the call can hand in.
    pub(crate) fn of(ty: &Type) -> Option<Self> {
        match ungrouped(ty) {
            Type::Reference(reference) if reference.mutability.is_none() => match ungrouped(&reference.elem) {
                _ if reference.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static") => None,
                Type::Path(path) if path.path.is_ident("str") => Some(Self::Str),
                Type::Slice(slice) => Some(Self::Slice(slice.elem.clone())),
                _ => None,
            },
            Type::Reference(_) => None,
            Type::Path(path) => Some(Self::of_path(&path.path)),
            _ => Some(Self::Plain),
        }
    }

    fn of_path(path: &Path) -> Self {
        let Some(last) = path.segments.last() else { return Self::Plain };
        let PathArguments::AngleBracketed(arguments) = &last.arguments else { return Self::Plain };
        let mut types = arguments.args.iter().filter_map(|argument| match argument {
            GenericArgument::Type(ty) => Some(ungrouped(ty)),
            _ => None,
        });
        let (first, is_static) = (types.next(), mentions_static(arguments.to_token_stream()));
        match first {
            Some(Type::Path(inner)) if last.ident == "Cow" && inner.path.is_ident("str") && !is_static => Self::CowStr,
            Some(inner) if last.ident == "Option" => match Self::of(inner) {
                Some(form @ (Self::Str | Self::Slice(_) | Self::CowStr)) => Self::Optional(Box::new(form)),
                _ => Self::Plain,
            },
            _ => Self::Plain,
        }
    }

    /// The type that is read, with that lifetime where it borrows.
    pub(crate) fn read_as(&self, ty: &Type, lifetime: &Lifetime) -> TokenStream {
        match self {
            Self::Plain => with_lifetime(ty.to_token_stream(), lifetime),
            Self::Str | Self::CowStr => quote!(__jit::Text<#lifetime>),
            Self::Slice(element) => {
                let element = with_lifetime(element.to_token_stream(), lifetime);
                quote!(__jit::Vec<#element>)
            }
            Self::Optional(inner) => {
                let inner = inner.read_as(ty, lifetime);
                quote!(::core::option::Option<#inner>)
            }
        }
    }

    /// Whether what is read borrows from the JSON.
    pub(crate) fn borrows(&self, ty: &Type) -> bool {
        match self {
            Self::Plain => borrows(ty.to_token_stream()),
            Self::Str | Self::CowStr => true,
            Self::Slice(element) => borrows(element.to_token_stream()),
            Self::Optional(inner) => inner.borrows(ty),
        }
    }

    /// What was read, as the function takes it.
    pub(crate) fn pass(&self, read: TokenStream) -> TokenStream {
        match self {
            Self::Plain => read,
            Self::Str | Self::Slice(_) => quote!(&#read),
            Self::CowStr => quote!(__jit::Text::into_cow(#read)),
            Self::Optional(inner) if matches!(**inner, Self::CowStr) => quote!(#read.map(__jit::Text::into_cow)),
            Self::Optional(_) => quote!(#read.as_deref()),
        }
    }
}

/// A type without the parentheses, and the invisible ones that a macro leaves, around it.
pub(crate) fn ungrouped(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => ungrouped(&group.elem),
        Type::Paren(paren) => ungrouped(&paren.elem),
        other => other,
    }
}

/// A type with another lifetime in place of each of its own, but `'static`.
pub(crate) fn with_lifetime(ty: TokenStream, lifetime: &Lifetime) -> TokenStream {
    let mut replaced = TokenStream::new();
    let mut tokens = ty.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '\'' => match tokens.next() {
                Some(TokenTree::Ident(name)) if name != "static" => lifetime.to_tokens(&mut replaced),
                name => replaced.extend(std::iter::once(TokenTree::Punct(punct)).chain(name)),
            },
            TokenTree::Punct(punct) if punct.as_char() == '&' => {
                let has_its_own = matches!(tokens.peek(), Some(TokenTree::Punct(next)) if next.as_char() == '\'');
                replaced.extend([TokenTree::Punct(punct)]);
                if !has_its_own {
                    lifetime.to_tokens(&mut replaced);
                }
            }
            TokenTree::Group(group) => {
                let mut inner = proc_macro2::Group::new(group.delimiter(), with_lifetime(group.stream(), lifetime));
                inner.set_span(group.span());
                replaced.extend([TokenTree::Group(inner)]);
            }
            other => replaced.extend([other]),
        }
    }
    replaced
}

/// Whether a reference, or a lifetime other than `'static`, stands anywhere in a type.
pub(crate) fn borrows(tokens: TokenStream) -> bool {
    let mut after_quote = false;
    tokens.into_iter().any(|token| match token {
        TokenTree::Punct(punct) => {
            after_quote = punct.as_char() == '\'';
            punct.as_char() == '&'
        }
        TokenTree::Ident(ident) => std::mem::take(&mut after_quote) && ident != "static",
        TokenTree::Group(group) => borrows(group.stream()),
        TokenTree::Literal(_) => false,
    })
}

fn mentions_static(tokens: TokenStream) -> bool {
    mentions(tokens, "static")
}

pub(crate) fn mentions(tokens: TokenStream, word: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == word,
        TokenTree::Group(group) => mentions(group.stream(), word),
        _ => false,
    })
}

/// The first place in some tokens.
pub(crate) fn first_span(tokens: &impl ToTokens) -> Span {
    tokens.to_token_stream().into_iter().next().map_or_else(Span::call_site, |token| token.span())
}

/// `before`, the type, and `after`, so that the compiler shows the whole of it as the type that the author wrote.
pub(crate) fn shown_at_type(ty: &Type, before: TokenStream, written: &TokenStream, after: TokenStream) -> TokenStream {
    let last = ty.to_token_stream().into_iter().last().map_or_else(Span::call_site, |token| token.span());
    let (before, after) = (located(before, first_span(ty)), located(after, last));
    quote!(#before #written #after)
}

/// The tokens, with what the compiler says of them told at another place.
pub(crate) fn located(tokens: TokenStream, span: Span) -> TokenStream {
    let at = |mut token: TokenTree| {
        if let TokenTree::Group(group) = &token {
            token = TokenTree::Group(proc_macro2::Group::new(group.delimiter(), located(group.stream(), span)));
        }
        token.set_span(token.span().located_at(span));
        token
    };
    tokens.into_iter().map(at).collect()
}

/// A value that the call hands in, with what is wrong with its type told at the type.
pub(crate) fn handed_in(ty: &Type, context: &Ident) -> TokenStream {
    let elided = Lifetime::new("'_", Span::call_site());
    let written = with_lifetime(ty.to_token_stream(), &elided);
    let after = quote!( as __jit::FromContext>::from_context(#context));
    let handed_in = shown_at_type(ty, quote!(<), &written, after);
    quote!(#handed_in?)
}
