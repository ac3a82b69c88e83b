//! What one call of a tool may ask for.

use crate::{
    authorization_details::AuthorizationDetail,
    tool::definition::{CallRules, ToolDefinition},
};

/// What one call of a tool may ask an authority for, with the arguments of that call filled in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entitlement {
    justification: Option<String>,
    ceiling: Option<Vec<AuthorizationDetail>>,
    tool: Option<String>,
    rules: CallRules,
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

    /// Names the tool, for the audit and for its budget, and takes over how its calls are run.
    pub(crate) fn of_tool(mut self, tool: &ToolDefinition) -> Self {
        self.tool = Some(tool.name().to_owned());
        self.rules = *tool.rules();
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

    /// How the tool's calls are run: whether it is asked for before an API says no, and for how long, for instance.
    pub fn rules(&self) -> &CallRules {
        &self.rules
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entitlement_says_what_it_was_given() {
        let tool = ToolDefinition::new::<()>("read", "Reads.").with_rules(|rules| rules.preflight = true);
        let detail = AuthorizationDetail::new("document").actions(["read"]);
        let entitlement = Entitlement::default().justification("For the report").may_request(detail.clone());
        let entitlement = entitlement.of_tool(&tool);
        assert_eq!(entitlement.justification_text(), Some("For the report"));
        assert_eq!(entitlement.ceiling(), Some(&[detail][..]));
        assert_eq!(entitlement.tool(), Some("read"));
        assert!(entitlement.rules().preflight);
    }

    #[test]
    fn no_ceiling_is_not_an_empty_one() {
        let undeclared = Entitlement::default();
        assert_eq!((undeclared.ceiling(), undeclared.justification_text(), undeclared.tool()), (None, None, None));
        assert_eq!(Entitlement::nothing().ceiling(), Some(&[][..]));
    }
}
