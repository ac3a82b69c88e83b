//! What `#[jit_tool]` makes of a function, seen from outside.
//!
//! The files of `compile_pass` are modules of `forms`.

mod agreement;
mod arguments;
mod behaviour;
mod contracts;
pub mod forms;
mod integers;
mod methods;
mod references;
mod task;
#[path = "../exports/values.rs"]
mod values;
mod wrapped;
