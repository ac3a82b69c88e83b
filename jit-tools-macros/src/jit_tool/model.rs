//! A tool that has been checked: what the expansion may rely on.

use proc_macro2::{Ident, Span};
use quote::ToTokens;
use syn::{Attribute, LitStr, ReturnType, Type, Visibility, ext::IdentExt};

use super::{
    arguments::{MayRequest, Options},
    signature::{Function, Input, mentions},
};
use crate::{
    diagnostics::Diagnostics,
    runtime_path::RuntimePath,
    template::{Names, Template},
};

/// The longest name that every provider takes.
const LONGEST_NAME: usize = 64;

/// Names of types that code everywhere counts on; a struct of that name would hide them from the rest of the module.
const PRIMITIVES: [&str; 17] = [
    "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "str", "u8", "u16", "u32", "u64", "u128",
    "usize",
];

/// A tool without a mistake.
pub(crate) struct Tool {
    pub(crate) runtime: RuntimePath,
    pub(crate) function: Ident,
    pub(crate) visibility: Visibility,
    /// The function's `cfg` attributes, which hold for all that is generated.
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) is_async: bool,
    pub(crate) is_deprecated: bool,
    pub(crate) name: LitStr,
    pub(crate) description: String,
    pub(crate) parameters: Vec<Parameter>,
    /// Where the function says what it returns.
    pub(crate) output: Span,
    pub(crate) justification: Option<Template>,
    pub(crate) may_request: Vec<Detail>,
}

/// What the function takes, in its order.
pub(crate) enum Parameter {
    /// The context, at the type that the author wrote.
    Context(Span),
    /// A member of the arguments.
    Field(Box<Field>),
}

pub(crate) struct Field {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) name: Ident,
    pub(crate) ty: Type,
    /// Whether serde or schemars was told something about it, so that its type alone does not say how it is read.
    pub(crate) is_customized: bool,
}

impl Field {
    /// Whether the field takes all members that no other field takes.
    pub(crate) fn is_flattened(&self) -> bool {
        self.attributes.iter().any(|attribute| {
            attribute.path().is_ident("serde") && mentions(attribute.meta.to_token_stream(), "flatten")
        })
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
    pub(crate) fn new(options: Options, function: &Function, diagnostics: &mut Diagnostics) -> Option<Self> {
        let inputs = function.inputs(diagnostics);
        let name = tool_name(options.name.as_ref(), &function.signature.ident, diagnostics);
        let description = description(options.description.as_ref(), function, diagnostics);

        let mut arguments = Vec::new();
        let mut context = None;
        for input in &inputs {
            match input {
                Input::Context { name, .. } => context = name.as_ref(),
                Input::Argument { name, .. } => arguments.push(name.clone()),
            }
        }
        let names = Names { arguments: &arguments, context };
        let justification = options.justification.as_ref().and_then(|justification| {
            refuse_empty(justification, "a person reads the justification before approving: say why", diagnostics);
            Template::read(justification, names, diagnostics)
        });
        let may_request = options.may_request.into_iter().filter_map(|one| detail(one, names, diagnostics)).collect();

        let signature = &function.signature;
        let has = |name: &str| function.attributes.iter().any(|attribute| attribute.path().is_ident(name));
        Some(Self {
            runtime: options.runtime,
            function: signature.ident.clone(),
            visibility: function.visibility.clone(),
            cfgs: function.attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).cloned().collect(),
            is_async: signature.asyncness.is_some(),
            is_deprecated: has("deprecated"),
            name: name?,
            description: description?,
            parameters: inputs.into_iter().map(Parameter::from).collect(),
            output: match &signature.output {
                ReturnType::Default => signature.ident.span(),
                ReturnType::Type(_, ty) => first_span(ty),
            },
            justification,
            may_request,
        })
    }
}

impl From<Input> for Parameter {
    fn from(input: Input) -> Self {
        match input {
            Input::Context { ty, .. } => Self::Context(first_span(&ty)),
            Input::Argument { attributes, name, ty } => {
                let is_customized = attributes.iter().any(|attribute| !attribute.path().is_ident("doc"));
                Self::Field(Box::new(Field { attributes, name, ty, is_customized }))
            }
        }
    }
}

fn first_span(tokens: &impl ToTokens) -> Span {
    tokens.to_token_stream().into_iter().next().map_or_else(Span::call_site, |token| token.span())
}

/// Whether a struct named like the function would take a primitive type's name.
pub(crate) fn hides_a_primitive(function: &Ident) -> bool {
    PRIMITIVES.iter().any(|primitive| function.unraw() == primitive)
}

/// The name by which a model calls the tool, held against the rule of the strictest provider.
fn tool_name(given: Option<&LitStr>, function: &Ident, diagnostics: &mut Diagnostics) -> Option<LitStr> {
    let ident = function.unraw().to_string();
    if hides_a_primitive(function) {
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

/// What the model reads about the tool.
fn description(given: Option<&LitStr>, function: &Function, diagnostics: &mut Diagnostics) -> Option<String> {
    if let Some(given) = given {
        refuse_empty(given, "a model chooses a tool by its description: say what the tool does", diagnostics);
        return Some(given.value());
    }
    let documentation = function.documentation();
    if documentation.is_empty() {
        diagnostics.report(
            &function.signature.ident,
            "a model chooses a tool by its description: put a doc comment (`/// …`) on the function, or add `description = \"…\"`",
        );
        return None;
    }
    Some(documentation)
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
