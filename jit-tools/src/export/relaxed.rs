//! Tools that were to be strict, and are not.

use super::error::Refusal;

/// A tool that was to be strict, and could not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relaxed {
    pub(super) tool: String,
    pub(super) refusal: Refusal,
}

impl Relaxed {
    /// The tool's name.
    pub fn tool(&self) -> &str {
        &self.tool
    }

    /// The place in its schema that has no strict form, as a JSON pointer.
    pub fn path(&self) -> &str {
        &self.refusal.path
    }

    /// Why it has none.
    pub fn reason(&self) -> &str {
        &self.refusal.reason
    }

    /// What would make the tool strict.
    pub fn remedy(&self) -> &str {
        self.refusal.remedy
    }
}
