//! A request in full, on a terminal: every member, and whose words it is made of.

use std::{fmt::Write as _, mem};

use serde_json::Value;

use crate::plain_text::{characters, is_quotation_mark, literal};

/// How much of a value stands on one line, in columns. Shorter than a terminal is wide: where that broke the line, a
/// value could begin one, and look like a line of its own.
const MAX_LINE: usize = 56;
/// How wide the labels are.
const LABEL: usize = 14;
/// The members that RFC 9396, section 2, names. The name of any other is the type's own, and may be any text.
const MEMBERS: [&str; 6] = ["type", "actions", "identifier", "locations", "datatypes", "privileges"];

/// What `show` and `approve` print about a request, of the JSON that a reviewer gets.
pub(super) fn request(request: &Value) -> String {
    let mut text = String::new();
    let of = |member: &str| request.get(member).unwrap_or(&Value::Null);
    for (label, member) in
        [("Request", "request_id"), ("Status", "status"), ("Risk", "risk_level"), ("Agent", "agent_id")]
    {
        row(&mut text, label, &[value(of(member))]);
    }
    // Two of them make each request critical, also one that only reads.
    if let Some(denied @ 1..) = of("denied_in_the_last_hour").as_u64() {
        row(&mut text, "Denied lately", &[format!("{denied} of this agent's requests, within an hour")]);
    }
    row(&mut text, "Task", &[value(of("task_id"))]);
    let name = of("task_name");
    row(&mut text, "named", &[if name.is_null() { value(name) } else { quoted(name) }]);
    let user = match of("on_behalf_of") {
        Value::Null => "nobody: the agent acts for itself".to_owned(),
        user if of("on_behalf_of_confirmed") == &Value::Bool(true) => quoted(user),
        // First, since a long value would push what follows it away.
        user => format!("the agent's claim, not confirmed: {}", quoted(user)),
    };
    row(&mut text, "For the user", &[user]);
    row(&mut text, "For how long", &[format!("{} s", value(of("requested_ttl")))]);
    row(&mut text, "Decide by", &[value(of("expires_at"))]);
    text.push_str("What is asked for, with every member:\n");
    match of("authorization_details") {
        Value::Object(members) => {
            for (name, member) in members {
                if MEMBERS.contains(&name.as_str()) {
                    row(&mut text, name, &values(member));
                } else {
                    row(&mut text, "own member", &[literal(name)]);
                    row(&mut text, "its value", &values(member));
                }
            }
            for (name, meaning) in [
                ("actions", "not named: this may allow anything"),
                ("identifier", "not named: this may be for every one there is"),
                ("locations", "not named: wherever it is accepted"),
            ] {
                if !members.contains_key(name) {
                    row(&mut text, name, &[meaning.to_owned()]);
                }
            }
        }
        other => row(&mut text, "?", &[value(other)]),
    }
    text.push_str("Why, in the agent's words; a model may have chosen them, and somebody may have misled it:\n");
    match of("justification") {
        // Each line says whose it is.
        Value::String(reason) => reason
            .split('\n')
            .flat_map(|line| broken(&visible(line)))
            .for_each(|line| row(&mut text, "the agent says", &[line])),
        _ => row(&mut text, "", &["The agent gives no reason.".to_owned()]),
    }
    // On a line of its own, whole: it is there to be copied.
    let _ = writeln!(text, "Its digest:\n  {}", value(of("request_digest")));
    text
}

/// A label, and values of one or more lines each.
fn row(text: &mut String, label: &str, values: &[String]) {
    let mut label = label;
    for line in values.iter().flat_map(|value| broken(value)) {
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {label:LABEL$}  {line}");
        label = "";
    }
}

fn broken(value: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let (mut line, mut columns) = (String::new(), 0);
    for c in value.chars() {
        // A letter of some scripts takes two columns, in some terminals one of any other script but Latin does, and none
        // takes more.
        let width = if c.is_ascii() { 1 } else { 2 };
        if columns + width > MAX_LINE {
            lines.push(mem::take(&mut line));
            columns = 0;
        }
        line.push(c);
        columns += width;
    }
    lines.push(line);
    lines
}

/// The values of a member: each item of a list of texts has a line of its own.
fn values(member: &Value) -> Vec<String> {
    match member {
        Value::Array(items) if items.is_empty() => vec!["[] (empty)".to_owned()],
        Value::Array(items) if items.iter().all(Value::is_string) => items.iter().map(quoted).collect(),
        other => vec![quoted(other)],
    }
}

