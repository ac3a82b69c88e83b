//! Values in a URL, a line each, and a URL as a text.

#![no_main]

#[path = "../../tests/properties/url_oracle.rs"]
mod oracle;

use jit_tools::{BaseUrl, url};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match text.strip_prefix("=") {
        Some(text) => taken(text),
        None => {
            let mut lines = text.splitn(3, '\r');
            let mut next = || lines.next().unwrap_or_default();
            built(next(), next(), next());
        }
    }
});

/// A value stays in its place, whatever it is, or is refused by its name.
fn built(one: &str, two: &str, three: &str) {
    let is_refused = |value: &str| oracle::is_refused(value.as_bytes());
    let expected = if is_refused(one) { Some("one") } else { is_refused(two).then_some("two") };
    match url!("https://a.test/v1/{one}/x/{two}?q={three}&r=1") {
        Err(error) => assert_eq!(error.placeholder(), expected),
        Ok(url) => {
            assert_eq!(expected, None);
            let own = |text: &str| text.as_bytes().to_vec();
            let read = oracle::Read {
                authority: "a.test".to_owned(),
                segments: vec![own("v1"), own(one), own("x"), own(two)],
                parameters: vec![(own("q"), own(three)), (own("r"), own("1"))],
            };
            assert_eq!(oracle::read(url.as_str()), Some(read));
            assert!(BaseUrl::try_from("https://a.test/v1/").expect("it is one").holds(&url));
        }
    }
}

/// A text that is taken is sent as it is written, but for letters of the host and its own port.
fn taken(text: &str) {
    let Ok(url) = url!("{text}") else { return };
    let (scheme, rest) = text.split_once("://").expect("it is absolute");
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let authority = authority.to_ascii_lowercase();
    let default_port = if scheme.eq_ignore_ascii_case("http") { ":80" } else { ":443" };
    let authority = authority.strip_suffix(default_port).unwrap_or(&authority);
    assert_eq!(url.as_str(), format!("{}://{authority}/{path}", scheme.to_ascii_lowercase()));
    assert!(!path.split('/').any(|segment| oracle::climbs(segment.as_bytes())));
}
