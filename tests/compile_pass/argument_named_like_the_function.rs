#![deny(warnings)]

use jit_tools::jit_tool;

/// Searches.
#[jit_tool(justification = "Searching {search}", may_request(type = "index", identifier = "{search}"))]
async fn search(search: String) -> String {
    search
}

#[test]
fn it_is_a_tool() {
    assert_eq!(jit_tools::tools![search].len(), 1);
}
