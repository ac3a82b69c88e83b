//! One line about a detail, for people and logs.

use std::fmt;

use super::AuthorizationDetail;
use crate::plain_text::literal;

/// How much of a value a summary repeats, in characters.
const MAX_VALUE: usize = 120;
/// How many actions a summary names.
const MAX_ACTIONS: usize = 16;

impl AuthorizationDetail {
    /// Describes the detail in one line for people and logs, such as `"document" ["read"] "doc_9982"`.
    ///
    /// Names `type`, `actions` and `identifier`, and counts the other members:
    /// `"payment" ["create"] "inv_1" +2 more members`. Each value is quoted and escaped as a string literal of Rust, so
    /// that none imitates another part of the line. A value of more than 120 characters is cut, and `…` follows its
    /// closing quotation mark.
    ///
    /// A summary is not all that is asked for: details with the same summary may differ.
    pub fn summary(&self) -> String {
        let (named, counted) = self.summary_parts();
        named + &counted
    }

    /// The summary in two parts: what it names, and the count of what it leaves out, which is empty if that is nothing.
    pub(crate) fn summary_parts(&self) -> (String, String) {
        let mut named = value(&self.kind);
        if let Some(actions) = &self.actions {
            let mut shown: Vec<String> = actions.iter().take(MAX_ACTIONS).map(|action| value(action)).collect();
            if let Some(others @ 1..) = actions.len().checked_sub(MAX_ACTIONS) {
                shown.push(format!("+{others} more"));
            }
            named.extend([" [", &shown.join(", "), "]"]);
        }
        if let Some(identifier) = &self.identifier {
            named.extend([" ", &value(identifier)]);
        }
        let sets = [&self.locations, &self.datatypes, &self.privileges];
        let counted = match sets.into_iter().flatten().count() + self.extensions.len() {
            0 => String::new(),
            1 => " +1 more member".to_owned(),
            others => format!(" +{others} more members"),
        };
        (named, counted)
    }
}

/// A value as it is shown: quoted, and with a sign that it was cut where it was.
fn value(text: &str) -> String {
    match text.char_indices().nth(MAX_VALUE).and_then(|(end, _)| text.get(..end)) {
        Some(beginning) => literal(beginning) + "…",
        None => literal(text),
    }
}

impl fmt::Display for AuthorizationDetail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.summary())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(json: &str) -> String {
        serde_json::from_str::<AuthorizationDetail>(json).unwrap().summary()
    }

    #[test]
    fn a_summary_quotes_its_parts_and_counts_what_it_leaves_out() {
        for (json, expected) in [
            (r#"{"type":"document"}"#, r#""document""#),
            (
                r#"{"type":"document","actions":["read","write"],"identifier":"d"}"#,
                r#""document" ["read", "write"] "d""#,
            ),
            (r#"{"type":"document","actions":[],"privileges":["admin"]}"#, r#""document" [] +1 more member"#),
            (
                r#"{"type":"payment","actions":["create"],"identifier":"inv_1","amount":9000000,"account":"DE1","locations":[]}"#,
                r#""payment" ["create"] "inv_1" +3 more members"#,
            ),
        ] {
            assert_eq!(summary(json), expected);
        }
    }

    #[test]
    fn no_value_imitates_another_part_of_a_summary() {
        let imitation =
            r#"{"type":"document [read] doc_1","actions":["read\"] \"d","a, b"],"identifier":"x +0 more members"}"#;
        assert_eq!(summary(imitation), r#""document [read] doc_1" ["read\"] \"d", "a, b"] "x +0 more members""#);
        let hidden = AuthorizationDetail::new("d\u{1b}[2J\u{3164}").actions(["r\nw”"]).identifier("\u{202e}a");
        assert_eq!(hidden.summary(), r#""d\u{1b}[2J\u{3164}" ["r\nw\u{201d}"] "\u{202e}a""#);
    }

    #[test]
    fn a_value_that_is_cut_in_a_summary_is_seen_to_be_cut() {
        let long = AuthorizationDetail::new("ü".repeat(121)).actions((0..18).map(|action| action.to_string()));
        let summary = long.summary();
        assert!(summary.starts_with(&format!("\"{}\"… [\"0\", ", "ü".repeat(120))), "{summary}");
        assert!(summary.ends_with(r#""15", +2 more]"#), "{summary}");
        assert!(!AuthorizationDetail::new("ü".repeat(120)).summary().contains('…'));
    }
}
