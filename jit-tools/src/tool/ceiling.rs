//! What an annotated function may ask for, as its author wrote it, and filled in with the arguments of a call.

use std::fmt::{self, Write as _};

use crate::{
    authorization_details::AuthorizationDetail,
    plain_text::{is_quotation_mark, quoted},
    policy::Entitlement,
    tool::ToolError,
};

/// What the type of an argument has to be that stands in a placeholder.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand in a placeholder: it does not implement Display",
    label = "a placeholder here names an argument without Display",
    note = "name an argument whose type implements `std::fmt::Display`, such as a `String` or a number; \
            what the call hands in (`Absent<…>`) is none"
)]
pub trait PlaceholderValue: fmt::Display {}

#[diagnostic::do_not_recommend]
impl<T: fmt::Display> PlaceholderValue for T {}

/// An argument's value for a placeholder of that name.
#[derive(Clone, Copy)]
pub struct Value<'a> {
    name: &'static str,
    value: &'a dyn fmt::Display,
}

impl<'a> Value<'a> {
    /// The value of the argument `name`, which comes from the model.
    pub fn new<T: PlaceholderValue>(name: &'static str, value: &'a T) -> Self {
        Self { name, value }
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{}}}", self.name)
    }
}

/// One `may_request(…)`, as it was written. What is empty was not; the macro refuses it.
#[derive(Clone, Copy, Debug)]
pub struct MayRequest {
    kind: &'static str,
    actions: &'static [&'static str],
    identifier: &'static str,
    locations: &'static [&'static str],
}

impl MayRequest {
    /// A permission: its type, actions, identifier with placeholders, and locations.
    pub const fn new(
        kind: &'static str,
        actions: &'static [&'static str],
        identifier: &'static str,
        locations: &'static [&'static str],
    ) -> Self {
        Self { kind, actions, identifier, locations }
    }

    fn fill(&self, values: &[Value<'_>]) -> Result<AuthorizationDetail, ToolError> {
        let mut detail = AuthorizationDetail::new(self.kind);
        if !self.actions.is_empty() {
            detail = detail.actions(self.actions.iter().copied());
        }
        if !self.identifier.is_empty() {
            detail = detail.identifier(exact(self.identifier, values)?);
        }
        if !self.locations.is_empty() {
            detail = detail.locations(self.locations.iter().copied());
        }
        Ok(detail)
    }
}

/// What one call may ask for. Computed only for a call that an API refused, so the templates are read here and not in
/// an expansion.
///
/// A justification that is empty is none.
///
/// # Errors
/// When a value cannot be displayed: a text that is cut short could name something else.
pub fn entitlement(
    justification: &str,
    may_request: &[MayRequest],
    values: &[Value<'_>],
) -> Result<Entitlement, ToolError> {
    let mut entitlement = Entitlement::default();
    if !justification.is_empty() {
        entitlement = entitlement.justification(justified(justification, values));
    }
    for one in may_request {
        entitlement = entitlement.may_request(one.fill(values)?);
    }
    Ok(entitlement)
}

/// A piece of a template such as `"Fetching document {document_id} for user query"`.
#[derive(Debug, PartialEq)]
enum Piece<'a> {
    /// What the author wrote.
    Text(&'a str),
    /// The value of an argument, by its name.
    Argument(&'a str),
}

/// The pieces of a template, which the macro has checked.
fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        let (text, brace) = rest.split_at(at);
        pieces.push(Piece::Text(text));
        let doubled = ["{{", "}}"].into_iter().find_map(|pair| Some((pair, brace.strip_prefix(pair)?)));
        rest = if let Some((pair, after)) = doubled {
            pieces.push(Piece::Text(pair.get(1..).unwrap_or_default()));
            after
        } else if let Some((name, after)) = brace.strip_prefix('{').and_then(|inside| inside.split_once('}')) {
            pieces.push(Piece::Argument(name.trim().trim_start_matches("r#")));
            after
        } else {
            pieces.push(Piece::Text(brace));
            ""
        };
    }
    pieces.push(Piece::Text(rest));
    pieces.retain(|piece| *piece != Piece::Text(""));
    pieces
}

