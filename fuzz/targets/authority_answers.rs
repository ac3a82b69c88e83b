//! Every answer of the authority: tokens, tasks, permissions, errors, what it says of an agent and of an action.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jit_tools::authority::fuzz_answers(data));
