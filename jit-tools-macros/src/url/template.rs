//! A URL with placeholders, checked: each stands for one segment of the path, or for one value of the query.

use std::net::{Ipv4Addr, Ipv6Addr};

use proc_macro2::{Ident, Span};
use syn::{LitStr, ext::IdentExt as _, parse::Parser as _};

use crate::diagnostics::Diagnostics;

/// A URL with placeholders, each in a place that its value cannot leave.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Template {
    pub(crate) parts: Vec<Part>,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Part {
    Text(String),
    /// What the URL begins with.
    Base(String),
    /// A segment of the path.
    Segment(String),
    /// A value in the query.
    Query(String),
}

/// A text between braces, or outside.
#[derive(Debug, PartialEq)]
enum Piece<'a> {
    Text(&'a str),
    Placeholder(&'a str),
}

impl Template {
    /// Reads a template; each mistake is noted at the literal.
    pub(crate) fn read(literal: &LitStr, diagnostics: &mut Diagnostics) -> Self {
        let text = literal.value();
        let template = pieces(&text).and_then(|pieces| template(&pieces));
        template.unwrap_or_else(|mistake| {
            diagnostics.report(literal, mistake);
            Self::default()
        })
    }

    pub(crate) fn placeholders(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Text(_) => None,
            Part::Base(name) | Part::Segment(name) | Part::Query(name) => Some(name.as_str()),
        })
    }
}

/// Checks a URL below which the requests of a tool stay; a mistake is noted at the literal.
pub(crate) fn check_base(literal: &LitStr, diagnostics: &mut Diagnostics) {
    let text = literal.value();
    let mistake = if text.contains(['{', '}']) {
        Some("`base_url` is the same for all calls, and has no placeholders".to_owned())
    } else if text.contains('?') {
        Some("`base_url` has no query: leave out what begins with `?`".to_owned())
    } else {
        template(&[Piece::Text(&text)]).err()
    };
    if let Some(mistake) = mistake {
        diagnostics.report(literal, mistake);
    }
}

/// The name of a placeholder, as the author's code knows it.
pub(crate) fn ident(name: &str, span: Span) -> Ident {
    syn::parse_str::<Ident>(name).map_or_else(|_| Ident::new_raw(name, span), |_| Ident::new(name, span))
}

fn pieces(text: &str) -> Result<Vec<Piece<'_>>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, brace) = rest.split_at(at);
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        if brace.starts_with("{{") || brace.starts_with('}') {
            return Err("a URL has no braces but those of placeholders: write `%7B` and `%7D`".to_owned());
        }
        let inside = brace.trim_start_matches('{');
        let Some((name, after)) = inside.split_once('}') else {
            return Err("this `{` is never closed; write `{value}` for a placeholder".to_owned());
        };
        pieces.push(Piece::Placeholder(placeholder(name)?));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    Ok(pieces)
}

fn placeholder(inside: &str) -> Result<&str, String> {
    let name = inside.trim().trim_start_matches("r#");
    if name.is_empty() {
        return Err("a placeholder has a name: write `{value}`, and `, value = …` after the text".to_owned());
    }
    if let Some((name, _)) = inside.split_once(':') {
        return Err(format!("a placeholder takes no format; write `{{{}}}`", name.trim()));
    }
    let is_name = Ident::parse_any.parse_str(name).is_ok();
    // These cannot be the names of values.
    if !is_name || ["_", "self", "Self", "super", "crate"].contains(&name) {
        return Err(format!(
            "`{{{inside}}}` is not a name: write `{{value}}`, and `, value = {inside}` after the text"
        ));
    }
    Ok(name)
}

/// The place in a URL that the next piece continues.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Path,
    Query,
}

