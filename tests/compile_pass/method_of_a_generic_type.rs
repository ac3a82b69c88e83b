#![deny(warnings)]

use jit_tools::{jit_tool, jit_toolset};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::task::answer;

struct Documents<S>(S);

#[jit_toolset]
impl<S: ToString + Default + DeserializeOwned + JsonSchema + Send + Sync + 'static> Documents<S> {
    /// Fetches a document.
    #[jit_tool]
    async fn fetch(&self, #[serde(default)] id: S, #[jit_tool(default = S::default())] other: S) -> String {
        format!("{}/{}/{}", self.0.to_string(), id.to_string(), other.to_string())
    }
}

#[tokio::test]
async fn a_set_is_made_of_each_choice_of_the_types() {
    assert_eq!(answer(Documents::tools(Documents(7_u8)), r#"{"id":8}"#).await, "7/8/0");
    assert_eq!(answer(Documents::tools(Documents("a".to_owned())), "{}").await, "a//");
}
