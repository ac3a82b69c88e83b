#![deny(warnings)]

use jit_tools::{jit_tool, tools};

#[test]
fn a_tool_may_stand_in_a_body() {
    #[derive(serde::Deserialize, schemars::JsonSchema)]
    struct Local(String);

    /// Adds.
    #[jit_tool]
    async fn local_tool(local: Local) -> String {
        local.0
    }

    assert_eq!(tools![local_tool].len(), 1);
}
