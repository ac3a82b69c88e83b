//! For tests of agents and tools: a clock that is turned by hand, a network within the process, a scripted model.

mod in_process;
mod manual_clock;
mod scripted_model;

pub use self::{in_process::InProcess, manual_clock::ManualClock, scripted_model::ScriptedModel};
