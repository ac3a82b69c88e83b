//! Secrets go through every path, and appear nowhere: not in `Debug` or `Display`, not in tracing or `log` at any level, not
//! in a panic, not in what a model sees, not in the journal, not in an audit.
//!
//! A test program of its own, since it takes all of the process's tracing.

mod apis;
mod completion;
mod people;
mod runs;
mod tools;
mod world;
mod written;
