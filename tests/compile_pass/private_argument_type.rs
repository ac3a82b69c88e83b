#![deny(warnings)]
#![allow(private_interfaces)]

use jit_tools::jit_tool;

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct DocumentId(String);

/// Fetches a document; its argument is more private than it is.
#[jit_tool]
pub async fn fetch(id: DocumentId) -> String {
    id.0
}

#[test]
fn it_is_a_tool() {
    assert_eq!(jit_tools::tools![fetch].len(), 1);
}
