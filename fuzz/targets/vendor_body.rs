//! `{"error": "insufficient_authorization_details", "authorization_details_hint": {…}}`.

#![no_main]

mod support;

use http::HeaderMap;
use jit_tools::challenge::Form;

libfuzzer_sys::fuzz_target!(|data: &[u8]| support::read(Form::VendorBody, &HeaderMap::new(), data));
