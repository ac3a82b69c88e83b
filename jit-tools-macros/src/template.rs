//! Texts with the values of arguments in them, such as `"Fetching document {document_id} for user query"`.

use proc_macro2::Span;
use syn::{Ident, LitStr, ext::IdentExt};

use crate::diagnostics::{Diagnostics, suggestion};

/// A text whose placeholders all name an argument.
pub(crate) struct Template {
    pub(crate) literal: LitStr,
    pub(crate) pieces: Vec<Piece>,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Piece {
    Text(String),
    Argument(Ident),
}

/// The names that a placeholder may bear.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names<'a> {
    /// The arguments that a model writes.
    pub(crate) arguments: &'a [Ident],
    /// What the function calls that which the call hands in: names that are taken for an argument by mistake.
    pub(crate) handed_in: &'a [Ident],
    /// Whether these are all. Where an author wrote the struct of all arguments, the compiler knows its fields.
    pub(crate) are_all_known: bool,
}

impl Template {
    /// Reads a template; `None` after a mistake, which is noted at the literal.
    pub(crate) fn read(literal: &LitStr, names: Names<'_>, diagnostics: &mut Diagnostics) -> Option<Self> {
        let (pieces, mistakes) = pieces(&literal.value(), names);
        for mistake in &mistakes {
            diagnostics.report(literal, mistake);
        }
        mistakes.is_empty().then(|| Self { literal: literal.clone(), pieces })
    }

    /// The arguments that the placeholders name.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = &Ident> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Argument(name) => Some(name),
        })
    }

    /// What the author wrote between the placeholders.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Text(text) => Some(text.as_str()),
            Piece::Argument(_) => None,
        })
    }
}

fn pieces(template: &str, names: Names<'_>) -> (Vec<Piece>, Vec<String>) {
    let mut pieces = Vec::new();
    let mut mistakes = Vec::new();
    let mut text = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, brace) = rest.split_at(at);
        text.push_str(before);
        rest = if let Some(after) = brace.strip_prefix("{{") {
            text.push('{');
            after
        } else if let Some(after) = brace.strip_prefix("}}") {
            text.push('}');
            after
        } else if let Some(after) = brace.strip_prefix('}') {
            mistakes.push("this `}` closes nothing; write `}}` for a brace in the text".to_owned());
            after
        } else if let Some((inside, after)) = brace.trim_start_matches('{').split_once('}') {
            match argument(inside, names) {
                Ok(argument) => {
                    if !text.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut text)));
                    }
                    pieces.push(Piece::Argument(argument));
                }
                Err(mistake) => mistakes.push(mistake),
            }
            after
        } else {
            mistakes.push(
                "this `{` is never closed; write `{argument}` for a placeholder, or `{{` for a brace in the text"
                    .to_owned(),
            );
            ""
        };
    }
    text.push_str(rest);
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    (pieces, mistakes)
}

/// The argument that a placeholder names.
fn argument(inside: &str, names: Names<'_>) -> Result<Ident, String> {
    let plain = inside.trim().trim_start_matches("r#");
    if let Some(argument) = names.arguments.iter().find(|argument| argument.unraw() == plain) {
        return Ok(argument.clone());
    }
    if let Some((name, _)) = inside.split_once(':') {
        return Err(format!("a placeholder takes no format; write `{{{}}}`", name.trim()));
    }
    if plain.is_empty() {
        return Err("a placeholder names an argument, such as `{id}`; write `{{}}` for braces in the text".to_owned());
    }
    if names.handed_in.iter().any(|name| name.unraw() == plain) {
        return Err(format!(
            "`{plain}` is handed in by the call; a placeholder names an argument that the model writes"
        ));
    }
    if syn::parse_str::<Ident>(plain).is_err() {
        return Err(format!("`{{{inside}}}` is not a placeholder; it takes the name of an argument and nothing else"));
    }
    if !names.are_all_known {
        return Ok(syn::parse_str::<Ident>(inside.trim()).unwrap_or_else(|_| Ident::new_raw(plain, Span::call_site())));
    }
    let known: Vec<_> = names.arguments.iter().map(|argument| argument.unraw().to_string()).collect();
    let known = suggestion(plain, known.iter().map(String::as_str), "the tool has no arguments", "the arguments are");
    Err(format!("no argument is named `{plain}`; {known}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(template: &str) -> (Vec<Piece>, Vec<String>) {
        let arguments = [Ident::new("document_id", Span::call_site()), Ident::new_raw("type", Span::call_site())];
        let handed_in = [Ident::new("cx", Span::call_site())];
        pieces(template, Names { arguments: &arguments, handed_in: &handed_in, are_all_known: true })
    }

    #[test]
    fn placeholders_and_escapes() {
        let (pieces, mistakes) = read("{{ä}} {document_id}/{type}{ r#type }");
        let argument = |name: &str| {
            Piece::Argument(if name == "type" {
                Ident::new_raw(name, Span::call_site())
            } else {
                Ident::new(name, Span::call_site())
            })
        };
        assert_eq!(
            pieces,
            [
                Piece::Text("{ä} ".to_owned()),
                argument("document_id"),
                Piece::Text("/".to_owned()),
                argument("type"),
                argument("type"),
            ]
        );
        assert!(mistakes.is_empty(), "{mistakes:?}");
        assert_eq!(read(""), (vec![], vec![]));
    }

    #[test]
    fn each_mistake_has_its_own_message() {
        for (template, message) in [
            ("{documentid}", "no argument is named `documentid`; did you mean `document_id`?"),
            ("{something_else}", "no argument is named `something_else`; the arguments are `document_id`, `type`"),
            ("{cx}", "`cx` is handed in by the call; a placeholder names an argument that the model writes"),
            ("{}", "a placeholder names an argument, such as `{id}`; write `{{}}` for braces in the text"),
            ("{document_id:?}", "a placeholder takes no format; write `{document_id}`"),
            ("{a.b}", "`{a.b}` is not a placeholder; it takes the name of an argument and nothing else"),
            (
                "{document_id",
                "this `{` is never closed; write `{argument}` for a placeholder, or `{{` for a brace in the text",
            ),
            ("document_id}", "this `}` closes nothing; write `}}` for a brace in the text"),
        ] {
            assert_eq!(read(template).1, [message], "{template}");
        }
    }
}
