//! The loop: ask the model, run what it calls, tell it what that gave, until it answers.

use std::{error::Error as StdError, fmt};

use futures_util::future::join_all;

use super::{Agent, Item, ModelError, ModelRequest, ToolCall, ToolResult};
use crate::{session::JitContext, tool::CallOptions, toolset::Toolset};

/// How many calls of one turn are run. A model that asks for more is told that the others were not.
const MAX_CALLS_OF_A_TURN: usize = 128;

/// Runs agents in a task: all permissions that their tools obtain belong to it.
#[derive(Clone, Copy, Debug)]
pub struct Runner<'a> {
    jit: &'a JitContext,
    options: Option<&'a CallOptions>,
}

impl<'a> Runner<'a> {
    /// A runner in that task. It does not complete the task.
    pub fn new(jit: &'a JitContext) -> Self {
        Self { jit, options: None }
    }

    /// Gives each call these options: data of the user for whom it runs, or who approves calls, for instance.
    pub fn call_options(mut self, options: &'a CallOptions) -> Self {
        self.options = Some(options);
        self
    }

    /// Runs an agent on what a user says, until it answers without calling a tool.
    ///
    /// The calls of one turn run concurrently, and are answered in the model's order. A call that fails is answered
    /// with what the model is told of the error, and the run goes on.
    ///
    /// # Errors
    /// When the model gives no answer, or has not come to an end after [`Agent::max_turns`] turns. The error holds
    /// what was said and done until then.
    pub async fn run(&self, agent: &Agent, input: impl Into<String>) -> Result<RunResult, RunError> {
        let mut items = vec![Item::User(input.into())];
        for turn in 1..=agent.max_turns() {
            tracing::debug!(agent = agent.name(), turn, "asking the model");
            let request = ModelRequest { instructions: agent.instructions(), items: &items, tools: agent.tools() };
            let response = match agent.model().respond(request).await {
                Ok(response) => response,
                Err(error) => return Err(RunError { kind: Kind::Model(error), items }),
            };
            let calls = response.tool_calls.clone();
            items.push(Item::Assistant { text: response.text, tool_calls: response.tool_calls });
            if calls.is_empty() {
                return Ok(RunResult { items, turns: turn });
            }
            let results = self.run_calls(agent.tools(), calls).await;
            items.extend(results.into_iter().map(Item::ToolResult));
        }
        Err(RunError { kind: Kind::MaxTurns(agent.max_turns()), items })
    }

    async fn run_calls(&self, tools: &Toolset, calls: Vec<ToolCall>) -> Vec<ToolResult> {
        join_all(calls.into_iter().enumerate().map(|(index, call)| async move {
            let ToolCall { id: call_id, name, arguments } = call;
            if index >= MAX_CALLS_OF_A_TURN {
                let text = format!("Not run: at most {MAX_CALLS_OF_A_TURN} calls are run at once. Call it again.");
                return ToolResult { call_id, name, text, parts: Vec::new(), is_error: true };
            }
            let outcome = match self.options {
                Some(options) => tools.call_with(self.jit, &name, arguments, options).await,
                None => tools.call(self.jit, &name, arguments).await,
            };
            match outcome {
                Ok(output) => {
                    let parts = output.content().to_vec();
                    ToolResult { call_id, name, text: output.into_text(), parts, is_error: false }
                }
                Err(error) => {
                    tracing::info!(tool = %name.escape_debug(), %error, "a call failed");
                    ToolResult { call_id, name, text: error.for_model(), parts: Vec::new(), is_error: true }
                }
            }
        }))
        .await
    }
}

/// A run that came to an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunResult {
    items: Vec<Item>,
    turns: usize,
}

impl RunResult {
    /// The model's final answer; empty when it ended without a text.
    pub fn final_output(&self) -> &str {
        match self.items.last() {
            Some(Item::Assistant { text: Some(text), .. }) => text,
            _ => "",
        }
    }

    /// All that was said and done, in order; the first item is what the user said.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// How many times the model was asked.
    pub fn turns(&self) -> usize {
        self.turns
    }
}

/// A run that came to no end.
pub struct RunError {
    kind: Kind,
    items: Vec<Item>,
}

enum Kind {
    Model(ModelError),
    MaxTurns(usize),
}

impl RunError {
    /// Whether the model had still not answered after the last turn that it was given.
    pub fn is_max_turns(&self) -> bool {
        matches!(self.kind, Kind::MaxTurns(_))
    }

    /// The model's error, if it gave no answer.
    pub fn model_error(&self) -> Option<&ModelError> {
        match &self.kind {
            Kind::Model(error) => Some(error),
            Kind::MaxTurns(_) => None,
        }
    }

    /// What was said and done until then.
    pub fn items(&self) -> &[Item] {
        &self.items
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Model(error) => error.fmt(f),
            Kind::MaxTurns(turns) => write!(
                f,
                "the agent had no final answer after {turns} turns; give it more with Agent::builder(…).max_turns(…)"
            ),
        }
    }
}

impl fmt::Debug for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What was said may be long, and is nobody else's business.
        write!(f, "RunError({self}, after {} items)", self.items.len())
    }
}

impl StdError for RunError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.kind {
            Kind::Model(error) => error.source(),
            Kind::MaxTurns(_) => None,
        }
    }
}
