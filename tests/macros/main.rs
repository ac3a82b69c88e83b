//! What `#[jit_tool]` makes of a function, seen from outside.
//!
//! The files of `compile_pass` are modules here: one form of function each, that has to compile without a warning.

mod behaviour;
mod task;

#[path = "../compile_pass/argument_named_like_the_function.rs"]
mod argument_named_like_the_function;
#[path = "../compile_pass/basic.rs"]
mod basic;
#[path = "../compile_pass/cfg.rs"]
mod cfg;
#[path = "../compile_pass/context_not_first.rs"]
mod context_not_first;
#[path = "../compile_pass/crate_path.rs"]
mod crate_path;
#[path = "../compile_pass/from_a_macro.rs"]
mod from_a_macro;
#[path = "../compile_pass/inside_a_function.rs"]
mod inside_a_function;
#[path = "../compile_pass/names.rs"]
mod names;
#[path = "../compile_pass/other_attributes.rs"]
mod other_attributes;
#[path = "../compile_pass/private_argument_type.rs"]
pub mod private_argument_type;
#[path = "../compile_pass/shadowed_names.rs"]
mod shadowed_names;
#[path = "../compile_pass/visibility.rs"]
mod visibility;
