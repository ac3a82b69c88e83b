//! A URL of the parts that `url!` was given.

use std::fmt::{self, Display, Write as _};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::{BaseUrl, Fault, UrlError, climbs, is_blank, parse};

/// All but the unreserved characters (RFC 3986, section 2.3), which mean the same encoded or not.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A part of a URL, in its order. The texts are the author's; each value comes with the name of its placeholder.
#[derive(Clone, Copy)]
pub enum UrlPart<'a> {
    /// What the URL begins with.
    Base(&'a dyn Display),
    /// A part that is sent as it is.
    Text(&'static str),
    /// A segment of the path.
    Segment(&'static str, &'a dyn Display),
    /// A value in the query.
    Query(&'a dyn Display),
}

/// Builds a URL in which each value stays in its place, whatever it is.
///
/// # Errors
/// When a segment would be empty, or lead to another path, and when what the author wrote is no URL.
pub fn build(parts: &[UrlPart<'_>]) -> Result<Url, UrlError> {
    let mut text = String::new();
    let mut parts = parts.iter().peekable();
    while let Some(part) = parts.next() {
        match part {
            UrlPart::Base(base) => {
                let base = base.to_string();
                BaseUrl::try_from(&base)?;
                let goes_on = matches!(parts.peek(), Some(UrlPart::Text(text)) if text.starts_with('/'));
                text.push_str(if goes_on { base.strip_suffix('/').unwrap_or(&base) } else { &base });
            }
            UrlPart::Text(own) => text.push_str(own),
            UrlPart::Segment(placeholder, value) => {
                let from = text.len();
                encode(value, &mut text)?;
                let segment = text.get(from..).unwrap_or_default();
                if climbs(segment) {
                    return Err(Fault::ClimbingValue { placeholder }.into());
                }
                if is_blank(segment) {
                    return Err(Fault::EmptyValue { placeholder }.into());
                }
            }
            UrlPart::Query(value) => encode(value, &mut text)?,
        }
    }
    parse(&text)
}

/// Writes a value, encoded. One that does not end is stopped.
fn encode(value: &dyn Display, text: &mut String) -> Result<(), UrlError> {
    struct Encoded<'a>(&'a mut String);

    impl fmt::Write for Encoded<'_> {
        fn write_str(&mut self, value: &str) -> fmt::Result {
            let left = super::MAX_LENGTH.saturating_sub(self.0.len());
            if value.len() > left {
                return Err(fmt::Error);
            }
            self.0.extend(utf8_percent_encode(value, ENCODED));
            Ok(())
        }
    }

    write!(Encoded(text), "{value}").map_err(|_| Fault::TooLong.into())
}

impl fmt::Debug for UrlPart<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Base(_) => f.write_str("Base"),
            Self::Text(text) => f.debug_tuple("Text").field(text).finish(),
            Self::Segment(placeholder, _) => f.debug_tuple("Segment").field(placeholder).finish(),
            Self::Query(_) => f.write_str("Query"),
        }
    }
}
