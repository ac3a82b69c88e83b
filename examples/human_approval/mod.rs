//! The parts of the example `human_approval`.

pub mod document_api;
pub mod stop;
pub mod tools;
pub mod waiting;
