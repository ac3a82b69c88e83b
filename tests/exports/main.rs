//! What each provider is sent, and what comes back.

mod forms;
mod golden;
mod round_trip;
mod subset;
mod types;
mod values;
mod zoo;
