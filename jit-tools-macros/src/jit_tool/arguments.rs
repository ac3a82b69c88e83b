//! What stands in the parentheses of `#[jit_tool(…)]`.

use proc_macro2::{Ident, TokenStream};
use syn::{Expr, LitStr};

use crate::{
    diagnostics::Diagnostics,
    entries::{At, Entry, Value, entries, entries_or},
    runtime_path::RuntimePath,
};

pub(super) const KEYS: [&str; 18] = [
    "name",
    "title",
    "description",
    "justification",
    "may_request",
    "base_url",
    "preflight",
    "retry",
    "timeout",
    "ttl",
    "approval",
    "needs_approval",
    "strict",
    "read_only",
    "destructive",
    "idempotent",
    "open_world",
    "crate",
];
pub(super) const MAY_REQUEST_KEYS: [&str; 4] = ["type", "actions", "identifier", "locations"];
pub(super) const ON_AN_ARGUMENT: [&str; 3] = ["default", "args", "validate"];

pub(super) const RETRY: [&str; 3] = ["request", "body", "never"];
pub(super) const APPROVAL: [&str; 2] = ["wait", "suspend"];

/// What is said of an argument in the way of serde and schemars.
const OF_ITS_SCHEMA: [(&str, &str); 7] = [
    ("rename", "write `#[serde(rename = \"…\")]`"),
    ("name", "write `#[serde(rename = \"…\")]`"),
    ("alias", "write `#[serde(alias = \"…\")]`"),
    ("flatten", "write `#[serde(flatten)]`"),
    ("description", "write a doc comment (`/// …`) on the argument"),
    ("title", "write `#[schemars(title = \"…\")]`"),
    ("range", "write `#[schemars(range(min = 1))]`"),
];

/// The attribute's arguments as they were written; what they mean together is for the model.
#[derive(Clone, Default)]
pub(crate) struct Options {
    pub(crate) runtime: RuntimePath,
    /// The key `crate`, where it was given.
    pub(crate) names_runtime: Option<Ident>,
    pub(crate) name: Option<LitStr>,
    pub(crate) title: Option<LitStr>,
    pub(crate) description: Option<Expr>,
    pub(crate) justification: Option<LitStr>,
    pub(crate) may_request: Vec<MayRequest>,
    pub(crate) base_url: Option<LitStr>,
    pub(crate) preflight: Option<At<bool>>,
    pub(crate) retry: Option<At<LitStr>>,
    pub(crate) timeout: Option<LitStr>,
    pub(crate) ttl: Option<LitStr>,
    pub(crate) approval: Option<At<LitStr>>,
    pub(crate) needs_approval: Option<At<bool>>,
    pub(crate) strict: Option<At<bool>>,
    pub(crate) hints: Hints,
}

/// What the tool does to the world.
#[derive(Clone, Default)]
pub(crate) struct Hints {
    pub(crate) read_only: Option<At<bool>>,
    pub(crate) destructive: Option<At<bool>>,
    pub(crate) idempotent: Option<At<bool>>,
    pub(crate) open_world: Option<At<bool>>,
}

/// One `may_request(…)`.
#[derive(Clone)]
pub(crate) struct MayRequest {
    pub(crate) kind: Option<LitStr>,
    pub(crate) actions: Option<Vec<LitStr>>,
    pub(crate) identifier: Option<LitStr>,
    pub(crate) locations: Option<Vec<LitStr>>,
}

impl Options {
    pub(crate) fn read(attribute: TokenStream, diagnostics: &mut Diagnostics) -> Self {
        let mut options = Self::default();
        for entry in entries(attribute, &KEYS, &["may_request"], diagnostics) {
            options.take(&entry, diagnostics);
        }
        options
    }

    fn take(&mut self, entry: &Entry, diagnostics: &mut Diagnostics) {
        match entry.name().as_str() {
            "name" => self.name = entry.text("name = \"fetch_document\"", diagnostics),
            "title" => self.title = entry.text("title = \"Fetch a document\"", diagnostics),
            "description" => self.description = entry.expression("description = \"Fetch a document.\"", diagnostics),
            "justification" => {
                self.justification = entry.text("justification = \"Fetching document {document_id}\"", diagnostics);
            }
            "crate" => {
                self.names_runtime = Some(entry.key.clone());
                self.runtime = entry.path(diagnostics).unwrap_or_default();
            }
            "base_url" => self.base_url = entry.text("base_url = \"https://api.acme.com/v1/\"", diagnostics),
            "preflight" => self.preflight = entry.flag(diagnostics),
            "retry" => self.retry = entry.choice(&RETRY, diagnostics),
            "timeout" => self.timeout = entry.text("timeout = \"30s\"", diagnostics),
            "ttl" => self.ttl = entry.text("ttl = \"5m\"", diagnostics),
            "approval" => self.approval = entry.choice(&APPROVAL, diagnostics),
            "needs_approval" => self.needs_approval = entry.flag(diagnostics),
            "strict" => self.strict = entry.flag(diagnostics),
            "read_only" => self.hints.read_only = entry.flag(diagnostics),
            "destructive" => self.hints.destructive = entry.flag(diagnostics),
            "idempotent" => self.hints.idempotent = entry.flag(diagnostics),
            "open_world" => self.hints.open_world = entry.flag(diagnostics),
            _ => self.may_request.extend(MayRequest::read(entry, diagnostics)),
        }
    }
}

impl MayRequest {
    fn read(entry: &Entry, diagnostics: &mut Diagnostics) -> Option<Self> {
        let example = "may_request(type = \"document\", actions = [\"read\"])";
        let Value::List(list) = &entry.value else {
            diagnostics.report(entry.at_value(), format!("`may_request` takes a list: write `{example}`"));
            return None;
        };
        let (mut kind, mut actions, mut identifier, mut locations) = (None, None, None, None);
        let mut names_its_type = false;
        for entry in entries(list.stream(), &MAY_REQUEST_KEYS, &[], diagnostics) {
            match entry.name().as_str() {
                "type" => {
                    names_its_type = true;
                    kind = entry.text("type = \"document\"", diagnostics);
                }
                "actions" => actions = entry.texts("actions = [\"read\"]", diagnostics),
                "identifier" => identifier = entry.text("identifier = \"{document_id}\"", diagnostics),
                _ => locations = entry.texts("locations = [\"https://api.example.com\"]", diagnostics),
            }
        }
        if !names_its_type {
            diagnostics.report(&entry.key, format!("`may_request` needs a `type`, as in `{example}`"));
        }
        Some(Self { kind, actions, identifier, locations })
    }
}

/// What stands in the `#[jit_tool(…)]` of one argument.
#[derive(Clone, Default)]
pub(crate) struct ArgumentOptions {
    pub(crate) default: Option<Expr>,
    /// Whether the argument is the struct of all arguments.
    pub(crate) args: Option<Ident>,
    /// Whether its own checks are made before the body runs.
    pub(crate) validate: Option<Ident>,
}

impl ArgumentOptions {
    pub(crate) fn read(&mut self, attribute: TokenStream, diagnostics: &mut Diagnostics) {
        for entry in entries_or(attribute, &ON_AN_ARGUMENT, &[], &OF_ITS_SCHEMA, diagnostics) {
            match entry.name().as_str() {
                "default" => self.default = entry.expression("default = 10", diagnostics),
                "args" => self.args = entry.flag(diagnostics).filter(|flag| flag.value).map(|flag| flag.key),
                _ => self.validate = entry.flag(diagnostics).filter(|flag| flag.value).map(|flag| flag.key),
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.default.is_none() && self.args.is_none() && self.validate.is_none()
    }
}
