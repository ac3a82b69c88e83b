//! `WWW-Authenticate: Bearer error="insufficient_authorization", authorization_remediation=`.

#![no_main]

mod support;

use http::header::WWW_AUTHENTICATE;
use jit_tools::challenge::Form;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let before = "Bearer error=\"insufficient_authorization\", authorization_remediation=\"";
    let value = support::spelled(data, before, "\"");
    if let Some(headers) = support::header(WWW_AUTHENTICATE, &value) {
        support::read(Form::Remediation, &headers, b"");
    }
});
