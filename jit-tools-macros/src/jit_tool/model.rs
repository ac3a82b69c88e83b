//! A tool that has been checked: what the expansion may rely on.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Attribute, Expr, ExprLit, Generics, Lit, LitStr, Path, ReturnType, Type, Visibility, ext::IdentExt};

use super::{
    arguments::{MayRequest, Options},
    generics,
    inputs::{Argument, Input, Inputs},
    parameter::{first_span, mentions},
    rules::{hints, rules},
    signature::{Function, allowed, doc_comment, joined},
};
use crate::{
    diagnostics::Diagnostics,
    runtime_path::RuntimePath,
    template::{Names, Template},
    url::template::check_base,
};

/// The longest name that every provider takes.
const LONGEST_NAME: usize = 64;

/// Names of types that code everywhere counts on; a struct of that name would hide them from the rest of the module.
const PRIMITIVES: [&str; 17] = [
    "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "str", "u8", "u16", "u32", "u64", "u128",
    "usize",
];

/// A tool. After a mistake, which is noted, it is what could be read of it: so the types that stand in it are checked in
/// the same compile, and what names the tool finds it.
pub(crate) struct Tool {
    pub(crate) runtime: RuntimePath,
    pub(crate) function: Ident,
    pub(crate) owner: Option<Owner>,
    pub(crate) generics: Generics,
    pub(crate) visibility: Visibility,
    /// The function's `cfg` attributes, which hold for all that is generated.
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) is_async: bool,
    /// Whether all is there that the function needs to be called.
    pub(crate) is_callable: bool,
    /// Lists of lints that are allowed in the function.
    pub(crate) allowed: Vec<TokenStream>,
    pub(crate) name: LitStr,
    pub(crate) description: TokenStream,
    pub(crate) title: Option<LitStr>,
    pub(crate) inputs: Vec<Input>,
    /// What the function says that it returns.
    pub(crate) output: ReturnType,
    pub(crate) justification: Option<Template>,
    pub(crate) may_request: Vec<Detail>,
    /// Where the requests of its calls stay.
    pub(crate) base_url: Option<LitStr>,
    /// What is set in the rules of its calls, as assignments to their fields.
    pub(crate) rules: Vec<TokenStream>,
    /// The hints that are given, as fields.
    pub(crate) hints: Vec<TokenStream>,
}

/// What a method is called on.
pub(crate) struct Owner {
    pub(crate) ty: Type,
    /// The trait whose method it is, if it is one's.
    pub(crate) of: Option<Path>,
    /// The parameters of the `impl`.
    pub(crate) generics: Generics,
    pub(crate) receiver: Receiver,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Receiver {
    /// It is called on nothing.
    None,
    /// `&self`, `self: &Arc<Self>`.
    Shared,
    /// `self: Arc<Self>`.
    Arc,
}

impl Tool {
    /// All arguments that a model may write.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = &Argument> {
        self.inputs.iter().filter_map(Input::argument)
    }

    /// The argument that is the struct of all arguments, if the author wrote one.
    pub(crate) fn whole(&self) -> Option<&Argument> {
        self.arguments().find(|argument| argument.options.args.is_some())
    }

    /// The arguments whose values the templates want, each once.
    pub(crate) fn placeholders(&self) -> Vec<Ident> {
        let mut names: Vec<Ident> = Vec::new();
        let identifiers = self.may_request.iter().filter_map(|detail| detail.identifier.as_ref());
        for name in self.justification.iter().chain(identifiers).flat_map(Template::arguments) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        names
    }
}

/// One permission that a call may ask for.
pub(crate) struct Detail {
    pub(crate) kind: LitStr,
    pub(crate) actions: Option<Vec<LitStr>>,
    pub(crate) identifier: Option<Template>,
    pub(crate) locations: Option<Vec<LitStr>>,
}

