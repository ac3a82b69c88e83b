//! Tests of jit-tools; see the targets in `Cargo.toml`.
