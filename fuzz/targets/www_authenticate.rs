//! `WWW-Authenticate` as a list of challenges; what was read means the same when it is written and read again.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jit_tools::challenge::fuzz_www_authenticate(data));
