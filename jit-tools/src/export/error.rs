//! What keeps tools from being exported, and what a model sends from being read.

use std::fmt;

use super::Provider;

/// Why a schema has no form in a dialect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) path: String,
    pub(super) reason: String,
    pub(super) remedy: &'static str,
}

impl Refusal {
    pub(super) fn new(path: &super::schema::Path<'_>, reason: impl Into<String>, remedy: &'static str) -> Self {
        Self { path: path.to_string(), reason: reason.into(), remedy }
    }
}

/// Why a set of tools cannot be exported.
///
/// ```
/// use jit_tools::{Toolset, export::{ExportOptions, Provider}};
///
/// let error = Toolset::new().export_with(&ExportOptions::new(Provider::Ollama).strict()).unwrap_err();
/// assert_eq!(error.tool(), None);
/// assert!(error.to_string().starts_with("ollama has no strict mode"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportError {
    pub(super) provider: Provider,
    pub(super) tool: Option<String>,
    pub(super) refusal: Refusal,
}

impl ExportError {
    /// Whose form was asked for.
    pub fn provider(&self) -> Provider {
        self.provider
    }

    /// The tool at fault; none where it is the set as a whole.
    pub fn tool(&self) -> Option<&str> {
        self.tool.as_deref()
    }

    /// The place in the tool's schema, as a JSON pointer; empty for the whole.
    pub fn path(&self) -> &str {
        &self.refusal.path
    }

    /// What to do about it.
    pub fn remedy(&self) -> &str {
        self.refusal.remedy
    }
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Refusal { path, reason, remedy } = &self.refusal;
        let Some(tool) = &self.tool else {
            return write!(f, "{} {reason}: {remedy}", self.provider);
        };
        write!(f, "{} does not take the tool `{tool}`: ", self.provider)?;
        if !path.is_empty() {
            write!(f, "at `{path}`, ")?;
        }
        write!(f, "{reason}: {remedy}")
    }
}

impl std::error::Error for ExportError {}

/// Why what a model or its provider sent cannot be read.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct DecodeError(#[from] pub(super) DecodeErrorKind);

#[derive(Debug, thiserror::Error)]
pub(super) enum DecodeErrorKind {
    #[error("there is no tool `{0}` in this export: tell the model the names of those that there are")]
    UnknownTool(String),
    #[error("the arguments are not valid JSON ({0}): tell the model to send one JSON object")]
    Json(#[source] serde_json::Error),
    #[error("the answer is not one of {provider}: {missing}; hand over the provider's whole answer, parsed")]
    Answer { provider: Provider, missing: &'static str },
}

impl DecodeError {
    /// Whether the model named a tool that is not in the export.
    pub fn is_unknown_tool(&self) -> bool {
        matches!(self.0, DecodeErrorKind::UnknownTool(_))
    }

    /// Whether the model's arguments are not JSON.
    pub fn is_malformed_json(&self) -> bool {
        matches!(self.0, DecodeErrorKind::Json(_))
    }

    /// Whether what was handed over is no answer of the provider's.
    pub fn is_foreign_answer(&self) -> bool {
        matches!(self.0, DecodeErrorKind::Answer { .. })
    }
}
