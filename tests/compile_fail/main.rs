//! Each file of a folder here is one mistake, and the `.stderr` beside it what the compiler says of it.
//! `TRYBUILD=overwrite` writes those anew; read what it wrote as the author of the mistake would.
//!
//! What has to compile is in `compile_pass` and part of the target `macros`: a passing case here would make trybuild
//! build all dependencies once more, where checking them is enough.

#[test]
fn mistakes_are_told() {
    trybuild::TestCases::new().compile_fail("compile_fail/*/*.rs");
}
