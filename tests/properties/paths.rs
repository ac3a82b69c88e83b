//! A text that a client puts into one segment of a path is what the layer reads there.

use jit_tools::resource_server::{PathError, decoded_segments};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;
use url::Url;

use crate::check;

/// All but the unreserved characters (RFC 3986, section 2.3).
const NOT_UNRESERVED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// What `encodeURIComponent` of JavaScript encodes.
const COMPONENT: AsciiSet = NOT_UNRESERVED.remove(b'!').remove(b'\'').remove(b'(').remove(b')').remove(b'*');
/// What has to be encoded in a segment: all that is no `pchar` (RFC 3986, section 3.3).
const NOT_PCHAR: AsciiSet =
    COMPONENT.remove(b'$').remove(b'&').remove(b'+').remove(b',').remove(b';').remove(b'=').remove(b':').remove(b'@');

/// Texts that are likely to be misread, and any others.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z%2F5C./\\\\ _~?#&=+:@\u{0}\u{7f}\u{85}\u{e9}-]{0,8}",
        "(%[0-9A-Fa-f]{2}|[.]){1,3}",
        any::<String>(),
    ]
}

/// Why a text cannot be a segment, in another way than the code has it.
fn refusal(text: &str) -> Option<PathError> {
    if text.is_empty() {
        Some(PathError::EmptySegment)
    } else if text.contains(['/', '\\']) {
        Some(PathError::EncodedSeparator)
    } else if [".", ".."].contains(&text) {
        Some(PathError::DotSegment)
    } else {
        text.chars().any(char::is_control).then_some(PathError::ControlCharacter)
    }
}

fn a_text_is_read_as_it_was_written(cases: u32) {
    check(cases, &text(), |text| {
        for set in [&NOT_UNRESERVED, &COMPONENT, &NOT_PCHAR] {
            let path = format!("/v1/{}/end", utf8_percent_encode(&text, set));
            let read = decoded_segments(&path);
            match refusal(&text) {
                Some(refusal) => prop_assert_eq!(read, Err(refusal), "{}", path),
                None => prop_assert_eq!(read.unwrap(), ["v1", text.as_str(), "end"], "{}", path),
            }
        }
        // The url package leaves some of what is no `pchar` as it is; and it drops what it takes for a dot segment.
        let mut url = Url::parse("https://api.test").unwrap();
        url.path_segments_mut().unwrap().extend(["v1", &text, "end"]);
        if refusal(&text).is_none() && !url.path().starts_with("/v1/end") {
            prop_assert_eq!(decoded_segments(url.path()).unwrap(), ["v1", text.as_str(), "end"], "{}", url);
        }
        Ok(())
    });
}

fn what_is_read_is_read_again_when_it_is_written_anew(cases: u32) {
    check(cases, &"(/|%[0-9A-Fa-f]{2}|[a-zA-Z0-9._~!$&'()*+,;=:@^|-]){0,8}", |tail| {
        let path = format!("/{tail}");
        let Ok(segments) = decoded_segments(&path) else { return Ok(()) };
        // What is read is written again with every character encoded that may be: the same segments.
        let again: String =
            segments.iter().map(|it| format!("/{}", utf8_percent_encode(it, &NOT_UNRESERVED))).collect();
        let again = if again.is_empty() { "/".to_owned() } else { again };
        prop_assert_eq!(decoded_segments(&again).unwrap(), segments.clone(), "{}", path);
        // Each is a segment of the path as it was sent.
        prop_assert_eq!(path.split('/').skip(1).filter(|it| !it.is_empty()).count(), segments.len(), "{}", path);
        Ok(())
    });
}

mod tests {
    crate::property! {
        a_text_is_read_as_it_was_written => long_a_text_is_read_as_it_was_written;
        what_is_read_is_read_again_when_it_is_written_anew => long_what_is_read_is_read_again_when_it_is_written_anew;
    }
}
