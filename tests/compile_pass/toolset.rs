#![deny(warnings, missing_docs, clippy::pedantic)]

//! Methods over a shared value.

use std::sync::Arc;

use jit_tools::{ToolContext, jit_tool, jit_toolset};

/// Where documents are.
#[derive(Debug)]
pub struct Documents<S> {
    store: S,
}

#[jit_toolset]
impl<S: AsRef<str> + Send + Sync + 'static> Documents<S> {
    /// Fetches a document.
    #[jit_tool]
    pub fn fetch(&self, cx: &ToolContext, id: &str) -> String {
        let _ = cx;
        format!("{}/{id}", self.store.as_ref())
    }

    /// Names the store.
    #[jit_tool]
    fn store(self: Arc<Self>) -> String {
        self.store.as_ref().to_owned()
    }
}

#[jit_toolset(fn = admin_tools)]
impl<S: AsRef<str> + Send + Sync + 'static> Documents<S> {
    /// Deletes all documents.
    #[jit_tool(destructive)]
    pub(crate) fn clear(&self) -> usize {
        self.store.as_ref().len()
    }
}

#[test]
fn both_blocks_have_tools() {
    let documents = Arc::new(Documents { store: "s" });
    assert_eq!(Documents::tools(Arc::clone(&documents)).len(), 2);
    assert_eq!(Documents::admin_tools(documents).len(), 1);
}