impl Tool {
    /// Checks a tool.
    pub(crate) fn new(
        options: Options,
        function: &Function,
        owner: Option<Owner>,
        diagnostics: &mut Diagnostics,
    ) -> Self {
        let is_callable = function.refuse_qualifiers(diagnostics);
        let mut inputs = Inputs::read(&function.signature, diagnostics);
        let generics = generics::owned(&function.signature.generics, diagnostics);
        let of_impl = owner.iter().flat_map(|owner| generics::names(&owner.generics));
        let parameters: Vec<_> = generics::names(&generics).chain(of_impl).collect();
        generics::refuse_unknown(&mut inputs.read, &parameters, diagnostics);
        let name = tool_name(options.name.as_ref(), &function.signature.ident, owner.is_some(), diagnostics);
        let mut description = description(options.description.as_ref(), function, diagnostics);
        if let Some(name) = options.description.as_ref().and_then(|text| generics::depends_on(text, &parameters)) {
            diagnostics.report(
                &options.description,
                format!("a description does not depend on `{name}`: write a text, or a constant that stands elsewhere"),
            );
            description = None;
        }
        if let Some(title) = &options.title {
            refuse_empty(title, "a title is what people read: say it, or leave it out", diagnostics);
        }

        let mut arguments = inputs.unread;
        let mut handed_in = Vec::new();
        let mut has_args = false;
        for input in &inputs.read {
            match input {
                Input::HandedIn { name, .. } => handed_in.extend(name.clone()),
                Input::Argument(argument) if argument.options.args.is_some() => has_args = true,
                Input::Argument(argument) if argument.looks_handed_in() => handed_in.push(argument.name.clone()),
                Input::Argument(argument) => arguments.push(argument.name.clone()),
            }
        }
        let names = Names { arguments: &arguments, handed_in: &handed_in, are_all_known: !has_args };
        let justification = options.justification.as_ref().and_then(|justification| {
            refuse_empty(justification, "a person reads the justification before approving: say why", diagnostics);
            Template::read(justification, names, diagnostics)
        });
        if let Some(base_url) = &options.base_url {
            check_base(base_url, diagnostics);
        }
        let rules = rules(&options, diagnostics);
        let hints = hints(&options.hints, diagnostics);
        let may_request = options.may_request.into_iter().filter_map(|one| detail(one, names, diagnostics)).collect();

        let signature = &function.signature;
        let nothing = LitStr::new("", Span::call_site());
        Self {
            runtime: options.runtime,
            function: signature.ident.clone(),
            owner,
            generics,
            visibility: function.visibility.clone(),
            cfgs: function.cfgs(),
            is_async: signature.asyncness.is_some(),
            is_callable: is_callable && inputs.are_all,
            allowed: allowed(&function.attributes),
            name: name.unwrap_or_else(|| nothing.clone()),
            description: description.unwrap_or_else(|| nothing.to_token_stream()),
            title: options.title,
            inputs: inputs.read,
            output: signature.output.clone(),
            justification,
            may_request,
            base_url: options.base_url,
            rules,
            hints,
        }
    }

    /// Where the function says what it returns.
    pub(crate) fn output_span(&self) -> Span {
        match &self.output {
            ReturnType::Default => self.function.span(),
            ReturnType::Type(_, ty) => first_span(ty),
        }
    }

    /// The type that it returns, unless that has no name.
    pub(crate) fn output_type(&self) -> Option<&Type> {
        match &self.output {
            ReturnType::Type(_, ty) if !mentions(ty.to_token_stream(), "impl") => Some(ty),
            _ => None,
        }
    }
}

/// Whether a struct named like the function would take a primitive type's name.
pub(crate) fn hides_a_primitive(function: &Ident) -> bool {
    PRIMITIVES.iter().any(|primitive| function.unraw() == primitive)
}

/// The name by which a model calls the tool, held against the rule of the strictest provider.
fn tool_name(
    given: Option<&LitStr>,
    function: &Ident,
    is_method: bool,
    diagnostics: &mut Diagnostics,
) -> Option<LitStr> {
    let ident = function.unraw().to_string();
    if !is_method && hides_a_primitive(function) {
        diagnostics.report(
            function,
            format!("a tool named `{ident}` would hide the type `{ident}`: rename the function, and add `name = \"{ident}\"`"),
        );
        return None;
    }
    let name = given.cloned().unwrap_or_else(|| LitStr::new(&ident, function.span()));
    let value = name.value();
    let is_valid = value.len() <= LONGEST_NAME
        && value.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && value.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-');
    if is_valid {
        return Some(name);
    }
    let rule = "at most 64 ASCII letters, digits, `_` and `-`, and starts with a letter or `_`";
    match given {
        Some(name) => diagnostics.report(name, format!("a tool's name has {rule}")),
        None => diagnostics
            .report(function, format!("a tool's name has {rule}: add `name = \"…\"`, or rename the function")),
    }
    None
}

