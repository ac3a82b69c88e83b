//! What one call of a tool may ask for.

use crate::authorization_details::AuthorizationDetail;

/// What one call of a tool may ask an authority for, with the arguments of that call filled in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entitlement {
    justification: Option<String>,
    ceiling: Option<Vec<AuthorizationDetail>>,
    tool: Option<String>,
}

impl Entitlement {
    /// Why the permission is needed, for the person who approves it and for the audit.
    pub fn justification(mut self, text: impl Into<String>) -> Self {
        self.justification = Some(text.into());
        self
    }

    /// Adds a permission to the ceiling: what it [covers](AuthorizationDetail::covers) may be asked for.
    pub fn may_request(mut self, detail: AuthorizationDetail) -> Self {
        self.ceiling.get_or_insert_default().push(detail);
        self
    }

    /// An empty ceiling: nothing may be asked for.
    pub(crate) fn nothing() -> Self {
        Self { ceiling: Some(Vec::new()), ..Self::default() }
    }

    /// Names the tool, for the audit and for its budget.
    pub(crate) fn of_tool(mut self, name: &str) -> Self {
        self.tool = Some(name.to_owned());
        self
    }

    /// The justification, if the author wrote one.
    pub fn justification_text(&self) -> Option<&str> {
        self.justification.as_deref()
    }

    /// The ceiling; `None` when the tool declares none, which is not the same as an empty one.
    pub fn ceiling(&self) -> Option<&[AuthorizationDetail]> {
        self.ceiling.as_deref()
    }

    /// The tool's name, if a tool is called.
    pub fn tool(&self) -> Option<&str> {
        self.tool.as_deref()
    }
}
