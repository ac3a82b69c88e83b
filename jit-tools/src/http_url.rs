//! URLs of requests: values that stay in their places, and texts that mean what they say.
//!
//! A URL parser changes what it reads: it follows `..`, takes `\` for `/`, drops tabs, and turns `0x7f.1` into
//! `127.0.0.1`. So a text is taken as it is or not at all, and [`url!`](crate::url) encodes each value.

mod base;
mod build;

use std::borrow::Cow;

use percent_encoding::percent_decode;
use url::{Position, Url};

pub use self::{
    base::BaseUrl,
    build::{UrlPart, build},
};

/// The longest URL, in bytes: what the `http` crate takes.
const MAX_LENGTH: usize = 65_534;

/// The number of times that a part of a path is decoded in search of a hidden `..`. Each decoding of a nested `%25` takes
/// two bytes away, so that a long text could keep this busy.
const MAX_DECODINGS: usize = 6;

/// A URL that is not used, since it would not lead where it says.
///
/// The text of this error has nothing of the URL in it, which may hold a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct UrlError(#[from] Fault);

impl UrlError {
    /// The placeholder of [`url!`](crate::url) whose value has no place in a URL, without its braces.
    pub fn placeholder(&self) -> Option<&'static str> {
        match self.0 {
            Fault::EmptyValue { placeholder } | Fault::ClimbingValue { placeholder } => Some(placeholder),
            _ => None,
        }
    }
}

/// What is wrong with a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum Fault {
    #[error("the URL is longer than {MAX_LENGTH} bytes")]
    TooLong,
    #[error(
        "the URL has a character that no URL has (RFC 3986, section 2), or a `%` without two digits: build it with \
         `jit_tools::url!`, which encodes values"
    )]
    Character,
    #[error("the URL is not an absolute http or https URL")]
    NotHttp,
    #[error("the URL has user info before its host: write it without, and send credentials in a header")]
    UserInfo,
    #[error(
        "the URL has a fragment (`#…`), which is never sent: build it with `jit_tools::url!`, which encodes values"
    )]
    Fragment,
    #[error(
        "the path of the URL has a `.` or `..` segment, which leads to another path: build it with `jit_tools::url!`, \
         which refuses one"
    )]
    DotSegment,
    #[error("a parser reads another host or port than the URL says: write both as they are used")]
    Authority,
    #[error("a parser reads another URL than the text says: write it as it is used")]
    Rewritten,
    #[error("the value of `{{{placeholder}}}` is empty or blank, and would leave out a segment of the URL's path")]
    EmptyValue { placeholder: &'static str },
    #[error("the value of `{{{placeholder}}}` has a `.` or `..` segment, which leads to another path")]
    ClimbingValue { placeholder: &'static str },
    #[error("a base URL has no query: write it without `?`")]
    BaseWithQuery,
}

/// What a request may be sent to: a text, a [`Url`], or what [`url!`](crate::url) gives.
///
/// A text is taken only if it means what it says: RFC 3986 characters, no user info, no fragment, no `.` or `..` segment
/// (encoded ones neither), and a host that no parser writes otherwise. A [`Url`] was parsed before, and has lost what the
/// text said: only user info, a fragment and encoded `..` segments can still be seen in it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a URL to send a request to",
    note = "give a text, a `url::Url`, or what `jit_tools::url!(\"https://…/{{value}}\")` returns"
)]
pub trait IntoUrl: sealed::Checked {}

impl<T: sealed::Checked> IntoUrl for T {}

mod sealed {
    use super::{Cow, Url, UrlError, check, parse};

    /// What gives a URL that was checked.
    pub trait Checked {
        /// The URL, if it leads where it says.
        fn checked(self) -> Result<Url, UrlError>;
    }

    impl Checked for &str {
        fn checked(self) -> Result<Url, UrlError> {
            parse(self)
        }
    }

    impl Checked for String {
        fn checked(self) -> Result<Url, UrlError> {
            parse(&self)
        }
    }

    impl Checked for &String {
        fn checked(self) -> Result<Url, UrlError> {
            parse(self)
        }
    }

    impl Checked for Cow<'_, str> {
        fn checked(self) -> Result<Url, UrlError> {
            parse(&self)
        }
    }

    impl Checked for Url {
        fn checked(self) -> Result<Url, UrlError> {
            check(&self)?;
            Ok(self)
        }
    }

    impl Checked for &Url {
        fn checked(self) -> Result<Url, UrlError> {
            self.clone().checked()
        }
    }

    impl Checked for Result<Url, UrlError> {
        fn checked(self) -> Result<Url, UrlError> {
            self?.checked()
        }
    }
}

