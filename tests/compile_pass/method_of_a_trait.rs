#![deny(warnings)]

use jit_tools::{jit_tool, jit_toolset};

use crate::task::answer;

trait Fetches {
    fn fetch(&self, id: String) -> impl Future<Output = String> + Send;
}

struct Documents;

#[jit_toolset]
impl Fetches for Documents {
    /// Fetches a document.
    #[jit_tool]
    async fn fetch(&self, id: String) -> String {
        id
    }
}

#[tokio::test]
async fn a_method_of_a_trait_is_a_tool() {
    assert_eq!(answer(Documents::tools(Documents), r#"{"id":"a"}"#).await, "a");
}
