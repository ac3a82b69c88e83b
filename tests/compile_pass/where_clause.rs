#![deny(warnings)]

use jit_tools::jit_tool;

/// Fetches a document.
#[jit_tool]
async fn fetch(id: String) -> String
where
    String: Clone,
{
    id
}

#[test]
fn it_is_a_tool() {
    assert_eq!(jit_tools::tools![fetch].len(), 1);
}
