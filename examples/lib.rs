//! The parts that the examples are made of. Each example has a folder, whose `main.rs` puts its parts together.

pub mod document_analyst;
pub mod export_schemas;
pub mod human_approval;
