//! Tools in the form that each provider takes: pure functions of a [`ToolDefinition`], one file a provider.
//!
//! To add one, write its file, and name it in [`Provider`] and [`export`].

mod openai_chat;

use serde_json::Value;

use crate::tool::ToolDefinition;

/// A provider's way of taking tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Provider {
    /// `OpenAI` Chat Completions, and the many servers that speak it.
    OpenAiChat,
}

/// A tool in the form that `provider` takes.
pub fn export(provider: Provider, definition: &ToolDefinition) -> Value {
    match provider {
        Provider::OpenAiChat => openai_chat::tool(definition),
    }
}
