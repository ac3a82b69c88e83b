//! The path of a request, decoded once, so that a permission and a handler name the same thing.

use std::{borrow::Cow, str::Utf8Error};

use percent_encoding::percent_decode_str;

/// The most segments that a path may have.
const MAX_SEGMENTS: usize = 256;

/// Returns the decoded segments of a path, such as `["v1", "documents", "Q3 report"]` for `/v1/documents/Q3%20report`.
/// The path `/` has none.
///
/// Each segment is decoded once, as UTF-8, which is what axum's `Path` does. What has a second spelling of the same
/// text, or what another server could read as another path, is an error:
///
/// - an encoded character that needs no encoding (`%5F` for `_`; RFC 3986, section 2.3), and hexadecimal digits in lower
///   case (section 2.1);
/// - a character that has to be encoded and is not. Of those outside of `pchar` (RFC 3986, section 3.3), `[`, `]`, `^`
///   and `|` are taken as they are, since browsers send them so;
/// - an encoded `/` or `\`, a control character, and what is not UTF-8;
/// - an empty segment, also at the end of the path, and `.` and `..`.
///
/// The characters `!$&'()*+,;=:@[]^|` may be encoded or not: clients differ, and both spellings give the same segment.
///
/// ```
/// use jit_tools::resource_server::{PathError, decoded_segments};
///
/// assert_eq!(decoded_segments("/v1/documents/r%C3%A9sum%C3%A9")?, ["v1", "documents", "résumé"]);
/// assert_eq!(decoded_segments("/v1/documents/doc%5F9982"), Err(PathError::NeedlesslyEncoded));
/// assert_eq!(decoded_segments("/v1/documents/%2E%2E/users"), Err(PathError::NeedlesslyEncoded));
/// # Ok::<(), PathError>(())
/// ```
pub fn decoded_segments(path: &str) -> Result<Vec<Cow<'_, str>>, PathError> {
    let relative = path.strip_prefix('/').ok_or(PathError::NotAbsolute)?;
    if relative.is_empty() {
        return Ok(Vec::new());
    }
    let mut segments = Vec::new();
    for segment in relative.split('/') {
        if segments.len() == MAX_SEGMENTS {
            return Err(PathError::TooManySegments);
        }
        segments.push(decode(segment)?);
    }
    Ok(segments)
}

fn decode(segment: &str) -> Result<Cow<'_, str>, PathError> {
    let mut bytes = segment.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let encoded = hex_digit(bytes.next())? << 4 | hex_digit(bytes.next())?;
            match encoded {
                b'/' | b'\\' => return Err(PathError::EncodedSeparator),
                _ if is_unreserved(encoded) => return Err(PathError::NeedlesslyEncoded),
                _ => {}
            }
        } else if !may_stand(byte) {
            return Err(PathError::NotEncoded);
        }
    }
    let decoded = percent_decode_str(segment).decode_utf8()?;
    match &*decoded {
        "" => Err(PathError::EmptySegment),
        "." | ".." => Err(PathError::DotSegment),
        text if text.chars().any(char::is_control) => Err(PathError::ControlCharacter),
        _ => Ok(decoded),
    }
}

/// The value of a hexadecimal digit in upper case.
fn hex_digit(byte: Option<u8>) -> Result<u8, PathError> {
    match byte {
        Some(digit @ b'0'..=b'9') => Ok(digit - b'0'),
        Some(digit @ b'A'..=b'F') => Ok(digit - b'A' + 10),
        Some(b'a'..=b'f') => Err(PathError::LowerCaseHex),
        _ => Err(PathError::IncompleteEncoding),
    }
}

/// RFC 3986, section 2.3.
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

/// Returns true if this byte may stand for itself: `pchar` of RFC 3986, section 3.3, and what browsers leave as it is.
fn may_stand(byte: u8) -> bool {
    is_unreserved(byte) || b"!$&'()*+,;=:@[]^|".contains(&byte)
}

/// Says why a path is not read. The layer answers such a request with 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// There is no path, or it does not begin with `/`.
    #[error("the path does not begin with a slash")]
    NotAbsolute,
    /// The path has more than 256 segments.
    #[error("the path has more than {MAX_SEGMENTS} segments")]
    TooManySegments,
    /// Two slashes follow each other, or a slash ends the path.
    #[error("the path has an empty segment: leave out the second slash, or the one at the end")]
    EmptySegment,
    /// A segment is `.` or `..`.
    #[error("the path has a segment `.` or `..`")]
    DotSegment,
    /// A `%` is not followed by two hexadecimal digits.
    #[error("the path has a `%` without two hexadecimal digits: write `%25` for a percent sign")]
    IncompleteEncoding,
    /// The digits after a `%` are in lower case.
    #[error("the path has an encoding with digits in lower case: write them in upper case")]
    LowerCaseHex,
    /// A letter, a digit, or one of `-._~` is encoded.
    #[error("the path has an encoded letter, digit, `-`, `.`, `_` or `~`: write it as it is")]
    NeedlesslyEncoded,
    /// A character that a path cannot hold is not encoded.
    #[error("the path has a character that has to be percent-encoded as UTF-8")]
    NotEncoded,
    /// A segment holds an encoded slash or backslash.
    #[error("the path has an encoded slash or backslash")]
    EncodedSeparator,
    /// A segment holds a control character.
    #[error("the path has an encoded control character")]
    ControlCharacter,
    /// The decoded bytes are not UTF-8.
    #[error("the path is not encoded as UTF-8")]
    NotUtf8,
}

