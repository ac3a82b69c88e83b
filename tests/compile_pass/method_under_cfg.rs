#![deny(warnings)]

use jit_tools::{jit_tool, jit_toolset};

use crate::task::answer;

struct Documents;

#[jit_toolset]
impl Documents {
    const MOST: jit_tools_like::Number = 1;

    /// Is there.
    #[cfg(not(target_os = "none"))]
    #[jit_tool]
    fn fetch(&self) -> u8 {
        Self::MOST
    }

    /// Is not there, and of the same name.
    #[cfg(target_os = "none")]
    #[jit_tool(name = "fetch")]
    fn gone(&self, _no_such: NoSuchType) {}
}

mod jit_tools_like {
    pub(super) type Number = u8;
}

#[tokio::test]
async fn a_method_that_is_not_compiled_vanishes_from_the_set() {
    assert_eq!(answer(Documents::tools(Documents), "").await, "1");
}
