#![deny(warnings)]

use jit_tools::{jit_tool, jit_toolset};

use crate::task::answer;

#[async_trait::async_trait]
trait Fetches {
    async fn fetch(&self, id: String) -> String;
}

struct Documents;

#[jit_toolset]
#[async_trait::async_trait]
impl Fetches for Documents {
    /// Fetches a document.
    #[jit_tool]
    async fn fetch(&self, id: String) -> String {
        id
    }
}

#[tokio::test]
async fn async_trait_stands_below_the_set() {
    assert_eq!(answer(Documents::tools(Documents), r#"{"id":"a"}"#).await, "a");
}
