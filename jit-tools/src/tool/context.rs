//! What a tool's function gets beside its arguments.

use std::{
    fmt,
    pin::pin,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use futures_util::future::{Either, select};
use http::{HeaderMap, StatusCode};

use crate::{
    challenge::{Challenge, Denial},
    escalation::{ApprovalBinding, EscalationError, Purpose},
    http_url::{BaseUrl, IntoUrl, UrlError},
    origin::Origin,
    policy::Entitlement,
    resource::{CallState, Entitled, ResourceClient, ResourceError, admit},
    secret::AccessToken,
    session::JitContext,
    tool::{
        CallOptions, Retry, State, Tool, ToolDefinition, ToolError, ToolOutput, TypeMap, arguments, check,
        contract::Fault, function::ToolRef,
    },
    transport::content_encoding,
};

/// How often it is looked whether a call that waits for a permission still does.
const WHILE_WAITING: Duration = Duration::from_millis(100);

/// The context of one call: its task, and an HTTP client that obtains what is missing.
///
/// `#[jit_tool]` passes it to the function and leaves it out of the schema.
pub struct ToolContext {
    jit: JitContext,
    tool: Option<ToolRef>,
    arguments: String,
    /// The arguments as they could be read, if they could not be as the model wrote them.
    reworded: OnceLock<String>,
    state: CallState,
    /// What the tools of a set share.
    shared: Option<Arc<TypeMap>>,
    options: Option<Box<CallOptions>>,
}

impl ToolContext {
    /// A context outside of any tool, to call an annotated function as the ordinary function that it is.
    ///
    /// There is no ceiling then, so that a permission is asked for only where the task's
    /// [policy](crate::Policy::trust_origin) trusts the API.
    pub fn new(jit: &JitContext) -> Self {
        Self {
            jit: jit.clone(),
            tool: None,
            arguments: String::new(),
            reworded: OnceLock::new(),
            state: CallState::default(),
            shared: None,
            options: None,
        }
    }

    #[inline]
    pub(crate) fn of_call(
        jit: &JitContext,
        tool: &ToolRef,
        arguments: String,
        shared: Option<&Arc<TypeMap>>,
        options: Option<&CallOptions>,
    ) -> Self {
        Self {
            jit: jit.clone(),
            tool: Some(tool.clone()),
            arguments: if arguments.starts_with('{') { arguments } else { arguments::unwrapped(arguments) },
            reworded: OnceLock::new(),
            state: CallState::default(),
            shared: shared.map(Arc::clone),
            options: options.cloned().map(Box::new),
        }
    }

    pub(crate) fn state<T: ?Sized + 'static>(&self) -> Option<&State<T>> {
        self.shared.as_ref()?.get()
    }

    pub(crate) fn options(&self) -> Option<&CallOptions> {
        self.options.as_deref()
    }

    /// The HTTP client of this call.
    pub fn http(&self) -> ResourceClient<'_> {
        ResourceClient::new(&self.jit, &self.state, self)
    }

    /// The task in which the call runs.
    pub fn jit(&self) -> &JitContext {
        &self.jit
    }

    /// The arguments as the model wrote them, but for two habits that say nothing else: an object that is written as a
    /// JSON string is the object, and once the tool has read `30.0` as an integer, it is `30`.
    pub fn arguments(&self) -> &str {
        self.reworded.get().unwrap_or(&self.arguments)
    }

    /// Reads arguments that could not be read as they are written: with each integer written as one (`30` for `30.0`), if
    /// that makes a difference. The ranges are those of the integers then.
    #[cold]
    pub(crate) fn reread<'a, A>(
        &'a self,
        error: ToolError,
        parse: fn(&'a str) -> Result<A, ToolError>,
    ) -> Result<A, ToolError> {
        let definition = match &self.tool {
            Some(tool) if error.is_invalid_arguments() && self.reworded.get().is_none() => tool.definition(),
            _ => return Err(error),
        };
        let Some(reworded) = definition.with_integers(&self.arguments) else { return Err(error) };
        check_constraints(definition, &reworded)?;
        parse(self.reworded.get_or_init(|| reworded))
    }

    /// The token that this call should send to `url`, for a client other than [`http`](Self::http): the one that was
    /// obtained for it after [`ToolError::from_challenge`], else the agent's own for this API where the
    /// [policy](crate::Policy::send_agent_token_to) names the URL, else none.
    ///
    /// # Errors
    /// When the agent's own token could not be had, and for a URL that [`http`](Self::http) would not send a request to.
    /// Give the other client the same URL.
    pub async fn access_token(&self, url: impl IntoUrl) -> Result<Option<AccessToken>, ToolError> {
        let url = url.checked().map_err(ResourceError::from)?;
        admit(&url, self, self.jit.policy())?;
        let origin = Origin::try_from(&url)?;
        if let Some(token) = self.state.token_for(&origin) {
            self.jit.record_use(&origin, &token, self.tool());
            return Ok(Some(token));
        }
        if self.jit.policy().allows_agent_token(&url) {
            let token = self.jit.agent().access_token_for(&origin).await?;
            self.jit.record_use(&origin, &token, self.tool());
            self.state.note_handed_out(&token);
            return Ok(Some(token));
        }
        Ok(None)
    }

    /// The error to return for an answer of another HTTP client, if it names a permission that is missing. A body with a
    /// content coding has to be decoded before, and its `Content-Encoding` left out.
    ///
    /// `None` also for a URL that [`http`](Self::http) would not send a request to. See [`ToolError::from_challenge`].
    pub fn challenge(
        &self,
        url: impl IntoUrl,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Option<ToolError> {
        let url = url.checked().ok()?;
        admit(&url, self, self.jit.policy()).ok()?;
        let origin = Origin::of(&url)?;
        let challenge = Challenge::read(&url, &Denial { status, headers, body }, self.jit.policy().forms());
        let challenge = challenge.and_then(|challenge| match challenge {
            Some(challenge) => {
                let (sent, held) = (self.state.handed_out(), self.jit.tokens_at(&origin));
                challenge.repeating_none_of(sent.iter().chain(&held)).map(Some)
            }
            None => Ok(None),
        });
        match challenge {
            Ok(None) => {
                if let Some(encoding) = content_encoding(headers) {
                    tracing::warn!(%origin, encoding, "an answer may name what is missing, and its body is encoded");
                }
                None
            }
            Ok(challenge) => challenge.map(ToolError::from_challenge),
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

    /// Holds the arguments against the schema, has the call approved, and bounds its time.
    pub(crate) async fn run_guarded(&self, tool: &dyn Tool) -> Result<ToolOutput, ToolError> {
        let definition = tool.definition();
        let rules = definition.rules();
        check_constraints(definition, &self.arguments)?;
        if rules.needs_approval {
            let approver = self.options().and_then(|options| options.approver.as_ref());
            let approver = approver.ok_or_else(|| ToolError::not_approved(false))?;
            if !approver.approves(definition.name(), &self.arguments).await {
                return Err(ToolError::not_approved(true));
            }
        }
        match rules.timeout {
            Some(limit) => self.within(limit, self.run_body(tool)).await,
            None => self.run_body(tool).await,
        }
    }

    /// The outcome of `work`, if it comes in time; the time in which it waits for a permission does not count.
    async fn within(
        &self,
        limit: Duration,
        work: impl Future<Output = Result<ToolOutput, ToolError>>,
    ) -> Result<ToolOutput, ToolError> {
        let clock = &**self.jit.agent().clock();
        let started = clock.now();
        let mut work = pin!(work);
        loop {
            let now = clock.now();
            let (waited, is_waiting) = self.state.waited(now);
            let left = limit.saturating_sub(now.duration_since(started).saturating_sub(waited));
            if left.is_zero() {
                return Err(ToolError::timed_out(limit));
            }
            let sleep = clock.sleep(if is_waiting { left.max(WHILE_WAITING) } else { left });
            if let Either::Left((outcome, _)) = select(&mut work, sleep).await {
                return outcome;
            }
        }
    }

    async fn run_body(&self, tool: &dyn Tool) -> Result<ToolOutput, ToolError> {
        let outcome = tool.call(self).await;
        self.follow_up(tool, outcome).await
    }

    /// Runs the tool once more after a challenge that it returned, if a permission is obtained.
    pub(crate) async fn follow_up(
        &self,
        tool: &dyn Tool,
        outcome: Result<ToolOutput, ToolError>,
    ) -> Result<ToolOutput, ToolError> {
        let outcome = match outcome {
            Ok(output) => Ok(output),
            Err(error) => match self.challenge_of(&error, tool) {
                Some(challenge) => self.obtain_and_run(tool, challenge).await,
                None => Err(error),
            },
        };
        match outcome {
            Ok(output) if cfg!(debug_assertions) => checked(tool.definition(), output),
            Ok(output) => Ok(output),
            Err(error) => Err(match self.state.take_not_obtained() {
                Some(not_obtained) => error.with_not_obtained(not_obtained),
                None => error,
            }),
        }
    }

    /// The challenge that is followed by running the body again, if there is one.
    fn challenge_of(&self, error: &ToolError, tool: &dyn Tool) -> Option<Challenge> {
        match tool.definition().rules().retry {
            Retry::Either => error.challenge().cloned(),
            Retry::Body => error.challenge().cloned().or_else(|| self.state.take_challenge()),
            Retry::Request | Retry::Never => None,
        }
    }

    /// Obtains what a challenge names, and runs the body again.
    async fn obtain_and_run(&self, tool: &dyn Tool, challenge: Challenge) -> Result<ToolOutput, ToolError> {
        let started = self.jit.agent().clock().now();
        let obtained_at = self.obtain(tool, &challenge).await?;
        let outcome = tool.call(self).await;
        let again = outcome.as_ref().err().and_then(ToolError::challenge).cloned();
        let again = again.or_else(|| self.state.take_challenge());
        let is_refused =
            again.as_ref().map_or_else(|| self.state.is_token_rejected(), |again| again.repeats(&challenge));
        // A body does not run a third time. A grant that was held before, and is not accepted any more, is replaced in
        // the next call; one that was obtained for this call is not.
        if is_refused && obtained_at < started {
            self.jit.forget_older((&challenge).into(), started);
        } else if is_refused {
            self.state.note_not_obtained(self.jit.note_unsatisfied((&challenge).into(), again.as_ref()));
        }
        outcome
    }

    /// Obtains what a challenge names for the second run of the body, and says when it was obtained.
    async fn obtain(&self, tool: &dyn Tool, challenge: &Challenge) -> Result<Instant, ToolError> {
        if self.state.has_effects() {
            let error = EscalationError::effects_to_keep();
            self.jit.record_not_followed(challenge, self.tool(), &error);
            return Err(error.into());
        }
        let definition = tool.definition();
        let (origin, detail) = (challenge.origin(), challenge.detail());
        let purpose = Purpose {
            binding: ApprovalBinding::of_call(definition.name(), &self.arguments, origin, detail),
            is_safe: definition.annotations().and_then(|hints| hints.read_only) == Some(true),
        };
        let waiting = self.state.wait(&**self.jit.agent().clock());
        let grant = self.jit.follow(challenge, &self.entitlement(), &purpose).await?;
        drop(waiting);
        let obtained_at = grant.obtained_at;
        self.state.keep_grant(grant);
        Ok(obtained_at)
    }
}

impl Entitled for ToolContext {
    fn entitlement(&self) -> Entitlement {
        match &self.tool {
            None => Entitlement::default(),
            // The arguments were understood when the body started. If they are not now, nothing may be asked for.
            Some(tool) => {
                let entitlement = tool.entitlement(self.arguments()).unwrap_or_else(|_| Entitlement::nothing());
                entitlement.of_tool(tool.definition())
            }
        }
    }

    fn tool(&self) -> Option<&str> {
        self.tool.as_ref().map(|tool| tool.definition().name())
    }

    fn retry(&self) -> Retry {
        self.tool.as_ref().map_or(Retry::default(), |tool| tool.definition().rules().retry)
    }

    fn asks_up_front(&self) -> bool {
        self.tool.as_ref().is_some_and(|tool| tool.asks_up_front())
    }

    fn base_url(&self) -> Option<&Result<BaseUrl, UrlError>> {
        self.tool.as_ref()?.definition().base_url()
    }
}

/// Holds the arguments against what their types do not know of. What they are refused for is the schema's; the rest is
/// explained where they are read into their types.
fn check_constraints(definition: &ToolDefinition, arguments: &str) -> Result<(), ToolError> {
    let Some(contract) = definition.contract() else { return Ok(()) };
    if let Some(Fault { reason, remedy }) = contract.fault() {
        return Err(ToolError::missing(format!("the tool `{}`: {reason}: {remedy}", definition.name())));
    }
    // As it is read: nothing at all is an object without members, and what is no object is refused.
    let json = if arguments.trim_ascii().is_empty() { "{}" } else { arguments };
    let arguments = serde_json::from_str(json).map_err(|error| ToolError::invalid_arguments(None, error))?;
    match contract.violation(&arguments) {
        Some(wrong) if arguments.is_object() => Err(ToolError::constraint(wrong.path, &wrong.text)),
        _ => Ok(()),
    }
}

/// The output, if it is what the tool's output schema says.
fn checked(definition: &ToolDefinition, output: ToolOutput) -> Result<ToolOutput, ToolError> {
    let Some((schema, value)) = definition.output().zip(output.structured()) else { return Ok(output) };
    match check::violation(schema.as_value(), &value) {
        None => Ok(output),
        Some(violation) => Err(ToolError::missing(format!(
            "what the tool `{}` gave back is not what its output schema says: at `{}`, it {}",
            definition.name(),
            violation.path,
            violation.text
        ))),
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
