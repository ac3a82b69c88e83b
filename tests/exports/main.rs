//! What each provider is sent, and what comes back.

mod canonical;
mod digests;
mod fixtures;
mod forms;
mod golden;
mod mutants;
mod random;
mod round_trip;
mod sets;
mod subset;
mod types;
mod values;
mod wires;
mod zoo;
