//! `#[jit_toolset]`, from tokens to tokens: the methods of an `impl` as tools over one shared value.

mod block;

use std::collections::HashSet;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Attribute, FnArg, Lifetime, Meta, Type, Visibility};

use self::block::{Block, Member, replace_self};
use crate::{
    diagnostics::Diagnostics,
    entries::entries,
    jit_tool::{
        TAKEN,
        arguments::Options,
        expand::{self, has_types, local},
        fallback, generics,
        inputs::is_jit_tool,
        model::{Owner, Receiver, Tool},
        parameter::{borrows, with_lifetime},
        signature::{Function, Unreadable, allowed},
    },
    runtime_path::RuntimePath,
};

pub(crate) const KEYS: [&str; 2] = ["fn", "crate"];

/// The attribute's arguments.
#[derive(Default)]
struct SetOptions {
    runtime: RuntimePath,
    /// The name of the function that gives the tools.
    function: Option<Ident>,
}

/// Expands the attribute. The `impl` is always emitted again, with the function that gives its tools.
pub(crate) fn expand(attribute: TokenStream, item: &TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let mut options = SetOptions::read(attribute, &mut diagnostics);
    let mut block = match block::parse(item.clone()) {
        Ok(block) => block,
        Err(error) => {
            diagnostics.push(error);
            let errors = diagnostics.into_compile_errors();
            return quote!(#item #errors);
        }
    };
    refuse_borrowed(&mut block, &mut diagnostics);
    options.refuse_taken(&block, &mut diagnostics);
    let uses = uses(&block);
    let unread = unread(&block, &mut diagnostics);
    let tools = tools(&mut block, &options.runtime, &mut diagnostics);
    let errors = diagnostics.into_compile_errors();
    let set = set(&block, &options, &tools, &uses);
    quote!(#block #errors #unread #set)
}

/// Notes a value that ends before its tools do. The set is then made of one that does not.
fn refuse_borrowed(block: &mut Block, diagnostics: &mut Diagnostics) {
    let ty = &block.ty;
    if borrows(quote!(#ty)) {
        diagnostics.report(ty, "a set lives as long as the program: own what it needs, or write `'static`");
        let fixed = with_lifetime(quote!(#ty), &Lifetime::new("'static", Span::call_site()));
        block.ty = syn::parse2(fixed).unwrap_or_else(|_| block.ty.clone());
        block.generics = generics::owned(&block.generics, &mut Diagnostics::default());
    }
}

/// The members that cannot be tools: as mistakes, or as what is told if the compiler does not tell it.
fn unread(block: &Block, diagnostics: &mut Diagnostics) -> TokenStream {
    let mut unread = TokenStream::new();
    for member in &block.members {
        match member {
            Member::NoTool(_, Unreadable::NoFunction(error)) => diagnostics.push(error.clone()),
            Member::NoTool(_, Unreadable::Syntax(error)) => unread.extend(fallback::unread(error)),
            Member::Function(_) | Member::Other(_) => {}
        }
    }
    unread
}

impl SetOptions {
    fn read(attribute: TokenStream, diagnostics: &mut Diagnostics) -> Self {
        let mut options = Self::default();
        for entry in entries(attribute, &KEYS, &[], diagnostics) {
            match entry.name().as_str() {
                "fn" => options.function = entry.ident("fn = admin_tools", diagnostics),
                _ => options.runtime = entry.path(diagnostics).unwrap_or_default(),
            }
        }
        options
    }

    /// Notes a method that bears the name of the function that gives the tools.
    fn refuse_taken(&mut self, block: &Block, diagnostics: &mut Diagnostics) {
        let function = self.function.clone().unwrap_or_else(|| Ident::new("tools", Span::call_site()));
        if let Some(taken) = block.members.iter().filter_map(Member::function).find(|name| *name == function) {
            diagnostics.report(
                taken,
                format!(
                    "`{function}` is the function that gives the tools of this `impl`: give that another name, as in \
                     `#[jit_toolset(fn = its_tools)]`"
                ),
            );
            self.function = Some(Ident::new("__tools", Span::call_site()));
        }
    }
}

/// Each `#[jit_tool]` by its path, on nothing: it is looked up like any attribute, and its import is used.
fn uses(block: &Block) -> Vec<TokenStream> {
    let functions = block.members.iter().filter_map(|member| match member {
        Member::Function(function) => Some(function),
        Member::NoTool(..) | Member::Other(_) => None,
    });
    let attributes = functions.flat_map(|function| &function.attributes).filter(|attribute| is_jit_tool(attribute));
    let taken = Ident::new(TAKEN, Span::call_site());
    let mut written = HashSet::new();
    attributes
        .map(Attribute::path)
        .filter(|path| written.insert(quote!(#path).to_string()))
        .map(|path| quote!(#[#path(#taken)] const _: () = ();))
        .collect()
}

/// The tools among the methods, whose own attributes are taken off.
fn tools(block: &mut Block, runtime: &RuntimePath, diagnostics: &mut Diagnostics) -> Vec<Tool> {
    let mut tools: Vec<Tool> = Vec::new();
    let mut are_any = false;
    let (ty, of, generics) = (block.ty.clone(), block.of.clone(), block.generics.clone());
    for member in &mut block.members {
        are_any |= !matches!(member, Member::Other(_));
        let Member::Function(function) = member else { continue };
        let (own, others): (Vec<_>, _) = std::mem::take(&mut function.attributes).into_iter().partition(is_jit_tool);
        function.attributes = others;
        if is_rewritten(function) {
            diagnostics.report(
                &function.signature.ident,
                "`#[async_trait]` has rewritten this method already: put it below `#[jit_toolset]`",
            );
            function.forget_what_was_read();
            continue;
        }
        let mut options = options(own, |tokens| replace_self(tokens, &ty, of.as_ref()), diagnostics);
        options.runtime = runtime.clone();
        function.refuse_no_body(diagnostics);
        let receiver = receiver(function, diagnostics);
        let has_types = has_types(&function.signature.generics);
        if has_types {
            diagnostics.report(
                &function.signature.generics,
                "a method that is a tool has no type parameters of its own: put them on the `impl`",
            );
        }
        let as_written = function.with_self(&ty, of.as_ref());
        let is_shared = receiver.is_some();
        let receiver = receiver.unwrap_or(Receiver::Shared);
        let owner = Owner { ty: ty.clone(), of: of.clone(), generics: generics.clone(), receiver };
        let mut tool = Tool::new(options, &as_written, Some(owner), diagnostics);
        function.forget_what_was_read();
        refuse_namesake(&tools, &tool, diagnostics);
        tool.is_callable &= is_shared;
        // What its own parameters are, nobody could say.
        if !has_types {
            tools.push(tool);
        }
    }
    if !are_any {
        diagnostics.report(&block.ty, "there is no tool in this `impl`: put `#[jit_tool]` on its methods");
    }
    tools
}

/// Whether a macro above has made another function of a method.
fn is_rewritten(function: &Function) -> bool {
    function.signature.generics.lifetimes().any(|parameter| parameter.lifetime.ident == "async_trait")
}

/// What the attribute of a method says.
fn options(
    attributes: Vec<Attribute>,
    with_self: impl FnOnce(TokenStream) -> TokenStream,
    diagnostics: &mut Diagnostics,
) -> Options {
    let mut attributes = attributes.into_iter();
    let arguments = match attributes.next().map(|attribute| attribute.meta) {
        Some(Meta::List(list)) => with_self(list.tokens),
        Some(meta @ Meta::NameValue(_)) => {
            diagnostics.report(meta, "`#[jit_tool]` takes its keys in parentheses: write `#[jit_tool(name = \"…\")]`");
            TokenStream::new()
        }
        _ => TokenStream::new(),
    };
    for twice in attributes {
        diagnostics.report(twice, "there is a second `#[jit_tool]` on this method: keep one");
    }
    let options = Options::read(arguments, diagnostics);
    if let Some(key) = &options.names_runtime {
        diagnostics.report(key, "this holds for the whole `impl`: write `#[jit_toolset(crate = …)]`");
    }
    options
}

/// Two methods that may both be there have two names. Whether those are there that depend on a `cfg`, [`distinct`] asks.
fn refuse_namesake(tools: &[Tool], tool: &Tool, diagnostics: &mut Diagnostics) {
    let name = tool.name.value();
    let meets = |other: &Tool| other.name.value() == name && (other.cfgs.is_empty() || tool.cfgs.is_empty());
    if !name.is_empty() && tools.iter().any(meets) {
        diagnostics
            .report(&tool.name, format!("there are two tools named `{name}` in this `impl`: give one another name"));
    }
}

/// Has the compiler look for two of one name, once it knows which methods are there.
fn distinct(tools: &[Tool]) -> Option<TokenStream> {
    let conditional: Vec<_> = tools.iter().filter(|tool| !tool.cfgs.is_empty()).collect();
    let names: HashSet<_> = conditional.iter().map(|tool| tool.name.value()).collect();
    let listed = conditional.iter().map(|Tool { cfgs, name, .. }| quote!(#(#cfgs)* #name));
    (names.len() < conditional.len()).then(|| quote!(const _: () = __jit::distinct_names(&[#(#listed),*]);))
}

/// What the method is called on; `None` after a mistake, which is noted.
fn receiver(function: &Function, diagnostics: &mut Diagnostics) -> Option<Receiver> {
    let Some(FnArg::Receiver(receiver)) = function.signature.inputs.first() else { return Some(Receiver::None) };
    let written = quote!(#receiver).to_string();
    if !written.contains('&') && !written.contains("mut") && written.ends_with("Arc < Self >") {
        return Some(Receiver::Arc);
    }
    if !written.contains('&') || written.contains("mut") {
        diagnostics.report(receiver, "a tool shares its value with other calls: take `&self` or `self: Arc<Self>`");
        return None;
    }
    Some(Receiver::Shared)
}

/// The function that gives the tools, and the structs that stand for them.
fn set(block: &Block, options: &SetOptions, tools: &[Tool], uses: &[TokenStream]) -> TokenStream {
    let Block { ty, generics, .. } = block;
    let runtime = options.runtime.import();
    let visibility = visibility(block, tools);
    let function = options.function.clone().unwrap_or_else(|| Ident::new("tools", type_span(ty)));
    let (receiver, set) = (local("__receiver"), local("__set"));
    let methods = tools.iter().filter_map(|tool| {
        let marker = expand::marker(&tool.function);
        Some(expand::method(tool, tool.owner.as_ref()?, generics, &marker))
    });
    let added = tools.iter().map(|tool| {
        let (cfgs, marker) = (&tool.cfgs, expand::marker(&tool.function));
        quote!(#(#cfgs)* #set.push(__jit::BoundTool::<#marker, Self>::erased(&#receiver));)
    });
    let (cfgs, allowed, distinct) = (block.cfgs(), allowed(&block.attributes), distinct(tools));
    let (implemented, _, bounds) = generics.split_for_impl();
    // Two functions `tools` of one type are told by the compiler, and by this name what to do.
    let alone = options.function.is_none().then(|| {
        quote! {
            #[doc(hidden)]
            #[automatically_derived]
            impl #implemented __jit::OnlyOneBlockMayLeaveOutFn for #ty #bounds {}
        }
    });
    let span = Span::mixed_site().located_at(type_span(ty));
    let shared = quote_spanned!(span=> Self: __jit::ToolReceiver);
    quote! {
        #(#cfgs)*
        #[allow(unused_imports)]
        #(#[allow(#allowed)])*
        const _: () = {
            #runtime
            #(#uses)*
            #distinct
            #(#methods)*
            #alone
            #[automatically_derived]
            impl #implemented #ty #bounds {
                /// The tools of this value, which all their calls share.
                #[allow(unreachable_pub, dead_code)]
                #visibility fn #function(
                    #receiver: impl ::core::convert::Into<__jit::Arc<Self>>,
                ) -> __jit::Toolset
                where
                    #shared,
                {
                    let #receiver = ::core::convert::Into::<__jit::Arc<Self>>::into(#receiver);
                    let mut #set = __jit::Vec::new();
                    #(#added)*
                    __jit::Toolset::from_methods(#set)
                }
            }
        };
    }
}

/// As visible as the most visible method that is a tool; those of a trait are as visible as it is.
fn visibility(block: &Block, tools: &[Tool]) -> TokenStream {
    let rank = |visibility: &Visibility| match visibility {
        Visibility::Public(_) => 2,
        Visibility::Restricted(_) => 1,
        Visibility::Inherited => 0,
    };
    if block.of.is_some() {
        return quote!(pub);
    }
    let most = tools.iter().map(|tool| &tool.visibility).max_by_key(|visibility| rank(visibility));
    most.map_or_else(TokenStream::new, |visibility| quote!(#visibility))
}

fn type_span(ty: &Type) -> Span {
    quote!(#ty).into_iter().next().map_or_else(Span::call_site, |token| token.span())
}