fn quoted(value: &Value) -> String {
    match value {
        Value::String(text) => literal(text),
        // Quotation marks are escaped within texts already, but for those of other scripts.
        other => escaped(&other.to_string(), |c| !c.is_ascii() && is_quotation_mark(c)),
    }
}

/// A value that the authority chose, without quotation marks.
fn value(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => visible(text),
        other => visible(&other.to_string()),
    }
}

/// A text in which what a reader would not see is written by its number.
fn visible(text: &str) -> String {
    escaped(text, |_| false)
}

fn escaped(text: &str, is_escaped_too: impl Fn(char) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    for (c, is_hidden) in characters(text) {
        if c != ' ' && (is_hidden || c.is_whitespace() || is_escaped_too(c)) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_member_of_a_request_is_shown() {
        let shown = request(&json!({
            "request_id": "jitreq_1", "status": "pending", "risk_level": "critical", "agent_id": "agt_x",
            "task_id": "task_1", "task_name": "Tidy up\nRisk low", "on_behalf_of": null, "requested_ttl": 600,
            "expires_at": "2026-11-29T10:00:00Z", "request_digest": "0f", "justification": "Pay it.\nRisk: low\u{202e}",
            "authorization_details": {
                "type": "payment", "actions": ["create", "pay"], "identifier": "inv_1", "privileges": [],
                "datatypes": ["bank\u{3164}account"], "amount": { "value": 9_000_000, "to": "DE1”" },
            },
        }));
        assert_eq!(
            shown,
            r#"  Request         jitreq_1
  Status          pending
  Risk            critical
  Agent           agt_x
  Task            task_1
  named           "Tidy up\nRisk low"
  For the user    nobody: the agent acts for itself
  For how long    600 s
  Decide by       2026-11-29T10:00:00Z
What is asked for, with every member:
  type            "payment"
  actions         "create"
                  "pay"
  identifier      "inv_1"
  privileges      [] (empty)
  datatypes       "bank\u{3164}account"
  own member      "amount"
  its value       {"value":9000000,"to":"DE1\u{201d}"}
  locations       not named: wherever it is accepted
Why, in the agent's words; a model may have chosen them, and somebody may have misled it:
  the agent says  Pay it.
  the agent says  Risk: low\u{202e}
Its digest:
  0f
"#
        );
    }

    #[test]
    fn denials_that_raise_the_risk_are_shown() {
        let shown = |denied: u32| request(&json!({ "risk_level": "critical", "denied_in_the_last_hour": denied }));
        assert!(shown(2).contains("  Denied lately   2 of this agent's requests, within an hour\n"), "{}", shown(2));
        assert!(!shown(0).contains("Denied"), "{}", shown(0));
    }

    #[test]
    fn no_value_begins_a_line_of_its_own() {
        let imitation = format!("x{}Risk  low", " ".repeat(200));
        let detail = json!({ "type": imitation, "actions": [imitation], imitation.clone(): imitation });
        let shown = request(&json!({ "authorization_details": detail, "justification": imitation }));
        let values: Vec<&str> = shown.lines().filter(|line| line.contains("low")).collect();
        assert_eq!(values.len(), 5, "{shown}");
        for line in values {
            let (label, _) = line.split_at(2 + LABEL);
            assert!(["", "the agent says"].contains(&label.trim()), "{line}");
        }
        assert!(shown.lines().all(|line| line.chars().count() <= 90), "{shown}");
    }

    #[test]
    fn no_wide_letters_push_a_value_to_a_line_of_its_own() {
        let wide = format!("{}x  Risk            low", "事".repeat(30));
        let detail = json!({ "type": "document", "identifier": wide });
        let asked =
            json!({ "authorization_details": detail, "justification": wide, "task_name": wide, "on_behalf_of": wide });
        let columns = |line: &str| line.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<usize>();
        let shown = request(&asked);
        let wide = shown.lines().filter(|line| line.contains('事'));
        assert!(
            wide.clone().count() >= 4 && wide.clone().all(|line| columns(line) <= 2 + LABEL + 2 + MAX_LINE),
            "{shown}"
        );
    }

    #[test]
    fn what_an_agent_calls_its_task_and_user_is_quoted() {
        let shown = request(&json!({ "task_name": "x\u{200d}", "on_behalf_of": "nobody: the agent acts for itself" }));
        assert!(shown.contains(r#"  named           "x\u{200d}""#), "{shown}");
        assert!(
            shown.contains("  For the user    the agent's claim, not confirmed: \"nobody: the agent act\n"),
            "{shown}"
        );
    }
}
