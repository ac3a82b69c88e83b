//! What `#[jit_tool]` makes of a function, seen from outside.
//!
//! The files of `compile_pass` are modules here: one form of function each, that has to compile without a warning.

mod agreement;
mod arguments;
mod behaviour;
mod contracts;
mod methods;
mod task;
#[path = "../exports/values.rs"]
mod values;

#[path = "../compile_pass/argument_named_like_the_function.rs"]
mod argument_named_like_the_function;
#[path = "../compile_pass/basic.rs"]
mod basic;
#[path = "../compile_pass/borrowed_slice.rs"]
mod borrowed_slice;
#[path = "../compile_pass/borrowed_str.rs"]
mod borrowed_str;
#[path = "../compile_pass/cfg.rs"]
mod cfg;
#[path = "../compile_pass/context_not_first.rs"]
mod context_not_first;
#[path = "../compile_pass/crate_path.rs"]
mod crate_path;
#[path = "../compile_pass/description.rs"]
mod description;
#[path = "../compile_pass/from_a_macro.rs"]
mod from_a_macro;
#[path = "../compile_pass/generic.rs"]
mod generic;
#[path = "../compile_pass/inside_a_function.rs"]
mod inside_a_function;
#[path = "../compile_pass/lifetime_parameter.rs"]
mod lifetime_parameter;
#[path = "../compile_pass/names.rs"]
mod names;
#[path = "../compile_pass/other_attributes.rs"]
mod other_attributes;
#[path = "../compile_pass/private_argument_type.rs"]
pub mod private_argument_type;
#[path = "../compile_pass/result_types.rs"]
mod result_types;
#[path = "../compile_pass/shadowed_names.rs"]
mod shadowed_names;
#[path = "../compile_pass/toolset.rs"]
pub mod toolset;
#[path = "../compile_pass/visibility.rs"]
mod visibility;
#[path = "../compile_pass/where_clause.rs"]
mod where_clause;
