//! What a tool's function gets beside its arguments.

use std::{fmt, sync::Arc};

use http::{HeaderMap, StatusCode};
use url::Url;

use crate::{
    challenge::{Challenge, Denial},
    escalation::{ApprovalBinding, EscalationError},
    origin::Origin,
    policy::Entitlement,
    resource::{CallState, Entitled, ResourceClient},
    secret::AccessToken,
    session::JitContext,
    tool::{Tool, ToolError, ToolOutput},
};

/// The context of one call: its task, and an HTTP client that obtains what is missing.
///
/// `#[jit_tool]` passes it to the function and leaves it out of the schema.
pub struct ToolContext {
    jit: JitContext,
    tool: Option<Arc<dyn Tool>>,
    arguments: String,
    state: CallState,
}

impl ToolContext {
    /// A context outside of any tool, to call an annotated function as the ordinary function that it is.
    ///
    /// There is no ceiling then, so that a permission is asked for only where the task's
    /// [policy](crate::Policy::trust_origin) trusts the API.
    pub fn new(jit: &JitContext) -> Self {
        Self { jit: jit.clone(), tool: None, arguments: String::new(), state: CallState::default() }
    }

    pub(crate) fn of_call(jit: &JitContext, tool: &Arc<dyn Tool>, arguments: String) -> Self {
        Self { jit: jit.clone(), tool: Some(Arc::clone(tool)), arguments, state: CallState::default() }
    }

    /// The HTTP client of this call.
    pub fn http(&self) -> ResourceClient<'_> {
        ResourceClient::new(&self.jit, &self.state, self)
    }

    /// The task in which the call runs.
    pub fn jit(&self) -> &JitContext {
        &self.jit
    }

    /// The arguments as the model wrote them.
    pub fn arguments(&self) -> &str {
        &self.arguments
    }

    /// The token that this call should send to `url`, for a client other than [`http`](Self::http): the one that was
    /// obtained for it after [`ToolError::from_challenge`], else the agent's own where the
    /// [policy](crate::Policy::send_agent_token_to) names the origin, else none.
    ///
    /// # Errors
    /// When the agent's own token could not be had.
    pub async fn access_token(&self, url: impl AsRef<str>) -> Result<Option<AccessToken>, ToolError> {
        let origin: Origin = url.as_ref().parse()?;
        if let Some(token) = self.state.token_for(&origin) {
            self.jit.record_use(&origin, &token, self.tool.as_ref().map(|tool| tool.definition().name()));
            return Ok(Some(token));
        }
        if self.jit.policy().allows_agent_token(&origin) {
            return Ok(Some(self.jit.agent().access_token().await?));
        }
        Ok(None)
    }

    /// The error to return for an answer of another HTTP client, if it names a permission that is missing.
    ///
    /// See [`ToolError::from_challenge`].
    pub fn challenge(
        &self,
        url: impl AsRef<str>,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Option<ToolError> {
        let url = Url::parse(url.as_ref()).ok()?;
        let origin = Origin::of(&url)?;
        match Challenge::read(&origin, &Denial { status, headers, body }, self.jit.policy().forms()) {
            Ok(challenge) => challenge.map(|challenge| ToolError::from_challenge(challenge.at(&url))),
            Err(malformed) => {
                tracing::warn!(%origin, %malformed, "an answer is taken as an ordinary one");
                None
            }
        }
    }

    /// Tells that the call has done something that has to be kept, so that its body must not run again.
    ///
    /// Requests of [`http`](Self::http) do so by themselves.
    pub fn note_effect(&self) {
        self.state.note_effect();
    }

    /// Runs the tool, and once more after a challenge that it returned, if a permission is obtained.
    pub(crate) async fn run(&self) -> Result<ToolOutput, ToolError> {
        let Some(tool) = &self.tool else { return Err(ToolError::new("There is no tool to run.")) };
        let mut outcome = tool.call(self).await;
        if let Some(challenge) = outcome.as_ref().err().and_then(ToolError::challenge) {
            // Boxed, since most calls never come here and all of them would carry it.
            outcome = Box::pin(self.obtain_and_run(&**tool, challenge.clone())).await;
        }
        outcome.map_err(|error| match self.state.take_not_obtained() {
            Some(not_obtained) => error.with_not_obtained(not_obtained),
            None => error,
        })
    }

    /// Obtains what a challenge names, and runs the body again.
    async fn obtain_and_run(&self, tool: &dyn Tool, challenge: Challenge) -> Result<ToolOutput, ToolError> {
        let started = self.jit.agent().clock().now();
        self.obtain(&challenge).await?;
        let outcome = tool.call(self).await;
        // A body does not run a third time. A grant that was held before, and is not accepted any more, is replaced in
        // the next call.
        if outcome.as_ref().err().and_then(ToolError::challenge).is_some_and(|again| again.repeats(&challenge)) {
            self.jit.forget_older(&challenge, started);
        }
        outcome
    }

    async fn obtain(&self, challenge: &Challenge) -> Result<(), ToolError> {
        if self.state.has_effects() {
            return Err(EscalationError::effects_to_keep().into());
        }
        let tool = self.tool.as_ref().map_or("", |tool| tool.definition().name());
        let binding = ApprovalBinding::of_call(tool, &self.arguments, challenge.detail());
        let grant = self.jit.follow(challenge, &self.entitlement(), &binding).await?;
        self.state.keep_grant(grant);
        Ok(())
    }
}

impl Entitled for ToolContext {
    fn entitlement(&self) -> Entitlement {
        match &self.tool {
            None => Entitlement::default(),
            // The arguments were understood when the body started. If they are not now, nothing may be asked for.
            Some(tool) => {
                let entitlement = tool.entitlement(&self.arguments).unwrap_or_else(|_| Entitlement::nothing());
                entitlement.of_tool(tool.definition().name())
            }
        }
    }

    fn asks_up_front(&self) -> bool {
        self.tool.as_ref().is_some_and(|tool| tool.asks_up_front())
    }
}

impl fmt::Debug for ToolContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolContext")
            .field("task", self.jit.task_id())
            .field("tool", &self.tool.as_ref().map(|tool| tool.definition().name()))
            .finish_non_exhaustive()
    }
}
