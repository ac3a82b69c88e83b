//! The path of a request, as the layer in front of an API reads it: what a handler would read, or an error.

#![no_main]

#[path = "../../jit-tools/src/resource_server/path.rs"]
mod path;

use path::{PathError, decoded_segments};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    // Servers give it as text: other bytes are refused before.
    let Ok(path) = std::str::from_utf8(data) else { return };
    let Ok(segments) = decoded_segments(path) else { return };

    // What a handler reads: each raw segment, decoded once.
    let raw: Vec<&str> = if path == "/" { Vec::new() } else { path.split('/').skip(1).collect() };
    assert!(path.starts_with('/'));
    assert_eq!(raw.len(), segments.len(), "a segment became two, or none");
    for (raw, segment) in raw.iter().zip(&segments) {
        assert_eq!(Some(segment.as_bytes()), decoded(raw).as_deref());
        assert!(!["", ".", ".."].contains(&&**segment));
        assert!(!segment.contains(['/', '\\']) && !segment.chars().any(char::is_control));
    }

    // With all encoded that may be, it is read as the same; and no encoding of it less, or in lower case, is read at all.
    let again: String = segments.iter().flat_map(|segment| ["/".to_owned(), encoded(segment)]).collect();
    assert_eq!(decoded_segments(if again.is_empty() { "/" } else { &again }).as_ref(), Ok(&segments));
    if let Some(digit) = again.bytes().position(|byte| byte == b'%') {
        let shouted = &again[digit..digit + 3];
        let lower = shouted.to_ascii_lowercase();
        if lower != shouted {
            assert_eq!(decoded_segments(&again.replacen(shouted, &lower, 1)), Err(PathError::LowerCaseHex));
        }
    }
    if let Some(letter) = again.bytes().position(|byte| byte.is_ascii_lowercase()) {
        let needless = format!("{}%{:02X}{}", &again[..letter], again.as_bytes()[letter], &again[letter + 1..]);
        assert_eq!(decoded_segments(&needless), Err(PathError::NeedlesslyEncoded));
    }
});

/// Percent-decoding, written in another way than the package that the layer and axum use.
fn decoded(raw: &str) -> Option<Vec<u8>> {
    let mut parts = raw.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(part.get(..2)?, 16).ok()?);
        bytes.extend(part.get(2..)?.bytes());
    }
    Some(bytes)
}

/// A segment with all encoded but the unreserved characters (RFC 3986, section 2.3).
fn encoded(segment: &str) -> String {
    segment.bytes().fold(String::new(), |text, byte| match byte {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b'~' => text + &char::from(byte).to_string(),
        _ => format!("{text}%{byte:02X}"),
    })
}
