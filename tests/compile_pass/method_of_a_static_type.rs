#![deny(warnings)]

use jit_tools::{jit_tool, jit_toolset};

use crate::task::answer;

struct Documents<'a>(&'a str);

#[jit_toolset]
impl Documents<'static> {
    /// Fetches a document.
    #[jit_tool]
    async fn fetch(&self) -> &str {
        self.0
    }
}

#[tokio::test]
async fn a_set_is_made_of_what_lives_as_long_as_the_program() {
    assert_eq!(answer(Documents::tools(Documents("a")), "").await, "a");
}
