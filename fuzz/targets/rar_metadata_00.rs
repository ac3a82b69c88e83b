//! `WWW-Authenticate: Bearer authorization_details=`.

#![no_main]

mod support;

use http::header::WWW_AUTHENTICATE;
use jit_tools::challenge::Form;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let value = support::spelled(data, "Bearer authorization_details=\"", "\"");
    if let Some(headers) = support::header(WWW_AUTHENTICATE, &value) {
        support::read(Form::RarMetadata00, &headers, b"");
    }
});