/// What the model reads about the tool: a literal, or an expression that the compiler turns into one and checks.
fn description(given: Option<&Expr>, function: &Function, diagnostics: &mut Diagnostics) -> Option<TokenStream> {
    match given {
        Some(Expr::Lit(ExprLit { lit: Lit::Str(given), .. })) => {
            refuse_empty(given, "a model chooses a tool by its description: say what the tool does", diagnostics);
            return Some(given.to_token_stream());
        }
        Some(Expr::Lit(given)) => {
            diagnostics.report(
                given,
                "`description` takes a text: write `description = \"Fetch a document.\"`, or a constant or macro that is one",
            );
            return None;
        }
        Some(given) => return Some(checked(given)),
        None => {}
    }
    let docs = doc_comment(&function.attributes);
    let lines: Option<Vec<_>> = docs.iter().map(|doc| literal(doc)).collect();
    match lines.as_deref().map(joined) {
        Some(text) if text.is_empty() => {
            diagnostics.report(
                &function.signature.ident,
                "a model chooses a tool by its description: put a doc comment (`/// …`) on the function, or add `description = \"…\"`",
            );
            None
        }
        Some(text) => Some(text.to_token_stream()),
        // `#[doc = include_str!("…")]`: what it says, the compiler knows. Lines beside it are taken as they are.
        None => {
            let mut parts = Vec::new();
            for doc in docs {
                if !parts.is_empty() {
                    parts.push(quote!("\n"));
                }
                let line = literal(doc).map(|line| line.trim().to_token_stream());
                parts.push(line.unwrap_or_else(|| doc.to_token_stream()));
            }
            Some(checked(&quote!(::core::concat!(#(#parts),*))))
        }
    }
}

fn literal(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Lit(ExprLit { lit: Lit::Str(line), .. }) => Some(line.value()),
        _ => None,
    }
}

/// A text that is computed by the compiler, which refuses it there when it is empty.
fn checked(text: &impl ToTokens) -> TokenStream {
    let span = Span::mixed_site().located_at(first_span(text));
    quote::quote_spanned!(span=> {
        const __DESCRIPTION: &::core::primitive::str = __jit::description(#text);
        __DESCRIPTION
    })
}

fn detail(one: MayRequest, names: Names<'_>, diagnostics: &mut Diagnostics) -> Option<Detail> {
    let MayRequest { kind, actions, identifier, locations } = one;
    let plain = kind.iter().chain(actions.iter().flatten()).chain(locations.iter().flatten());
    for literal in plain {
        refuse_empty(literal, "an empty text covers nothing: name what is asked for", diagnostics);
        refuse_wildcard(literal, &literal.value(), diagnostics);
        if literal.value().contains(['{', '}']) {
            diagnostics.report(literal, "placeholders stand in `justification` and `identifier` only");
        }
    }
    let identifier = match identifier {
        None => None,
        Some(literal) => {
            refuse_empty(&literal, "an empty text covers nothing: name the resource", diagnostics);
            let template = Template::read(&literal, names, diagnostics)?;
            for text in template.texts() {
                refuse_wildcard(&literal, text, diagnostics);
            }
            Some(template)
        }
    };
    Some(Detail { kind: kind?, actions, identifier, locations })
}

fn refuse_empty(literal: &LitStr, message: &str, diagnostics: &mut Diagnostics) {
    if literal.value().trim().is_empty() {
        diagnostics.report(literal, message);
    }
}

fn refuse_wildcard(literal: &LitStr, text: &str, diagnostics: &mut Diagnostics) {
    if text.contains('*') {
        diagnostics.report(literal, "a `*` never covers anything: name each permission that the tool needs");
    }
}
