#![deny(warnings)]

use jit_tools::{jit_tool, tools};

/// Is there.
#[jit_tool]
fn here() {}

/// Is not there.
#[cfg(target_os = "none")]
#[jit_tool]
fn gone() {}

#[test]
fn a_tool_that_is_not_compiled_vanishes_from_its_set() {
    let tools = tools![
        here,
        #[cfg(target_os = "none")]
        gone,
    ];
    assert_eq!(tools.len(), 1);
}
