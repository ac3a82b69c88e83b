//! The model that decides, behind a trait.

use std::sync::Arc;

use async_trait::async_trait;
use http::StatusCode;

use super::{Item, ToolCall};
use crate::{toolset::Toolset, transport::BoxError};

/// A language model that can call tools.
#[async_trait]
pub trait Model: Send + Sync {
    /// The model's next answer in a conversation.
    async fn respond(&self, request: ModelRequest<'_>) -> Result<ModelResponse, ModelError>;
}

#[async_trait]
impl<M: Model + ?Sized> Model for Arc<M> {
    async fn respond(&self, request: ModelRequest<'_>) -> Result<ModelResponse, ModelError> {
        (**self).respond(request).await
    }
}

/// What a model is asked.
#[derive(Clone, Copy, Debug)]
pub struct ModelRequest<'a> {
    /// What it is told first; empty for nothing.
    pub instructions: &'a str,
    /// The conversation so far; it starts with the user.
    pub items: &'a [Item],
    /// What it may call.
    pub tools: &'a Toolset,
}

/// What a model answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelResponse {
    /// Its text, if it wrote one.
    pub text: Option<String>,
    /// The calls that it asks for. Without any, the text is its final answer.
    pub tool_calls: Vec<ToolCall>,
}

impl ModelResponse {
    /// A final answer.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: Some(text.into()), tool_calls: Vec::new() }
    }

    /// Calls of tools.
    pub fn calls(calls: impl IntoIterator<Item = ToolCall>) -> Self {
        Self { text: None, tool_calls: calls.into_iter().collect() }
    }
}

/// A model that gave no answer.
#[derive(Debug, thiserror::Error)]
#[error("the model gave no answer: {message}")]
pub struct ModelError {
    message: String,
    status: Option<StatusCode>,
    #[source]
    source: Option<BoxError>,
}

impl ModelError {
    /// An error with a text for the author and the log. It must hold no key.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), status: None, source: None }
    }

    /// Adds the status of the provider's answer.
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = Some(status);
        self
    }

    /// Adds the error beneath.
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The status of the provider's answer, if it answered.
    pub fn status(&self) -> Option<StatusCode> {
        self.status
    }

    /// Whether the provider limits how often it is asked (429).
    pub fn is_rate_limited(&self) -> bool {
        self.status == Some(StatusCode::TOO_MANY_REQUESTS)
    }
}
