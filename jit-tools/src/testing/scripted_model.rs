//! A model that says what a test wrote down.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::agent::{Item, Model, ModelError, ModelRequest, ModelResponse, ToolCall};

/// A model that gives prepared answers in order, and remembers what it was asked.
///
/// ```
/// use jit_tools::testing::ScriptedModel;
///
/// let model = ScriptedModel::new().calls([("add", r#"{"a":1,"b":2}"#)]).says("It is 3.");
/// ```
#[derive(Clone, Debug, Default)]
pub struct ScriptedModel {
    answers: Vec<ModelResponse>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    given: usize,
    asked: Vec<Vec<Item>>,
}

impl ScriptedModel {
    /// A model without answers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Then answers with calls: names of tools, and their arguments as JSON. The ids are `call_1`, `call_2`, ….
    pub fn calls<'a>(mut self, calls: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let before: usize = self.answers.iter().map(|answer| answer.tool_calls.len()).sum();
        let calls = calls.into_iter().enumerate().map(|(index, (name, arguments))| ToolCall {
            id: format!("call_{}", before + index + 1),
            name: name.to_owned(),
            arguments: arguments.to_owned(),
        });
        self.answers.push(ModelResponse::calls(calls));
        self
    }

    /// Then answers with a text.
    pub fn says(mut self, text: &str) -> Self {
        self.answers.push(ModelResponse::text(text));
        self
    }

    /// The conversations that it was shown, one for each time that it was asked.
    pub fn asked(&self) -> Vec<Vec<Item>> {
        self.state().asked.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing between lock and unlock can panic half-way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Model for ScriptedModel {
    async fn respond(&self, request: ModelRequest<'_>) -> Result<ModelResponse, ModelError> {
        let mut state = self.state();
        state.asked.push(request.items.to_vec());
        let answer = self.answers.get(state.given).cloned();
        state.given += 1;
        answer.ok_or_else(|| ModelError::new("the script has no more answers"))
    }
}
