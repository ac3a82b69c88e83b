//! [`JitContext`]: one task, from its creation to its completion.

mod run;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{runtime::Handle, sync::Mutex};

pub use self::run::TaskError;
use crate::{
    audit::{SharedAudit, TracingAudit},
    authority::{AuthorityError, JitToken, LumoAuthAgent, TaskId},
    authorization_details::AuthorizationDetail,
    challenge::Challenge,
    escalation::{
        ApprovalBinding, ApprovalWait, Escalation, EscalationError, ForeignApproval, Grant, Need, PendingApproval,
        Permission,
    },
    origin::Origin,
    policy::{Entitlement, Policy},
    secret::AccessToken,
};

/// One task of an agent: the permissions that it obtains belong to it, and are revoked when it is completed.
///
/// Cloning is cheap, and clones are the same task. Complete it with [`complete_task`](Self::complete_task), or let
/// [`run_task`](Self::run_task) do so whatever happens. Dropping the last clone of a task that was not completed
/// completes it in the background, as well as that can be done there.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use jit_tools::{AuthorizationDetail, JitContext, LumoAuthAgent};
///
/// let agent = LumoAuthAgent::from_env()?;
/// let jit = JitContext::create_task(&agent, "Analyse the report").await?;
/// let read = AuthorizationDetail::new("document").actions(["read"]).identifier("doc_9982");
/// let permission = jit.request_permission(&read, Some("Needed for the user's question")).await?;
/// let token = jit.get_token(&permission).await?;
/// // … use `token.token` …
/// jit.complete_task().await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct JitContext {
    session: Arc<Session>,
}

#[derive(Debug)]
struct Session {
    escalation: Escalation,
    /// Whether the task is completed. Held while completing, since whoever else completes wants that outcome.
    completed: Mutex<bool>,
}

impl JitContext {
    /// Creates a task, with a policy that allows a tool what its own `may_request` names, and nothing else.
    pub async fn create_task(agent: &LumoAuthAgent, name: &str) -> Result<Self, AuthorityError> {
        Self::builder(agent, name).create_task().await
    }

    /// Creates a task, runs `work` in it, and completes it: after success, an error or a panic, when the future is
    /// dropped, and at Ctrl-C or SIGTERM.
    ///
    /// See [`JitContextBuilder::run_task`].
    pub async fn run_task<T, E, F>(
        agent: &LumoAuthAgent,
        name: &str,
        work: impl FnOnce(Self) -> F,
    ) -> Result<T, TaskError<T, E>>
    where
        F: Future<Output = Result<T, E>>,
    {
        Self::builder(agent, name).run_task(work).await
    }

    /// A task with a policy or a bound on waiting of its own.
    pub fn builder(agent: &LumoAuthAgent, name: &str) -> JitContextBuilder {
        JitContextBuilder {
            agent: agent.clone(),
            name: name.to_owned(),
            policy: Policy::new(),
            wait: ApprovalWait::default(),
            audit: Arc::new(TracingAudit),
        }
    }

    /// The task's id.
    pub fn task_id(&self) -> &TaskId {
        &self.session.escalation.task
    }

    /// The agent whose task this is.
    pub fn agent(&self) -> &LumoAuthAgent {
        &self.session.escalation.agent
    }

    /// What the owner of the agent allows in this task.
    pub fn policy(&self) -> &Policy {
        &self.session.escalation.policy
    }

    /// Asks for a permission, and waits for a person where one must approve; [`ApprovalWait`] bounds the wait.
    ///
    /// This is you asking, not a tool: ceilings of tools are not consulted, and of the policy only the risk, the
    /// lifetime and the budget.
    ///
    /// # Errors
    /// When it is denied, expires, is not decided in time, or the authority fails. One that waits for a person
    /// [is a value](EscalationError::pending) to go on with later.
    pub async fn request_permission(
        &self,
        detail: &AuthorizationDetail,
        justification: Option<&str>,
    ) -> Result<Permission, EscalationError> {
        self.request_permission_for(detail, justification, None).await
    }

    /// [`request_permission`](Self::request_permission), for a token that lives for `ttl`, at most 15 minutes.
    pub async fn request_permission_for(
        &self,
        detail: &AuthorizationDetail,
        justification: Option<&str>,
        ttl: Option<Duration>,
    ) -> Result<Permission, EscalationError> {
        let escalation = self.open().await?;
        let ttl = match (ttl, escalation.policy.longest_lifetime()) {
            (Some(ttl), Some(longest)) => Some(ttl.min(longest)),
            (ttl, longest) => ttl.or(longest),
        };
        let binding = ApprovalBinding::of_permission(detail);
        escalation.request(Need { detail, origin: None, tool: None, justification, ttl, binding: &binding }).await
    }

