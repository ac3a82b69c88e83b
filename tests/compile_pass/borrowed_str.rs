#![deny(warnings)]

use std::borrow::Cow;

use jit_tools::jit_tool;

/// Fetches a document.
#[jit_tool(justification = "Fetching {id} {note}")]
async fn fetch(id: &str, note: Cow<'_, str>, folder: Option<&str>) -> String {
    format!("{id} {note} {folder:?}")
}

#[test]
fn it_is_a_tool() {
    assert_eq!(jit_tools::tools![fetch].len(), 1);
}
