//! The `impl` under the attribute. The bodies of its members are never read.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Attribute, Generics, Path, Token, Type,
    parse::{ParseStream, Parser},
};

use crate::jit_tool::{
    fallback::{as_it_was, function_name},
    inputs::is_jit_tool,
    parameter::{located, mentions},
    signature::{self, Function, Unreadable},
};

/// An `impl` block.
pub(crate) struct Block {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) generics: Generics,
    pub(crate) ty: Type,
    /// The trait, of an `impl Trait for Type`.
    pub(crate) of: Option<Path>,
    pub(crate) members: Vec<Member>,
    /// All before the members, as it was written.
    head: TokenStream,
}

pub(crate) enum Member {
    Function(Box<Function>),
    /// What has `#[jit_tool]` and cannot be a tool, without the attribute.
    NoTool(TokenStream, Unreadable),
    /// A constant, a type, a macro: as it was written.
    Other(TokenStream),
}

/// Reads an `impl`; anything else is an error that says so.
pub(crate) fn parse(item: TokenStream) -> syn::Result<Block> {
    let block = |input: ParseStream<'_>| {
        let attributes = input.call(Attribute::parse_outer)?;
        let rest: TokenStream = input.fork().parse()?;
        if !input.peek(Token![impl]) {
            input.parse::<TokenStream>()?;
            let message = "`#[jit_toolset]` goes on an `impl` whose methods have `#[jit_tool]`";
            let first = rest.into_iter().next();
            return Err(first.map_or_else(|| input.error(message), |first| syn::Error::new_spanned(first, message)));
        }
        let mut head: Vec<TokenTree> = rest.into_iter().collect();
        head.pop();
        input.parse::<Token![impl]>()?;
        let mut generics: Generics = if input.peek(Token![<]) { input.parse()? } else { Generics::default() };
        let first: Type = input.parse()?;
        let (of, ty) = if input.parse::<Option<Token![for]>>()?.is_some() {
            let of = match first {
                Type::Path(path) => path.path,
                other => return Err(syn::Error::new_spanned(other, "expected a trait")),
            };
            (Some(of), input.parse()?)
        } else {
            (None, first)
        };
        generics.where_clause = input.parse()?;
        let members: Group = input.parse()?;
        if members.delimiter() != Delimiter::Brace {
            return Err(syn::Error::new_spanned(members, "expected the methods of the `impl`"));
        }
        let members = split(members.stream()).into_iter().map(member).collect();
        Ok(Block { attributes, generics, ty, of, members, head: head.into_iter().collect() })
    };
    block.parse2(item)
}

impl Member {
    /// The name of the function that it is.
    pub(crate) fn function(&self) -> Option<Ident> {
        match self {
            Self::Function(function) => Some(function.signature.ident.clone()),
            Self::NoTool(other, _) | Self::Other(other) => function_name(other.clone()),
        }
    }
}

impl Block {
    /// The `cfg` attributes, which hold for all that is generated.
    pub(crate) fn cfgs(&self) -> Vec<&Attribute> {
        self.attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).collect()
    }
}

impl ToTokens for Block {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { attributes, head, members, .. } = self;
        tokens.extend(quote!(#(#attributes)* #head { #(#members)* }));
    }
}

impl ToTokens for Member {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Function(function) => function.to_tokens(tokens),
            Self::NoTool(other, _) | Self::Other(other) => other.to_tokens(tokens),
        }
    }
}

/// The members, each with its attributes: one ends at `;`, or at its braces if it is not a constant or a type.
fn split(tokens: TokenStream) -> Vec<TokenStream> {
    let mut members = Vec::new();
    let mut member: Vec<TokenTree> = Vec::new();
    for token in tokens {
        let ends = match &token {
            TokenTree::Punct(punct) => punct.as_char() == ';',
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace && !is_value(&member),
            _ => false,
        };
        member.push(token);
        if ends {
            members.push(std::mem::take(&mut member).into_iter().collect());
        }
    }
    if !member.is_empty() {
        members.push(member.into_iter().collect());
    }
    members
}

/// Whether a member that begins like this is a constant or a type, in which braces are a part of a value.
fn is_value(member: &[TokenTree]) -> bool {
    let words: Vec<_> = member
        .iter()
        .filter_map(|token| match token {
            TokenTree::Ident(word) => Some(word.to_string()),
            _ => None,
        })
        .skip_while(|word| word == "pub" || word == "default")
        .take(2)
        .collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["const", next] => !["fn", "async", "unsafe", "extern"].contains(&next),
        ["type", _] => true,
        _ => false,
    }
}

fn member(tokens: TokenStream) -> Member {
    let parts = |input: ParseStream<'_>| Ok((input.call(Attribute::parse_outer)?, input.parse::<TokenStream>()?));
    let Ok((attributes, rest)) = parts.parse2(tokens.clone()) else { return Member::Other(tokens) };
    let is_hidden = |attribute: &Attribute| {
        attribute.path().is_ident("cfg_attr") && mentions(attribute.meta.to_token_stream(), "jit_tool")
    };
    let unreadable = if let Some(hidden) = attributes.iter().find(|attribute| is_hidden(attribute)) {
        Unreadable::NoFunction(syn::Error::new_spanned(
            hidden,
            "`#[jit_toolset]` does not see what `cfg_attr` hides: write `#[jit_tool]`, and `#[cfg(…)]` on the method",
        ))
    } else if attributes.iter().any(is_jit_tool) {
        match signature::parse(tokens) {
            Ok(function) => return Member::Function(Box::new(function)),
            Err(unreadable) => unreadable,
        }
    } else {
        return Member::Other(tokens);
    };
    let others = attributes.iter().filter(|attribute| !is_jit_tool(attribute) && !is_hidden(attribute));
    let kept = as_it_was(&rest).map(|rest| quote!(#(#others)* #rest));
    Member::NoTool(kept.unwrap_or_default(), unreadable)
}

impl Function {
    /// The function with its types as they are outside of the `impl`.
    pub(crate) fn with_self(&self, ty: &Type, of: Option<&Path>) -> Self {
        let mut function = self.clone();
        let signature = replace_self(self.signature.to_token_stream(), ty, of);
        if let Ok(signature) = syn::parse2(signature) {
            function.signature = signature;
        }
        function
    }
}

/// `Self`, and `Self::Item` of a trait, written out. The receiver stays as it is.
pub(super) fn replace_self(tokens: TokenStream, ty: &Type, of: Option<&Path>) -> TokenStream {
    let mut replaced = TokenStream::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(word) if word == "Self" => {
                let is_path = matches!(tokens.peek(), Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
                let written = match of {
                    Some(of) if is_path => quote!(<#ty as #of>),
                    _ if is_path => quote!(<#ty>),
                    _ => ty.to_token_stream(),
                };
                // What is wrong with it is told where it is said.
                replaced.extend(located(written, word.span()));
            }
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), replace_self(group.stream(), ty, of));
                inner.set_span(group.span());
                replaced.extend([TokenTree::Group(inner)]);
            }
            other => replaced.extend([other]),
        }
    }
    replaced
}
