//! `{"authorization_details": [{…}]}`.

#![no_main]

mod support;

use http::HeaderMap;
use jit_tools::challenge::Form;

libfuzzer_sys::fuzz_target!(|data: &[u8]| support::read(Form::BodyArray, &HeaderMap::new(), data));
