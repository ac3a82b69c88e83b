//! How tools are exported.

use std::collections::BTreeSet;

use super::Provider;
use crate::tool::ToolDefinition;

/// How tools are exported: for whom, and how strictly.
///
/// ```
/// use jit_tools::export::{ExportOptions, Provider};
///
/// let options = ExportOptions::new(Provider::OpenAiResponses).strict().relaxed("search");
/// assert!(options.is_strict() && options.provider() == Provider::OpenAiResponses);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ExportOptions {
    provider: Provider,
    is_strict: bool,
    relaxed: BTreeSet<String>,
}

impl ExportOptions {
    /// The provider's plain form: the schema guides the model, and does not bind it.
    pub fn new(provider: Provider) -> Self {
        Self { provider, is_strict: false, relaxed: BTreeSet::new() }
    }

    /// Strict: the provider holds the model to the schema.
    ///
    /// A tool whose schema cannot be expressed in the strict subset is exported in the plain form, and
    /// [`Export::relaxed`](super::Export::relaxed) says which and why.
    pub fn strict(mut self) -> Self {
        self.is_strict = true;
        self
    }

    /// Exports one tool in the plain form all the same; for instance since a provider limits how many may be strict.
    pub fn relaxed(mut self, tool: impl Into<String>) -> Self {
        self.relaxed.insert(tool.into());
        self
    }

    /// Whose form it is.
    pub fn provider(&self) -> Provider {
        self.provider
    }

    /// Whether tools are strict.
    pub fn is_strict(&self) -> bool {
        self.is_strict
    }

    /// What is said here about one tool goes before what the tool says itself, and that before what holds for all.
    pub(super) fn is_strict_for(&self, tool: &ToolDefinition) -> bool {
        !self.relaxed.contains(tool.name()) && tool.rules().strict.unwrap_or(self.is_strict)
    }
}

impl From<Provider> for ExportOptions {
    fn from(provider: Provider) -> Self {
        Self::new(provider)
    }
}
