//! What an author is told to write so that a tool may ask for what it was refused.

use std::fmt;

use crate::{authorization_details::AuthorizationDetail, plain_text::literal};

/// What an author does so that a tool may ask for a detail: an attribute to paste, where one can say it.
pub(super) struct Declare<'a>(pub(super) &'a AuthorizationDetail);

impl Declare<'_> {
    /// Why no `may_request(…)` covers the detail, if none does.
    fn obstacle(&self) -> Option<&'static str> {
        let detail = self.0;
        let AuthorizationDetail { kind, locations, actions, identifier, .. } = detail;
        let sets = [locations, actions].into_iter().flatten().flatten();
        // What the macro refuses: a blank text, and a placeholder where none may stand.
        if sets.chain([kind]).chain(identifier).any(|text| text.trim().is_empty()) {
            return Some("has an empty text");
        }
        let sets = [locations, actions].into_iter().flatten().flatten();
        if sets.chain([kind]).any(|text| text.contains(['{', '}'])) {
            return Some("has a brace outside of its `identifier`");
        }
        let declared = AuthorizationDetail {
            kind: kind.clone(),
            locations: locations.clone(),
            actions: actions.clone(),
            identifier: identifier.clone(),
            ..AuthorizationDetail::new("")
        };
        (!declared.covers(detail)).then_some("has `datatypes`, `privileges` or members of its own")
    }
}

impl fmt::Display for Declare<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let detail = self.0;
        if !detail.covers(detail) {
            return f
                .write_str("have the API name it without a wildcard and without an empty set, which nothing covers");
        }
        if let Some(obstacle) = self.obstacle() {
            return write!(
                f,
                "say so in a Tool::entitlement of your own, or compare its type by Comparisons: it {obstacle}, which \
                 may_request(…) cannot say"
            );
        }
        write!(f, "add may_request(type = {}", literal(&detail.kind))?;
        for (name, set) in [("actions", &detail.actions), ("locations", &detail.locations)] {
            if let Some(set) = set {
                let set: Vec<String> = set.iter().map(|one| literal(one)).collect();
                write!(f, ", {name} = [{}]", set.join(", "))?;
            }
        }
        if let Some(identifier) = &detail.identifier {
            // A brace by itself begins a placeholder.
            write!(f, ", identifier = {}", literal(&identifier.replace('{', "{{").replace('}', "}}")))?;
        }
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tool::ceiling::{self, MayRequest};

    /// The ceiling that a tool has whose author pasted the hint.
    fn pasted(hint: &str) -> AuthorizationDetail {
        fn leaked(text: &str) -> &'static str {
            Box::leak(text.to_owned().into_boxed_str())
        }
        let json = hint.strip_prefix("add may_request(").unwrap().strip_suffix(')').unwrap();
        let json = ["type", "actions", "locations", "identifier"]
            .iter()
            .fold(format!("{{{json}}}"), |json, key| json.replace(&format!("{key} = "), &format!("{key:?}: ")));
        let pasted: AuthorizationDetail = serde_json::from_str(&json).unwrap();
        let set = |set: Option<Vec<String>>| -> &'static [&'static str] {
            Vec::leak(set.unwrap_or_default().iter().map(|one| leaked(one)).collect())
        };
        let identifier = pasted.identifier.as_deref().map_or("", leaked);
        let one = MayRequest::new(leaked(&pasted.kind), set(pasted.actions), identifier, set(pasted.locations));
        ceiling::entitlement("", &[one], &[]).unwrap().ceiling().unwrap()[0].clone()
    }

    #[test]
    fn a_hint_that_is_pasted_covers_what_was_asked_for_and_what_cannot_be_pasted_is_no_hint() {
        let detail = |json: &str| -> AuthorizationDetail { serde_json::from_str(json).unwrap() };
        for asked in [
            r#"{"type":"document"}"#,
            r#"{"type":"document","actions":["read","write"],"identifier":"doc_1"}"#,
            r#"{"type":"document","locations":["https://api.acme.com/v1"],"identifier":"a \"b\" \\c"}"#,
            r#"{"type":"document","identifier":"{id} }{ {{x}}"}"#,
        ] {
            let asked = detail(asked);
            let hint = Declare(&asked).to_string();
            assert!(pasted(&hint).covers(&asked), "{hint}");
        }
        let hidden = detail(r#"{"type":"document\u3164","actions":["a\u202e\n"],"identifier":"b\u201d) {x}"}"#);
        assert_eq!(
            Declare(&hidden).to_string(),
            r#"add may_request(type = "document\u{3164}", actions = ["a\u{202e}\n"], identifier = "b\u{201d}) {{x}}")"#
        );
        for (asked, said) in [
            (r#"{"type":"document","actions":["*"]}"#, "which nothing covers"),
            (r#"{"type":"document","actions":[]}"#, "which nothing covers"),
            (r#"{"type":"document","locations":[]}"#, "which nothing covers"),
            (r#"{"type":"document","identifier":"doc_*"}"#, "which nothing covers"),
            (r#"{"type":"document","datatypes":["text"]}"#, "members of its own"),
            (r#"{"type":"document","privileges":["admin"]}"#, "members of its own"),
            (r#"{"type":"document","limit":5}"#, "members of its own"),
            (r#"{"type":"document","identifier":" "}"#, "an empty text"),
            (r#"{"type":"document","actions":[""]}"#, "an empty text"),
            (r#"{"type":"document","actions":["{x}"]}"#, "a brace outside"),
            (r#"{"type":"document","locations":["https://api.acme.com/{x}"]}"#, "a brace outside"),
        ] {
            let hint = Declare(&detail(asked)).to_string();
            assert!(hint.contains(said) && !hint.contains("add may_request("), "{asked}: {hint}");
        }
    }
}
