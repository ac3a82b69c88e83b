//! What the targets of the challenge forms have in common.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use jit_tools::{
    Challenge,
    challenge::{ChallengeForms, Denial, Form},
};

/// Reads an answer in one form, and checks what holds for whatever is found.
///
/// Once only, and no more than that: what may be done with a detail is the matter of another target, and a run that is
/// twice as long finds half as much.
pub fn read(form: Form, headers: &HeaderMap, body: &[u8]) {
    let status = if form == Form::Remediation { StatusCode::UNAUTHORIZED } else { StatusCode::FORBIDDEN };
    let denial = Denial { status, headers, body };
    let url = "https://a.test/".parse().expect("it is one");
    match Challenge::read(&url, &denial, &ChallengeForms::none().with(form).max_details(8)) {
        Ok(Some(challenge)) => {
            assert_eq!(challenge.form(), form);
            assert!((1..=8).contains(&challenge.details().len()));
            assert!(challenge.details().iter().all(|detail| !detail.kind.is_empty()));
            assert!(challenge.reference().is_none_or(|reference| (1..=1024).contains(&reference.len())));
        }
        Ok(None) => {}
        Err(malformed) => {
            assert_eq!(malformed.form(), form);
            // It says what is wrong in words of its own.
            assert!(malformed.to_string().is_ascii());
        }
    }
}

/// A header of this value, where HTTP can carry it.
#[allow(dead_code, reason = "each target compiles this file for itself")]
pub fn header(name: HeaderName, value: &[u8]) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    headers.insert(name, HeaderValue::from_bytes(value).ok()?);
    Some(headers)
}

/// The input as it is, or where its first byte is a `j` what follows in base64, with `before` and `after` around it: so
/// that what is behind base64 is reached as well as base64 itself.
#[allow(dead_code, reason = "each target compiles this file for itself")]
pub fn spelled(data: &[u8], before: &str, after: &str) -> Vec<u8> {
    match data.strip_prefix(b"j") {
        Some(json) => format!("{before}{}{after}", BASE64_URL_SAFE_NO_PAD.encode(json)).into_bytes(),
        None => data.to_vec(),
    }
}
