//! The parts of the example `document_analyst`.

pub mod account;
pub mod document_api;
pub mod scripted_model;
pub mod tools;