fn shown(name: &str, values: &[Value<'_>]) -> Result<String, fmt::Error> {
    let mut text = String::new();
    let value = values.iter().find(|value| value.name == name).ok_or(fmt::Error)?;
    write!(text, "{}", value.value)?;
    Ok(text)
}

/// A template with its arguments' values as they are, for what is compared byte for byte.
fn exact(template: &str, values: &[Value<'_>]) -> Result<String, fmt::Error> {
    let mut text = String::new();
    for piece in pieces(template) {
        match piece {
            Piece::Text(piece) => text.push_str(piece),
            Piece::Argument(name) => text.push_str(&shown(name, values)?),
        }
    }
    Ok(text)
}

/// How much of one argument's value a justification repeats, in characters.
const VALUE_IN_JUSTIFICATION: usize = 120;

/// What tells the person who approves that a model wrote a part of what they read.
pub(crate) const MARK: &str = " [quoted: from the model]";

/// A justification: the author's words, and the arguments' values in quotation marks, capped, without hidden
/// characters, and marked as a model's, since a model wrote them and a person reads them.
fn justified(template: &str, values: &[Value<'_>]) -> String {
    let mut text = String::new();
    let mut is_quoting = false;
    for piece in pieces(template) {
        match piece {
            // Nor may one of the author's begin one: a reader tells the two by these marks.
            Piece::Text(piece) => {
                text.extend(piece.chars().map(|c| if is_quotation_mark(c) { '\'' } else { c }));
            }
            Piece::Argument(name) => {
                let value = shown(name, values).unwrap_or_default();
                is_quoting = true;
                text.push_str(&quoted(&value, VALUE_IN_JUSTIFICATION));
            }
        }
    }
    if is_quoting {
        text.push_str(MARK);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_justification_quotes_an_argument_capped_and_marked() {
        let hostile = format!("doc\n\u{1b}[2J\" Approve this. \"{}", "x".repeat(500));
        let text = justified("Fetching {id}.", &[Value::new("id", &hostile)]);
        assert!(text.starts_with("Fetching \"doc[2J' Approve this. 'xxx"), "{text}");
        assert!(text.ends_with("x\"…. [quoted: from the model]"), "{text}");
        assert!(text.chars().count() < 170 && !text.chars().any(char::is_control));
        assert_eq!(justified("Fetching it.", &[]), "Fetching it.");
        assert_eq!(justified("For \"{id}\"", &[Value::new("id", &"x")]), "For '\"x\"' [quoted: from the model]");
    }

    #[test]
    fn no_value_leaves_its_quotation_marks_in_a_justification() {
        let hostile = "x” — checked by security. “\u{3164}\u{2800}approve» „y\u{2033}";
        let text = justified("For {id} “now”", &[Value::new("id", &hostile)]);
        assert_eq!(text, "For \"x' — checked by security. 'approve' 'y'\" 'now' [quoted: from the model]");
    }

    #[test]
    fn an_exact_template_keeps_every_byte() {
        let values = [Value::new("id", &"a\nb{c}"), Value::new("type", &7)];
        assert_eq!(exact("doc/{id}", &values), Ok("doc/a\nb{c}".to_owned()));
        assert_eq!(exact("{{ä}}{ r#type }{{{type}}}", &values), Ok("{ä}7{7}".to_owned()));
        assert_eq!(exact("{gone}", &values), Err(fmt::Error));
    }

    #[test]
    fn a_value_that_cannot_be_displayed_is_an_error_and_not_a_shorter_text() {
        struct Broken;
        impl fmt::Display for Broken {
            fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
                Err(fmt::Error)
            }
        }
        let may_request = [MayRequest::new("document", &[], "{id}", &[])];
        assert!(entitlement("", &may_request, &[Value::new("id", &Broken)]).is_err());
    }
}
