//! What a policy has against a proposal.

use std::{fmt, sync::Arc};

use crate::{authorization_details::AuthorizationDetail, origin::Origin};

/// What is about to be asked for, as a policy sees it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Proposal<'a> {
    /// The permission, as the API named it.
    pub detail: &'a AuthorizationDetail,
    /// The API.
    pub origin: &'a Origin,
    /// The tool that is called; `None` outside of any.
    pub tool: Option<&'a str>,
    /// Why, as the tool's author wrote it. It may hold what a model wrote.
    pub justification: Option<&'a str>,
}

impl<'a> Proposal<'a> {
    /// A proposal outside of any tool.
    pub fn new(detail: &'a AuthorizationDetail, origin: &'a Origin) -> Self {
        Self { detail, origin, tool: None, justification: None }
    }

    /// Names the tool.
    pub fn of_tool(mut self, tool: Option<&'a str>) -> Self {
        self.tool = tool;
        self
    }

    /// Adds the justification.
    pub fn justified_by(mut self, justification: Option<&'a str>) -> Self {
        self.justification = justification;
        self
    }
}

/// What a policy has against a proposal. The text is for the author; a model is told none of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Objection {
    /// The API is none of those that are allowed.
    #[error("its API is not allowed (Policy::allow_origin)")]
    Origin,
    /// The type is none of those that are allowed.
    #[error("its type is not allowed (Policy::allow_types)")]
    Type,
    /// An action is none of those that are allowed, or none is named.
    #[error("its actions are not all allowed, or it names none (Policy::allow_actions)")]
    Actions,
    /// The identifier has none of the patterns that are allowed, or none is named.
    #[error("its identifier is not allowed, or it names none (Policy::allow_identifiers)")]
    Identifier,
    /// A location is none of those that are allowed, or none is named.
    #[error("its locations are not all allowed, or it names none (Policy::allow_locations)")]
    Locations,
    /// The owner's own function says no.
    #[error("{0} (Policy::refuse_when)")]
    Owner(String),
}

/// Which identifiers are meant: one, or all that begin alike.
///
/// A text that ends in `*` means all that begin with what stands before it; any other means itself, byte for byte.
///
/// ```
/// use jit_tools::policy::IdentifierPattern;
///
/// let pattern = IdentifierPattern::from("doc_*");
/// assert!(pattern.matches("doc_9982"));
/// assert!(!pattern.matches("secret_1"));
/// assert!(!IdentifierPattern::from("doc_1").matches("doc_12"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentifierPattern(String);

impl IdentifierPattern {
    /// Whether an identifier is meant.
    pub fn matches(&self, identifier: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some(beginning) => identifier.starts_with(beginning),
            None => identifier == self.0,
        }
    }
}

impl<S: Into<String>> From<S> for IdentifierPattern {
    fn from(pattern: S) -> Self {
        Self(pattern.into())
    }
}

impl fmt::Display for IdentifierPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

type OwnersObjection = Arc<dyn Fn(&Proposal<'_>) -> Option<String> + Send + Sync>;

/// The bounds of a policy. One that is not set bounds nothing; one that is set bounds what is absent, too.
#[derive(Clone, Default)]
pub(super) struct Limits {
    pub(super) origins: Option<Vec<Origin>>,
    pub(super) types: Option<Vec<String>>,
    pub(super) actions: Option<Vec<String>>,
    pub(super) identifiers: Option<Vec<IdentifierPattern>>,
    pub(super) locations: Option<Vec<String>>,
    pub(super) objections: Vec<OwnersObjection>,
}

impl Limits {
    pub(super) fn objection(&self, proposal: &Proposal<'_>) -> Option<Objection> {
        let detail = proposal.detail;
        if self.origins.as_ref().is_some_and(|allowed| !allowed.contains(proposal.origin)) {
            return Some(Objection::Origin);
        }
        if self.types.as_ref().is_some_and(|allowed| !allowed.contains(&detail.kind)) {
            return Some(Objection::Type);
        }
        if self.actions.as_ref().is_some_and(|allowed| !all_among(detail.actions.as_deref(), allowed)) {
            return Some(Objection::Actions);
        }
        let identifier_is_allowed = |allowed: &Vec<IdentifierPattern>| {
            detail
                .identifier
                .as_ref()
                .is_some_and(|identifier| allowed.iter().any(|pattern| pattern.matches(identifier)))
        };
        if self.identifiers.as_ref().is_some_and(|allowed| !identifier_is_allowed(allowed)) {
            return Some(Objection::Identifier);
        }
        if self.locations.as_ref().is_some_and(|allowed| !all_among(detail.locations.as_deref(), allowed)) {
            return Some(Objection::Locations);
        }
        self.objections.iter().find_map(|objection| objection(proposal)).map(Objection::Owner)
    }
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limits")
            .field("origins", &self.origins)
            .field("types", &self.types)
            .field("actions", &self.actions)
            .field("identifiers", &self.identifiers)
            .field("locations", &self.locations)
            .field("objections", &self.objections.len())
            .finish()
    }
}

