//! `Insufficient-Authorization-Details`.

#![no_main]

mod support;

use http::HeaderName;
use jit_tools::challenge::Form;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let name = HeaderName::from_static("insufficient-authorization-details");
    if let Some(headers) = support::header(name, &support::spelled(data, "", "")) {
        support::read(Form::VendorHeader, &headers, b"");
    }
});
