#![deny(warnings)]

use jit_tools::{jit_tool, tools};

#[allow(deprecated)]
mod old {
    /// An old type.
    #[deprecated]
    #[derive(serde::Deserialize, schemars::JsonSchema)]
    pub(super) struct Old(pub(super) u8);
}

/// Takes what is deprecated.
#[allow(deprecated)]
#[jit_tool]
fn allowed(old: old::Old) -> u8 {
    old.0
}

/// Takes what is deprecated.
#[jit_tool]
#[expect(deprecated, reason = "it is still in use")]
fn expected(old: old::Old) -> u8 {
    old.0
}

/// Is deprecated where that is so.
#[jit_tool]
#[cfg_attr(all(), deprecated)]
#[allow(dead_code)]
fn conditional() {}

#[test]
fn a_lint_that_is_allowed_in_the_function_is_in_its_tool() {
    let tools = tools![allowed, expected];
    assert_eq!(tools.len(), 2);
}
