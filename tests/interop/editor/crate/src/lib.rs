//! What an author has open in an editor, with bodies that are being written.

use jit_tools::{jit_tool, jit_toolset};

/// Counts letters.
#[jit_tool]
pub async fn count(text: &str, #[jit_tool(default = 10)] limit: usize) -> usize {
    text.len().min(limit)
}

/// Is being written.
#[jit_tool]
pub async fn unfinished(words: String) -> usize {
    words.le
}

/// Has a mistake in its attribute, and is being written.
#[jit_tool(naem = "x")]
pub async fn mistaken(title: String) -> usize {
    title.le
}

/// Documents.
pub struct Documents {
    root: String,
}

#[jit_toolset]
impl Documents {
    /// Is being written.
    #[jit_tool]
    pub fn locate(&self, id: String) -> usize {
        self.ro
    }
}
