#![deny(warnings)]

use std::sync::Arc;

use jit_tools::{jit_tool, jit_toolset};

use crate::task::answer;

struct Documents(&'static str);

#[jit_toolset]
impl Documents {
    /// Fetches a document.
    #[jit_tool]
    async fn fetch(self: Arc<Self>, id: String) -> String {
        format!("{}/{id}", self.0)
    }
}

#[tokio::test]
async fn a_method_takes_its_value_shared() {
    assert_eq!(answer(Documents::tools(Arc::new(Documents("a"))), r#"{"id":"b"}"#).await, "a/b");
}