impl From<Utf8Error> for PathError {
    fn from(_: Utf8Error) -> Self {
        Self::NotUtf8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_has_one_reading_or_none() {
        for (path, expected) in [
            ("/", Ok(vec![])),
            ("/v1/documents/doc_9982", Ok(vec!["v1", "documents", "doc_9982"])),
            ("/Q3%20report", Ok(vec!["Q3 report"])),
            ("/r%C3%A9sum%C3%A9", Ok(vec!["résumé"])),
            ("/-._~", Ok(vec!["-._~"])),
            ("/...", Ok(vec!["..."])),
            // Both spellings of what clients write in two ways.
            ("/a:b@c", Ok(vec!["a:b@c"])),
            ("/a%3Ab%40c", Ok(vec!["a:b@c"])),
            ("/!$&'()*+,;=", Ok(vec!["!$&'()*+,;="])),
            ("/%21%24%26%27%28%29%2A%2B%2C%3B%3D", Ok(vec!["!$&'()*+,;="])),
            ("/[a]^b|c", Ok(vec!["[a]^b|c"])),
            ("/%5Ba%5D%5Eb%7Cc", Ok(vec!["[a]^b|c"])),
            // A plus is a plus: only forms write a space so.
            ("/Q3+report", Ok(vec!["Q3+report"])),
            // Decoded once: what looks encoded then is a text that a client wrote so.
            ("/doc%255F9982", Ok(vec!["doc%5F9982"])),
            ("/%252e%252e", Ok(vec!["%2e%2e"])),
            ("/a%3Fb%23c", Ok(vec!["a?b#c"])),
            ("", Err(PathError::NotAbsolute)),
            ("*", Err(PathError::NotAbsolute)),
            ("v1", Err(PathError::NotAbsolute)),
            ("//", Err(PathError::EmptySegment)),
            ("/v1//documents", Err(PathError::EmptySegment)),
            ("/v1/documents/", Err(PathError::EmptySegment)),
            ("/./a", Err(PathError::DotSegment)),
            ("/a/..", Err(PathError::DotSegment)),
            ("/a/%2E%2E", Err(PathError::NeedlesslyEncoded)),
            ("/a/%2e%2e", Err(PathError::LowerCaseHex)),
            ("/doc%5F9982", Err(PathError::NeedlesslyEncoded)),
            ("/%61", Err(PathError::NeedlesslyEncoded)),
            ("/%7E", Err(PathError::NeedlesslyEncoded)),
            ("/r%c3%a9sum%c3%a9", Err(PathError::LowerCaseHex)),
            ("/r%C3sum", Err(PathError::NotUtf8)),
            ("/%C0%AF", Err(PathError::NotUtf8)),
            ("/a%", Err(PathError::IncompleteEncoding)),
            ("/a%2", Err(PathError::IncompleteEncoding)),
            ("/a%2/b", Err(PathError::IncompleteEncoding)),
            ("/a%GG", Err(PathError::IncompleteEncoding)),
            ("/%u0041", Err(PathError::IncompleteEncoding)),
            ("/a%2Fb", Err(PathError::EncodedSeparator)),
            ("/a%5Cb", Err(PathError::EncodedSeparator)),
            ("/a\\b", Err(PathError::NotEncoded)),
            ("/a b", Err(PathError::NotEncoded)),
            ("/a\"b", Err(PathError::NotEncoded)),
            ("/a{b}", Err(PathError::NotEncoded)),
            ("/résumé", Err(PathError::NotEncoded)),
            ("/a%00", Err(PathError::ControlCharacter)),
            ("/a%0A", Err(PathError::ControlCharacter)),
            ("/a%7F", Err(PathError::ControlCharacter)),
            ("/a%C2%85", Err(PathError::ControlCharacter)),
        ] {
            let read = decoded_segments(path);
            assert_eq!(read, expected.map(|texts| texts.into_iter().map(Cow::from).collect()), "{path}");
        }
    }

    #[test]
    fn a_path_has_at_most_256_segments() {
        assert_eq!(decoded_segments(&"/a".repeat(256)).map(|segments| segments.len()), Ok(256));
        assert_eq!(decoded_segments(&"/a".repeat(257)), Err(PathError::TooManySegments));
    }
}
