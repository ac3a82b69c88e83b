//! A digest that is the same on every run and platform.

pub(super) use crate::digest::sha256_hex as hex;
