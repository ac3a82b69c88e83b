//! A crate that has neither serde nor schemars of its own.

use std::{borrow::Cow, collections::BTreeMap};

use jit_tools::{Json, Toolset, jit_tool, jit_toolset, tool::State, tools};

/// Searches.
#[jit_tool(justification = "Searching {text}", may_request(type = "index", identifier = "{text}"))]
pub async fn search(
    text: &str,
    pages: &[u32],
    note: Cow<'_, str>,
    #[serde(default)] words: Option<Vec<String>>,
    #[serde(flatten)] filters: BTreeMap<String, bool>,
    #[schemars(range(min = 1, max = 9))]
    #[jit_tool(default = 3)]
    limit: u8,
    state: State<String>,
) -> Json<Vec<String>> {
    let rest = format!("{text}{pages:?}{note}{words:?}{filters:?}{limit}{}", *state);
    Json(vec![rest])
}

/// An index.
pub struct Index;

#[jit_toolset]
impl Index {
    /// Counts.
    #[jit_tool]
    pub fn count(&self, words: Vec<String>) -> usize {
        words.len()
    }
}

/// All tools.
pub fn all() -> Toolset {
    let mut all = tools![search].with_state(State::new(String::new()));
    let _ = all.merge(Index::tools(Index));
    all
}
