#![deny(warnings)]

use jit_tools::jit_tool;

const TEXT: &str = "Reads a constant.";

#[jit_tool(description = TEXT)]
fn constant() {}

#[jit_tool(description = concat!("Reads ", "two."))]
fn joined() {}

#[doc = include_str!("description.txt")]
#[jit_tool]
fn file() {}

/// Before.
#[doc = concat!("In the ", "middle.")]
///
/// After.
#[jit_tool]
fn mixed() {}

#[test]
fn each_is_what_the_model_reads() {
    let tools = jit_tools::tools![constant, joined, file, mixed];
    let texts: Vec<_> = tools.definitions().map(jit_tools::ToolDefinition::description).collect();
    assert_eq!(texts, ["Reads a constant.", "Reads two.", "Reads a file.\n", "Before.\nIn the middle.\n\nAfter."]);
}
