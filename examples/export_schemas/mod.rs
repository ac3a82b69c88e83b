//! Tools in the form that each provider takes.

pub mod command_line;
pub mod tools;
