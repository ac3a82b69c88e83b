#![deny(warnings)]

use jit_tools::jit_tool;

/// Not there.
#[jit_tool]
#[cfg(any())]
async fn absent(argument: NoSuchType) {}

/// Not there either.
#[cfg(any())]
#[jit_tool]
async fn never_expanded(argument: NoSuchType) {}

/// There in place of it.
#[jit_tool]
#[cfg(not(any()))]
async fn absent() {}

#[test]
fn the_one_that_is_there_is_a_tool() {
    assert_eq!(jit_tools::tools![absent].len(), 1);
}
