//! A file of the journal of tasks; what was read means the same when it is written and read again.

#![no_main]

use sha2::{Digest as _, Sha256};

libfuzzer_sys::fuzz_target!(|data: &[u8]| match data.strip_prefix(b"j") {
    // No fuzzer finds a checksum, so the records are wrapped here: what is behind it is reached as well.
    Some(records) => {
        let lines: Vec<u8> = records.split(|byte| *byte == b'\n').flat_map(line).collect();
        jit_tools::session::journal::fuzz_parse(&lines);
    }
    None => jit_tools::session::journal::fuzz_parse(data),
});

fn line(record: &[u8]) -> Vec<u8> {
    let sum = Sha256::new().chain_update((record.len() as u64).to_be_bytes()).chain_update(record).finalize();
    let sum: String = sum.iter().map(|byte| format!("{byte:02x}")).collect();
    [format!(r#"{{"v":1,"sum":"{sum}","record":"#).as_bytes(), record, b"}\n"].concat()
}
