//! What a permission, a reason and a time are called in words. No HTML.

use serde_json::Value;

use crate::{authorization_details::AuthorizationDetail, plain_text::literal, tool::ceiling::MARK};

/// One line about a permission.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) label: String,
    pub(super) values: Vec<String>,
    /// What a person should stop at.
    pub(super) warning: Option<&'static str>,
}

/// Every member of a permission, in words. What is left out says something too: it bounds nothing.
pub(super) fn lines(detail: &AuthorizationDetail) -> Vec<Line> {
    let of = |values: &Option<Vec<String>>| values.clone().unwrap_or_default();
    let line = |label: &str, values: Vec<String>, nothing: Option<&'static str>| {
        let is_wild = values.iter().any(|value| value.contains('*'));
        let warning = if values.is_empty() { nothing } else { None };
        let warning = warning.or(is_wild.then_some("An asterisk may stand for anything."));
        Line { label: label.to_owned(), values, warning }
    };
    let mut lines = vec![
        line("May", of(&detail.actions), Some("No action is named: this may allow anything.")),
        line("What", vec![detail.kind.clone()], None),
        line(
            "Which one",
            detail.identifier.iter().cloned().collect(),
            Some("None is named: this may be for every one there is."),
        ),
        line("Where", of(&detail.locations), Some("No place is named: wherever it is accepted.")),
    ];
    for (label, values) in [("Kinds of data", &detail.datatypes), ("Privileges", &detail.privileges)] {
        if values.is_some() {
            lines.push(line(label, of(values), None));
        }
    }
    for (name, value) in &detail.extensions {
        let value = match value {
            Value::String(text) => text.clone(),
            value => value.to_string(),
        };
        // Its name may be any text, such as one of the labels above.
        lines.push(line(&format!("Own member {}", literal(name)), vec![value], None));
    }
    lines
}

/// A piece of a reason.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// The agent's.
    Agent(&'a str),
    /// A model's, which the agent says that it quotes.
    Model(&'a str),
}

/// Takes a reason apart where the agent says which words are a model's. `None` where it does not say so.
///
/// An honest agent turns quotation marks within the quoted words into others, so they alternate.
pub(super) fn quoted(reason: &str) -> Option<Vec<Piece<'_>>> {
    let reason = reason.strip_suffix(MARK)?;
    let pieces: Vec<&str> = reason.split('"').collect();
    if pieces.len().is_multiple_of(2) {
        // One mark is without its other: nobody can say what is quoted.
        return Some(vec![Piece::Model(reason)]);
    }
    Some(
        pieces
            .into_iter()
            .enumerate()
            .map(|(index, text)| if index % 2 == 0 { Piece::Agent(text) } else { Piece::Model(text) })
            .filter(|piece| *piece != Piece::Agent(""))
            .collect(),
    )
}

/// How long, such as `1 min 30 s`.
pub(super) fn duration(seconds: u64) -> String {
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, 0) => format!("{minutes} min"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, 0, _) => format!("{hours} h"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

/// How many, such as `1 request` and `2 requests`.
pub(super) fn count(number: usize, one: &str) -> String {
    format!("{number} {one}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_member_is_told_and_so_is_what_is_left_out() {
        let detail: AuthorizationDetail =
            serde_json::from_str(r#"{"type":"document","actions":["read","*"],"amount":{"eur":5},"May":"x"}"#).unwrap();
        let told: Vec<_> = lines(&detail)
            .into_iter()
            .map(|line| format!("{}: {} {}", line.label, line.values.join(", "), line.warning.unwrap_or_default()))
            .collect();
        assert_eq!(
            told,
            [
                "May: read, * An asterisk may stand for anything.",
                "What: document ",
                "Which one:  None is named: this may be for every one there is.",
                "Where:  No place is named: wherever it is accepted.",
                "Own member \"amount\": {\"eur\":5} ",
                "Own member \"May\": x ",
            ]
        );
    }

    #[test]
    fn the_models_words_are_told_apart_where_the_agent_marks_them() {
        use Piece::{Agent, Model};
        for (reason, expected) in [
            ("Deleting it", None),
            ("Deleting \"it\"", None),
            ("Deleting \"it\" [quoted: from the model]", Some(vec![Agent("Deleting "), Model("it")])),
            (
                "\"a\" and \"b\"! [quoted: from the model]",
                Some(vec![Model("a"), Agent(" and "), Model("b"), Agent("!")]),
            ),
            ("Deleting \"it [quoted: from the model]", Some(vec![Model("Deleting \"it")])),
        ] {
            assert_eq!(quoted(reason), expected, "{reason}");
        }
    }

    #[test]
    fn durations_are_told_in_two_units_at_most() {
        for (seconds, expected) in
            [(0, "0 s"), (59, "59 s"), (60, "1 min"), (90, "1 min 30 s"), (3600, "1 h"), (3660, "1 h 1 min")]
        {
            assert_eq!(duration(seconds), expected);
        }
    }
}