fn template(pieces: &[Piece<'_>]) -> Result<Template, String> {
    if pieces.is_empty() {
        return Err(NOT_ABSOLUTE.to_owned());
    }
    let mut parts = Vec::new();
    let mut place = Place::Path;
    let mut before = "";
    for (at, piece) in pieces.iter().enumerate() {
        let next = match pieces.get(at + 1) {
            None => "",
            Some(Piece::Text(text)) => text,
            Some(Piece::Placeholder(_)) => "{",
        };
        match piece {
            Piece::Placeholder(name) if at == 0 => parts.push(Part::Base((*name).to_owned())),
            Piece::Placeholder(name) => {
                parts.push(placed(name, place, before, next)?);
                before = "";
            }
            Piece::Text(text) => {
                if matches!(parts.as_slice(), [Part::Base(_)]) && !text.starts_with(['/', '?']) {
                    return Err("the base is followed by `/`: write `{base}/documents`".to_owned());
                }
                let text_of_path = if at == 0 { after_authority(text, !next.is_empty())? } else { text };
                place = check_text(text_of_path, place)?;
                parts.push(Part::Text((*text).to_owned()));
                before = text_of_path;
            }
        }
    }
    Ok(Template { parts })
}

/// The placeholder in its place.
fn placed(name: &str, place: Place, before: &str, next: &str) -> Result<Part, String> {
    match place {
        Place::Path if before.ends_with('/') && (next.is_empty() || next.starts_with(['/', '?'])) => {
            Ok(Part::Segment(name.to_owned()))
        }
        Place::Path => Err(format!(
            "`{{{name}}}` is a whole segment of the path: write `/{{{name}}}/`, and put what belongs to it into the value"
        )),
        Place::Query if ends_in_a_key(before) && (next.is_empty() || next.starts_with('&')) => {
            Ok(Part::Query(name.to_owned()))
        }
        Place::Query => Err(format!(
            "`{{{name}}}` is a whole value of the query: write `?name={{{name}}}`, and `&` before the next name"
        )),
    }
}

/// Returns true if a text ends in `?key=` or `&key=`.
fn ends_in_a_key(text: &str) -> bool {
    let last = text.rfind(['?', '&']).and_then(|at| text.get(at + 1..));
    last.and_then(|last| last.strip_suffix('=')).is_some_and(|key| !key.is_empty() && !key.contains('='))
}

const NOT_ABSOLUTE: &str =
    "a URL begins with `https://` (or `http://`), or with a placeholder for all of that: `{base}/…`";

/// What comes after the host, whose parts are checked.
fn after_authority(text: &str, goes_on: bool) -> Result<&str, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).ok_or(NOT_ABSOLUTE)?;
    let end = rest.find(['/', '?', '#', '\\']);
    let (authority, path) = rest.split_at(end.unwrap_or(rest.len()));
    if end.is_none() && goes_on {
        return Err("no value is a part of the host: write one placeholder for all before the path, as in `{base}/…`"
            .to_owned());
    }
    if authority.contains('@') {
        return Err("a URL has no user info: leave out what stands before `@`".to_owned());
    }
    if is_authority(authority) {
        return Ok(path);
    }
    Err(format!(
        "`{authority}` is not a host as a request is sent to it: write it in ASCII (`xn--…`), and an address in its plain form"
    ))
}

/// Returns true if a parser takes a host, with or without a port, as it is written.
fn is_authority(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !host.starts_with('[') || host.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    if !port.is_none_or(|port| port.parse::<u16>().is_ok_and(|number| number.to_string() == port)) {
        return false;
    }
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return address.parse::<Ipv6Addr>().is_ok_and(|read| read.to_string() == address);
    }
    // A host whose last part is a number is an address, and is written otherwise if it is not in its plain form.
    let last = host.strip_suffix('.').unwrap_or(host).rsplit('.').next().unwrap_or_default();
    let is_number = last.starts_with("0x") || last.starts_with("0X") || last.bytes().all(|byte| byte.is_ascii_digit());
    let is_name = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    !host.is_empty() && is_name && (!is_number || host.parse::<Ipv4Addr>().is_ok())
}

