//! A tool that has been checked: what the expansion may rely on.

use std::time::Duration;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Attribute, Expr, ExprLit, Generics, Lit, LitStr, Path, ReturnType, Type, Visibility, ext::IdentExt};

use super::{
    arguments::{Hints, MayRequest, Options},
    parameter::{first_span, mentions},
    signature::{Argument, Function, Input, doc_comment, joined},
};
use crate::{
    diagnostics::Diagnostics,
    duration,
    runtime_path::RuntimePath,
    template::{Names, Template},
};

/// The longest name that every provider takes.
const LONGEST_NAME: usize = 64;

/// The longest time for which an authority grants anything.
const LONGEST_TTL: Duration = Duration::from_secs(900);

/// Names of types that code everywhere counts on; a struct of that name would hide them from the rest of the module.
const PRIMITIVES: [&str; 17] = [
    "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "str", "u8", "u16", "u32", "u64", "u128",
    "usize",
];

/// A tool without a mistake.
pub(crate) struct Tool {
    pub(crate) runtime: RuntimePath,
    pub(crate) function: Ident,
    pub(crate) owner: Option<Owner>,
    pub(crate) generics: Generics,
    pub(crate) visibility: Visibility,
    /// The function's `cfg` attributes, which hold for all that is generated.
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) is_async: bool,
    pub(crate) is_deprecated: bool,
    pub(crate) name: LitStr,
    pub(crate) description: TokenStream,
    pub(crate) title: Option<LitStr>,
    pub(crate) inputs: Vec<Input>,
    /// What the function says that it returns.
    pub(crate) output: ReturnType,
    pub(crate) justification: Option<Template>,
    pub(crate) may_request: Vec<Detail>,
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
        self.inputs.iter().filter_map(|input| match input {
            Input::Argument(argument) => Some(&**argument),
            Input::HandedIn { .. } => None,
        })
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
    /// Checks a tool; `None` only after a mistake, which is noted.
    pub(crate) fn new(
        options: Options,
        function: &Function,
        owner: Option<Owner>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        let inputs = function.inputs(diagnostics);
        let name = tool_name(options.name.as_ref(), &function.signature.ident, owner.is_some(), diagnostics);
        let description = description(options.description.as_ref(), function, diagnostics);
        if let Some(title) = &options.title {
            refuse_empty(title, "a title is what people read: say it, or leave it out", diagnostics);
        }

        let mut arguments = Vec::new();
        let mut handed_in = Vec::new();
        let mut has_args = false;
        for input in &inputs {
            match input {
                Input::HandedIn { name, .. } => handed_in.extend(name.clone()),
                Input::Argument(argument) if argument.options.args.is_some() => has_args = true,
                Input::Argument(argument) => arguments.push(argument.name.clone()),
            }
        }
        let names = Names { arguments: &arguments, handed_in: &handed_in, are_all_known: !has_args };
        let justification = options.justification.as_ref().and_then(|justification| {
            refuse_empty(justification, "a person reads the justification before approving: say why", diagnostics);
            Template::read(justification, names, diagnostics)
        });
        let rules = rules(&options, diagnostics);
        let hints = hints(&options.hints, diagnostics);
        let may_request = options.may_request.into_iter().filter_map(|one| detail(one, names, diagnostics)).collect();

        let signature = &function.signature;
        let has = |name: &str| function.attributes.iter().any(|attribute| attribute.path().is_ident(name));
        Some(Self {
            runtime: options.runtime,
            function: signature.ident.clone(),
            owner,
            generics: signature.generics.clone(),
            visibility: function.visibility.clone(),
            cfgs: function.cfgs(),
            is_async: signature.asyncness.is_some(),
            is_deprecated: has("deprecated"),
            name: name?,
            description: description?,
            title: options.title,
            inputs,
            output: signature.output.clone(),
            justification,
            may_request,
            rules,
            hints,
        })
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

/// What is set in the rules of the tool's calls.
fn rules(options: &Options, diagnostics: &mut Diagnostics) -> Vec<TokenStream> {
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

fn hints(hints: &Hints, diagnostics: &mut Diagnostics) -> Vec<TokenStream> {
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