    /// Exchanges an approved request for its short-lived token.
    ///
    /// # Errors
    /// When the authority fails, or the token grants more than was asked for; it is revoked then.
    pub async fn get_token(&self, permission: &Permission) -> Result<JitToken, EscalationError> {
        self.open().await?.exchange(permission).await
    }

    /// Takes up a request that waits for a person, also one of another process: the next need of exactly the same thing
    /// (the same request, or [`request_permission`](Self::request_permission) of the same permission) asks what became
    /// of it, instead of asking a person anew. Another need, such as the same tool with other arguments, does not.
    ///
    /// # Errors
    /// When it belongs to another authority, organization, agent or task.
    pub fn adopt(&self, pending: PendingApproval) -> Result<(), ForeignApproval> {
        self.session.escalation.adopt(pending)
    }

    /// Completes the task, which revokes every token of it. Does nothing when that is done already.
    ///
    /// # Errors
    /// When the authority could not be told, also after a few tries: the task's tokens then live until they expire.
    /// It may be called again.
    pub async fn complete_task(&self) -> Result<(), AuthorityError> {
        let mut completed = self.session.completed.lock().await;
        if !*completed {
            let escalation = &self.session.escalation;
            let outcome = escalation.agent.complete_task(&escalation.task).await;
            escalation.record_completion(outcome.as_ref().copied());
            outcome?;
            *completed = true;
            escalation.clear();
        }
        Ok(())
    }

    /// The grant for what a challenge names, if the call may ask for that.
    pub(crate) async fn follow(
        &self,
        challenge: &Challenge,
        entitlement: &Entitlement,
        binding: &ApprovalBinding,
    ) -> Result<Grant, EscalationError> {
        self.open().await?.follow(challenge, entitlement, binding).await
    }

    /// Records that a token was sent to an API.
    pub(crate) fn record_use(&self, origin: &Origin, token: &AccessToken, tool: Option<&str>) {
        self.session.escalation.record_use(origin, token, tool);
    }

    /// Forgets the grants from before `instant` that an API did not accept as an answer to its challenge.
    pub(crate) fn forget_older(&self, challenge: &Challenge, instant: Instant) {
        self.session.escalation.forget_older(challenge, instant);
    }

    async fn open(&self) -> Result<&Escalation, EscalationError> {
        if *self.session.completed.lock().await {
            Err(EscalationError::task_over())
        } else {
            Ok(&self.session.escalation)
        }
    }
}

/// Sets up a task.
#[derive(Clone, Debug)]
pub struct JitContextBuilder {
    agent: LumoAuthAgent,
    name: String,
    policy: Policy,
    wait: ApprovalWait,
    audit: SharedAudit,
}

impl JitContextBuilder {
    /// What is allowed in the task, beyond what each tool declares.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// How long a call waits for a person.
    pub fn approval_wait(mut self, wait: ApprovalWait) -> Self {
        self.wait = wait;
        self
    }

    /// What takes the audit events of the task; [`TracingAudit`] otherwise.
    pub fn audit(mut self, audit: SharedAudit) -> Self {
        self.audit = audit;
        self
    }

    /// Creates the task.
    pub async fn create_task(self) -> Result<JitContext, AuthorityError> {
        let task = self.agent.create_task(Some(&self.name)).await?;
        tracing::info!(task = %task.id, "a task was created");
        Ok(self.attach(task.id))
    }

    /// A context of a task that was created before, by this process or another, such as one whose
    /// [pending approval](PendingApproval) is picked up. It is completed like any other. Nothing is sent yet.
    pub fn attach(self, task: TaskId) -> JitContext {
        let escalation = Escalation::new(self.agent, task, self.policy, self.wait, self.audit);
        JitContext { session: Arc::new(Session { escalation, completed: Mutex::new(false) }) }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if !*self.completed.get_mut() {
            complete_in_background(&self.escalation);
        }
    }
}

/// Completes a task where nothing can be awaited. The tokens live until they expire where this does not succeed.
fn complete_in_background(escalation: &Escalation) {
    let task = escalation.task.clone();
    let Ok(runtime) = Handle::try_current() else {
        tracing::error!(%task, "a task was dropped outside of a runtime: its tokens live until they expire");
        return;
    };
    let agent = escalation.agent.clone();
    runtime.spawn(async move {
        match agent.complete_task(&task).await {
            Ok(()) => tracing::info!(%task, "a task that was dropped is completed"),
            Err(error) => tracing::error!(%task, %error, "a task was dropped, and could not be completed"),
        }
    });
}