/// Parses a text that means what it says.
pub(crate) fn parse(text: &str) -> Result<Url, UrlError> {
    if text.len() > MAX_LENGTH {
        return Err(Fault::TooLong.into());
    }
    if !is_written_in_uri_characters(text) {
        return Err(Fault::Character.into());
    }
    let (scheme, rest) = text.split_once("://").ok_or(Fault::NotHttp)?;
    let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let path = rest.split(['?', '#']).next().unwrap_or_default();
    if rest.contains('#') {
        return Err(Fault::Fragment.into());
    }
    if authority.contains('@') {
        return Err(Fault::UserInfo.into());
    }
    if path.split('/').any(climbs) {
        return Err(Fault::DotSegment.into());
    }
    let url = Url::parse(text).map_err(|_| Fault::NotHttp)?;
    let (read_scheme, default_port) = match url.scheme() {
        "http" => ("http", ":80"),
        "https" => ("https", ":443"),
        _ => return Err(Fault::NotHttp.into()),
    };
    let read_authority = &url[Position::BeforeHost..Position::AfterPort];
    let is_as_read = |authority: &str| authority.eq_ignore_ascii_case(read_authority);
    if !is_as_read(authority) && !authority.strip_suffix(default_port).is_some_and(is_as_read) {
        return Err(Fault::Authority.into());
    }
    // The parser encodes a `'` of a query, and an empty path is `/`.
    let slash = if path.is_empty() { "/" } else { "" };
    let (path, query) = rest.split_at(path.len());
    let is_same = url[Position::BeforePath..Position::AfterQuery]
        .strip_prefix(slash)
        .and_then(|read| read.strip_prefix(path))
        .is_some_and(|read| read == query.replace('\'', "%27"));
    if !is_same || !scheme.eq_ignore_ascii_case(read_scheme) {
        return Err(Fault::Rewritten.into());
    }
    Ok(url)
}

/// Checks a URL that was parsed elsewhere, so that its text is gone.
fn check(url: &Url) -> Result<(), UrlError> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Fault::NotHttp.into());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Fault::UserInfo.into());
    }
    if url.fragment().is_some() {
        return Err(Fault::Fragment.into());
    }
    if url.path().split('/').any(climbs) {
        return Err(Fault::DotSegment.into());
    }
    if url.as_str().len() > MAX_LENGTH {
        return Err(Fault::TooLong.into());
    }
    Ok(())
}

/// Returns true if a text has the characters of RFC 3986, section 2, and no others.
fn is_written_in_uri_characters(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte);
    let is_encoded = |(at, _): (usize, _)| {
        let digits = text.as_bytes().get(at + 1..at + 3);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    text.bytes().all(is_allowed) && text.match_indices('%').all(is_encoded)
}

/// Returns true if a segment of a path is `.` or `..` to somebody on the way: to a server that decodes it (once or more
/// often, or in the forms of [`as_read`]), takes an encoded separator for one, drops what nobody sees, or cuts parameters
/// off (`..;x`).
fn climbs(segment: &str) -> bool {
    has_in_a_reading(segment, |text| text.split(['/', '\\', '?', '#']).any(is_dots)).unwrap_or(true)
}

/// Returns true if a segment of a path is empty to somebody on the way, so that what is sent is for all that is beside it.
fn is_blank(segment: &str) -> bool {
    has_in_a_reading(segment, |text| text.chars().all(|letter| matches!(letter, '/' | '\\') || is_dropped(letter)))
        .unwrap_or(true)
}

/// Whether something is true of a text as it is read by somebody, decoded never, once, or more often; `None` where it is
/// not known. Nothing is written like that.
fn has_in_a_reading(segment: &str, is_so: impl Fn(&str) -> bool) -> Option<bool> {
    let mut bytes = Cow::Borrowed(segment.as_bytes());
    for _ in 0..=MAX_DECODINGS {
        if is_so(&as_read(&bytes)) {
            return Some(true);
        }
        let decoded: Vec<u8> = percent_decode(&bytes).collect();
        if decoded.len() == bytes.len() {
            return Some(false);
        }
        bytes = Cow::Owned(decoded);
    }
    None
}

/// What a reader that is not strict makes of bytes: characters of a compatible form are the plain ones (Unicode's NFKC, and
/// slashes that Windows takes for one), and so are sequences that UTF-8 does not have (RFC 3629, section 10).
fn as_read(bytes: &[u8]) -> Cow<'_, str> {
    const PLAIN: [(&[u8], &str); 14] = [
        ("\u{ff0e}".as_bytes(), "."),
        ("\u{fe52}".as_bytes(), "."),
        ("\u{2024}".as_bytes(), "."),
        ("\u{2025}".as_bytes(), ".."),
        ("\u{ff0f}".as_bytes(), "/"),
        ("\u{2044}".as_bytes(), "/"),
        ("\u{2215}".as_bytes(), "/"),
        ("\u{ff3c}".as_bytes(), "\\"),
        ("\u{fe68}".as_bytes(), "\\"),
        ("\u{2216}".as_bytes(), "\\"),
        (b"\xc0\xae", "."),
        (b"\xe0\x80\xae", "."),
        (b"\xc0\xaf", "/"),
        (b"\xe0\x80\xaf", "/"),
    ];
    if bytes.is_ascii() {
        return String::from_utf8_lossy(bytes);
    }
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        let found = PLAIN.iter().find_map(|(form, text)| Some((rest.strip_prefix(*form)?, *text)));
        if let Some((after, text)) = found {
            plain.extend_from_slice(text.as_bytes());
            rest = after;
        } else {
            plain.push(*first);
            rest = after;
        }
    }
    Cow::Owned(String::from_utf8_lossy(&plain).into_owned())
}

fn is_dots(part: &str) -> bool {
    let mut left = part.chars().take_while(|letter| *letter != ';').filter(|letter| !is_dropped(*letter));
    matches!((left.next(), left.next(), left.next()), (Some('.'), None | Some('.'), None))
}

/// Returns true for a character that a reader may leave out: a blank, a control, one that is nowhere seen, and what is not
/// UTF-8.
fn is_dropped(letter: char) -> bool {
    letter.is_whitespace()
        || letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(letter, '\u{feff}' | char::REPLACEMENT_CHARACTER)
}

#[cfg(test)]
mod tests;
