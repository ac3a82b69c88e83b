#![deny(warnings)]

use jit_tools::{jit_tool, jit_toolset, tools};

struct Documents;

#[jit_toolset(fn = its_tools)]
impl Documents {
    /// Is named like the function that would give the tools.
    #[jit_tool]
    fn tools(&self) {}
}

/// Adds two numbers.
#[jit_tool]
fn add(a: u8, b: u8) -> u8 {
    a + b
}

#[test]
fn methods_and_functions_are_in_one_set() {
    let mut tools = tools![add];
    tools.merge(Documents::its_tools(Documents)).unwrap();
    assert_eq!(tools.len(), 2);
}