/// Checks what the author wrote of the path and the query, and returns the place where it ends.
fn check_text(text: &str, place: Place) -> Result<Place, String> {
    if text.contains('#') {
        return Err("a fragment is never sent: leave out what begins with `#`".to_owned());
    }
    if text.contains('\\') {
        return Err("a `\\` is taken for a `/` by some and not by others: write `/`".to_owned());
    }
    let is_allowed = |letter: char| letter.is_ascii_alphanumeric() || "-._~:/?[]@!$&'()*+,;=%".contains(letter);
    if let Some(letter) = text.chars().find(|letter| !is_allowed(*letter)) {
        return Err(format!(
            "`{}` stands in no URL (RFC 3986): write it encoded, as in `%20`",
            letter.escape_default()
        ));
    }
    let is_encoded = |(at, _): (usize, &str)| {
        text.as_bytes().get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    if !text.match_indices('%').all(is_encoded) {
        return Err("a `%` stands before two hexadecimal digits: write `%25` for the sign itself".to_owned());
    }
    if place == Place::Query {
        return Ok(Place::Query);
    }
    let (path, has_query) = text.split_once('?').map_or((text, false), |(path, _)| (path, true));
    let mut segments = path.split('/').peekable();
    // What stands before the first slash belongs to what was before.
    segments.next();
    while let Some(segment) = segments.next() {
        if is_dots(segment) {
            return Err("a `.` or `..` segment leads to another path: write the path that is meant".to_owned());
        }
        if segment.is_empty() && segments.peek().is_some() {
            return Err("`//` has an empty segment in it: write `/`".to_owned());
        }
    }
    Ok(if has_query { Place::Query } else { Place::Path })
}

/// Returns true if a segment is `.` or `..`, encoded or not.
fn is_dots(segment: &str) -> bool {
    let decoded = segment.to_ascii_lowercase().replace("%2e", ".");
    matches!(decoded.as_str(), "." | "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Part>, String> {
        pieces(text).and_then(|pieces| template(&pieces)).map(|template| template.parts)
    }

    #[test]
    fn each_placeholder_has_its_place() {
        let text = |text: &str| Part::Text(text.to_owned());
        let segment = |name: &str| Part::Segment(name.to_owned());
        let query = |name: &str| Part::Query(name.to_owned());
        for (template, parts) in [
            ("https://a.test", vec![text("https://a.test")]),
            ("http://127.0.0.1:80/v1/", vec![text("http://127.0.0.1:80/v1/")]),
            ("http://[::1]:8080/x?y=[1]&z", vec![text("http://[::1]:8080/x?y=[1]&z")]),
            ("https://a.test/{ id }", vec![text("https://a.test/"), segment("id")]),
            (
                "https://a.test/{a}/{r#b}/",
                vec![text("https://a.test/"), segment("a"), text("/"), segment("b"), text("/")],
            ),
            (
                "https://a.test/{id}?q={q}&n={n}",
                vec![text("https://a.test/"), segment("id"), text("?q="), query("q"), text("&n="), query("n")],
            ),
            ("https://a.test?q={q}", vec![text("https://a.test?q="), query("q")]),
            ("{API}/v1/{id}", vec![Part::Base("API".to_owned()), text("/v1/"), segment("id")]),
            ("{API}?q={q}", vec![Part::Base("API".to_owned()), text("?q="), query("q")]),
            ("{API}", vec![Part::Base("API".to_owned())]),
        ] {
            assert_eq!(read(template), Ok(parts), "{template}");
        }
    }

    #[test]
    fn each_mistake_has_its_own_message() {
        for (template, message) in [
            ("", NOT_ABSOLUTE),
            ("/documents/{id}", NOT_ABSOLUTE),
            ("ftp://a.test/{id}", NOT_ABSOLUTE),
            ("https://{host}/x", "no value is a part of the host"),
            ("https://a.test:{port}/x", "no value is a part of the host"),
            ("https://a.test{path}", "no value is a part of the host"),
            ("https://user@a.test/", "a URL has no user info"),
            ("https://0x7f.1/", "`0x7f.1` is not a host"),
            ("https:///x", "`` is not a host"),
            ("https://a.test:/x", "`a.test:` is not a host"),
            ("https://a.test:080/x", "`a.test:080` is not a host"),
            ("https://bücher.example/", "`bücher.example` is not a host"),
            ("https://[0:0::1]/", "`[0:0::1]` is not a host"),
            ("https://a.test/x{id}", "`{id}` is a whole segment"),
            ("https://a.test/{id}.pdf", "`{id}` is a whole segment"),
            ("https://a.test/{a}{b}", "`{a}` is a whole segment"),
            ("{base}{id}", "`{id}` is a whole segment"),
            ("{base}x", "the base is followed by `/`"),
            ("https://a.test/?{q}", "`{q}` is a whole value"),
            ("https://a.test/?={q}", "`{q}` is a whole value"),
            ("https://a.test/?q=x{q}", "`{q}` is a whole value"),
            ("https://a.test/?q={q}x", "`{q}` is a whole value"),
            ("https://a.test/?q={a}{b}", "`{a}` is a whole value"),
            ("https://a.test/?q={a}&{b}", "`{b}` is a whole value"),
            ("https://a.test/../{id}", "a `.` or `..` segment"),
            ("https://a.test/{id}/%2E.", "a `.` or `..` segment"),
            ("https://a.test/.", "a `.` or `..` segment"),
            ("https://a.test//{id}", "`//` has an empty segment"),
            ("https://a.test/{id}//x", "`//` has an empty segment"),
            ("https://a.test\\x", "a `\\` is taken for a `/`"),
            ("https://a.test/#{id}", "a fragment is never sent"),
            ("https://a.test/a b", "` ` stands in no URL"),
            ("https://a.test/\t", "`\\t` stands in no URL"),
            ("https://a.test/100%", "a `%` stands before two"),
            ("https://a.test/{id", "this `{` is never closed"),
            ("https://a.test/{{id}}", "a URL has no braces"),
            ("https://a.test/}", "a URL has no braces"),
            ("https://a.test/{}", "a placeholder has a name"),
            ("https://a.test/{id:?}", "a placeholder takes no format; write `{id}`"),
            ("https://a.test/{self.id}", "`{self.id}` is not a name: write `{value}`, and `, value = self.id`"),
            ("https://a.test/{0}", "`{0}` is not a name"),
        ] {
            let mistake = read(template).unwrap_err();
            assert!(mistake.starts_with(message), "{template}: {mistake}");
        }
    }
}
