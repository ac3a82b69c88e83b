//! `#[jit_toolset]`, from tokens to tokens: the methods of an `impl` as tools over one shared value.

mod block;

use std::collections::HashSet;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Attribute, FnArg, Meta, Type, Visibility};

use self::block::{Block, Member};
use crate::{
    diagnostics::Diagnostics,
    entries::entries,
    jit_tool::{
        TAKEN,
        arguments::Options,
        expand::{self, has_types, local},
        model::{Owner, Receiver, Tool},
        signature::{Function, is_jit_tool},
    },
    runtime_path::RuntimePath,
};

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
    let options = SetOptions::read(attribute, &mut diagnostics);
    let mut block = match block::parse(item.clone()) {
        Ok(block) => block,
        Err(error) => {
            diagnostics.push(error);
            let errors = diagnostics.into_compile_errors();
            return quote!(#item #errors);
        }
    };
    let uses = uses(&block);
    let tools = tools(&mut block, &options.runtime, &mut diagnostics);
    let errors = diagnostics.into_compile_errors();
    let set = set(&block, &options, &tools, &uses);
    quote!(#block #errors #set)
}

impl SetOptions {
    fn read(attribute: TokenStream, diagnostics: &mut Diagnostics) -> Self {
        let mut options = Self::default();
        for entry in entries(attribute, &["fn", "crate"], &[], diagnostics) {
            match entry.name().as_str() {
                "fn" => options.function = entry.ident("fn = admin_tools", diagnostics),
                _ => options.runtime = entry.path(diagnostics).unwrap_or_default(),
            }
        }
        options
    }
}

/// Each `#[jit_tool]` by its path, on nothing: it is looked up like any attribute, and its import is used.
fn uses(block: &Block) -> Vec<TokenStream> {
    let functions = block.members.iter().filter_map(|member| match member {
        Member::Function(function) => Some(function),
        Member::Other(_) => None,
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

/// The checked tools among the methods, whose own attributes are taken off. Those with a mistake are left out of the
/// set, and told.
fn tools(block: &mut Block, runtime: &RuntimePath, diagnostics: &mut Diagnostics) -> Vec<Tool> {
    let mut tools: Vec<Tool> = Vec::new();
    let mut are_any = false;
    let (ty, of) = (block.ty.clone(), block.of.clone());
    for member in &mut block.members {
        let Member::Function(function) = member else { continue };
        let (own, others) = std::mem::take(&mut function.attributes).into_iter().partition(is_jit_tool);
        function.attributes = others;
        let Some(attribute) = Vec::into_iter(own).next() else { continue };
        are_any = true;
        let mut mistakes = Diagnostics::default();
        let arguments = match attribute.meta {
            Meta::List(list) => list.tokens,
            _ => TokenStream::new(),
        };
        let mut options = Options::read(arguments, &mut mistakes);
        options.runtime = runtime.clone();
        let receiver = receiver(function, &mut mistakes);
        let as_written = function.with_self(&ty, of.as_ref());
        let owner = Owner { ty: ty.clone(), of: of.clone(), receiver };
        let tool = Tool::new(options, &as_written, Some(owner), &mut mistakes);
        function.forget_schema_attributes();
        if let Some(tool) = tool.filter(|_| mistakes.is_empty()) {
            refuse_namesake(&tools, &tool, &mut mistakes);
            tools.push(tool);
        }
        diagnostics.append(mistakes);
    }
    if !are_any {
        diagnostics.report(&block.ty, "there is no tool in this `impl`: put `#[jit_tool]` on its methods");
    }
    tools
}

/// Two methods that may both be there have two names.
fn refuse_namesake(tools: &[Tool], tool: &Tool, diagnostics: &mut Diagnostics) {
    let name = tool.name.value();
    if tools.iter().any(|other| other.name.value() == name && other.cfgs.is_empty() && tool.cfgs.is_empty()) {
        diagnostics
            .report(&tool.name, format!("there are two tools named `{name}` in this `impl`: give one another name"));
    }
}

fn receiver(function: &Function, diagnostics: &mut Diagnostics) -> Receiver {
    if has_types(&function.signature.generics) {
        diagnostics.report(
            &function.signature.generics,
            "a method that is a tool has no type parameters of its own: put them on the `impl`",
        );
    }
    let Some(FnArg::Receiver(receiver)) = function.signature.inputs.first() else { return Receiver::None };
    let written = quote!(#receiver).to_string();
    if !written.contains('&') && !written.contains("mut") && written.ends_with("Arc < Self >") {
        return Receiver::Arc;
    }
    if !written.contains('&') || written.contains("mut") {
        diagnostics.report(receiver, "a tool shares its value with other calls: take `&self` or `self: Arc<Self>`");
    }
    Receiver::Shared
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
    let cfgs = block.cfgs();
    let (implemented, _, bounds) = generics.split_for_impl();
    let span = Span::mixed_site().located_at(type_span(ty));
    let shared = quote_spanned!(span=> Self: __jit::ToolReceiver);
    quote! {
        #(#cfgs)*
        #[allow(unused_imports)]
        const _: () = {
            #runtime
            #(#uses)*
            #(#methods)*
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