/// Whether there are some, and all are among those that are allowed.
fn all_among(named: Option<&[String]>, allowed: &[String]) -> bool {
    named.is_some_and(|named| !named.is_empty() && named.iter().all(|one| allowed.contains(one)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;

    #[test]
    fn a_pattern_and_the_bounds_are_shown_as_they_were_given() {
        assert_eq!(IdentifierPattern::from("doc_*").to_string(), "doc_*");
        let policy = Policy::new().allow_types(["document"]).allow_identifiers(["doc_*"]);
        let shown = format!("{policy:?}");
        assert!(shown.contains("document") && shown.contains("doc_*") && shown.contains("objections: 0"), "{shown}");
    }

    #[test]
    fn the_policy_objects_in_exactly_these_cases() {
        const API: &str = "https://api.acme.com";
        let open = Policy::new;
        let detail = |json: &str| serde_json::from_str::<AuthorizationDetail>(json).unwrap();
        let read = r#"{"type":"doc","actions":["read"],"identifier":"doc_1","locations":["https://api.acme.com"]}"#;
        let bare = r#"{"type":"doc"}"#;
        let cases = [
            ("nothing is set", open(), bare, None),
            ("another API", open().allow_origin("https://b.example").unwrap(), bare, Some(Objection::Origin)),
            ("this API", open().allow_origin(API).unwrap(), bare, None),
            ("the type", open().allow_types(["doc"]), bare, None),
            ("another type", open().allow_types(["DOC", "docs"]), bare, Some(Objection::Type)),
            ("no type at all", open().allow_types::<String>([]), bare, Some(Objection::Type)),
            ("the action", open().allow_actions(["write", "read"]), read, None),
            ("another action", open().allow_actions(["write"]), read, Some(Objection::Actions)),
            ("no action named", open().allow_actions(["read"]), bare, Some(Objection::Actions)),
            (
                "empty actions",
                open().allow_actions(["read"]),
                r#"{"type":"doc","actions":[]}"#,
                Some(Objection::Actions),
            ),
            ("the identifier", open().allow_identifiers(["doc_1"]), read, None),
            ("its beginning", open().allow_identifiers(["x", "doc_*"]), read, None),
            ("a part of it", open().allow_identifiers(["doc"]), read, Some(Objection::Identifier)),
            ("no identifier named", open().allow_identifiers(["*"]), bare, Some(Objection::Identifier)),
            ("the location", open().allow_locations([API]), read, None),
            ("another location", open().allow_locations(["https://b.example"]), read, Some(Objection::Locations)),
            ("no location named", open().allow_locations([API]), bare, Some(Objection::Locations)),
            (
                "the owner says no",
                open().refuse_when(|_| None).refuse_when(|proposal| Some(format!("no {}", proposal.detail.kind))),
                bare,
                Some(Objection::Owner("no doc".to_owned())),
            ),
        ];
        let origin: Origin = API.parse().unwrap();
        for (name, policy, json, expected) in cases {
            assert_eq!(policy.objection(&Proposal::new(&detail(json), &origin)), expected, "{name}");
        }
    }
}
