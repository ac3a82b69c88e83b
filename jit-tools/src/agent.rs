//! Agents: instructions, tools and a model, and the loop that runs them in a task.

#[cfg(feature = "genai")]
mod genai_model;
mod model;
mod runner;
mod transcript;

use std::{fmt, sync::Arc};

#[cfg(feature = "genai")]
pub use self::genai_model::{OpenAiModel, OpenAiModelError};
pub use self::{
    model::{Model, ModelError, ModelRequest, ModelResponse},
    runner::{RunError, RunResult, Runner},
    transcript::{Item, ToolCall, ToolResult},
};
use crate::toolset::Toolset;

/// How many times the model is asked in one run, where the author does not say.
const DEFAULT_MAX_TURNS: usize = 10;

/// What an agent is: its instructions, its tools, and the model that decides.
///
/// ```
/// use jit_tools::{
///     Toolset,
///     agent::{Agent, Model, ModelError, ModelRequest, ModelResponse},
/// };
///
/// struct Parrot;
///
/// #[async_trait::async_trait]
/// impl Model for Parrot {
///     async fn respond(&self, request: ModelRequest<'_>) -> Result<ModelResponse, ModelError> {
///         Ok(ModelResponse::text(format!("{} items so far", request.items.len())))
///     }
/// }
///
/// let agent = Agent::builder("Parrot")
///     .instructions("Repeat.")
///     .tools(Toolset::new())
///     .model(Parrot)
///     .build();
/// assert_eq!(agent.name(), "Parrot");
/// ```
#[derive(Clone)]
pub struct Agent {
    name: String,
    instructions: String,
    tools: Toolset,
    model: Arc<dyn Model>,
    max_turns: usize,
}

impl Agent {
    /// An agent of that name. It needs a model before it can be built.
    pub fn builder(name: impl Into<String>) -> AgentBuilder {
        AgentBuilder {
            name: name.into(),
            instructions: String::new(),
            tools: Toolset::new(),
            model: NoModel,
            max_turns: DEFAULT_MAX_TURNS,
        }
    }

    /// The agent's name, for people and logs.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the model is told first.
    pub fn instructions(&self) -> &str {
        &self.instructions
    }

    /// What the model may call.
    pub fn tools(&self) -> &Toolset {
        &self.tools
    }

    /// How many times the model is asked in one run at most.
    pub fn max_turns(&self) -> usize {
        self.max_turns
    }

    fn model(&self) -> &dyn Model {
        &*self.model
    }
}

impl fmt::Debug for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agent")
            .field("name", &self.name)
            .field("tools", &self.tools)
            .field("max_turns", &self.max_turns)
            .finish_non_exhaustive()
    }
}

/// The place of a model that was not given yet: an [`AgentBuilder`] with it cannot be built.
#[derive(Clone, Copy, Debug)]
pub struct NoModel;

/// Sets up an [`Agent`].
#[derive(Clone)]
pub struct AgentBuilder<M = NoModel> {
    name: String,
    instructions: String,
    tools: Toolset,
    model: M,
    max_turns: usize,
}

impl<M> AgentBuilder<M> {
    /// What the model is told first.
    pub fn instructions(mut self, instructions: impl Into<String>) -> Self {
        self.instructions = instructions.into();
        self
    }

    /// What the model may call.
    pub fn tools(mut self, tools: Toolset) -> Self {
        self.tools = tools;
        self
    }

    /// How many times the model is asked in one run at most; 10 otherwise. With 0 it is never asked, and every run
    /// ends with [`RunError::is_max_turns`].
    pub fn max_turns(mut self, turns: usize) -> Self {
        self.max_turns = turns;
        self
    }

    /// The model that decides.
    pub fn model(self, model: impl Model + 'static) -> AgentBuilder<Arc<dyn Model>> {
        let Self { name, instructions, tools, model: _, max_turns } = self;
        AgentBuilder { name, instructions, tools, model: Arc::new(model), max_turns }
    }
}

impl AgentBuilder<Arc<dyn Model>> {
    /// The agent.
    pub fn build(self) -> Agent {
        let Self { name, instructions, tools, model, max_turns } = self;
        Agent { name, instructions, tools, model, max_turns }
    }
}

impl<M> fmt::Debug for AgentBuilder<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentBuilder").field("name", &self.name).field("tools", &self.tools).finish_non_exhaustive()
    }
}
