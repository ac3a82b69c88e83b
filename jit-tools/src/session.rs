//! [`JitContext`]: one task, from its creation to its completion.

mod builder;
mod completion;
mod creation;
pub mod journal;
mod run;
mod signals;
mod suspension;
mod sweep;

use std::{
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, Instant, SystemTime},
};

pub use self::{
    builder::JitContextBuilder,
    completion::{CompletionError, UnfinishedTask},
    creation::CreationError,
    journal::{FileJournal, Journal, JournalError, SharedJournal},
    run::TaskError,
    suspension::{Suspended, SuspensionError},
    sweep::{SweepReport, UnknownTask},
};
use self::{creation::NewTask, journal::JournalEntry};
use crate::{
    audit::TracingAudit,
    authority::{AuthorityError, JitToken, LumoAuthAgent, TaskId, TaskResult},
    authorization_details::AuthorizationDetail,
    challenge::Challenge,
    escalation::{
        Escalation, EscalationError, ForeignApproval, Grant, Missing, Need, PendingApproval, Permission, Purpose,
        shorter,
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
    held: Arc<Held>,
}

/// What the clones of a context share. Dropping the last of them completes the task.
#[derive(Debug)]
struct Held(Arc<Session>);

/// One task. Its parent has it too, in order to complete it.
#[derive(Debug)]
struct Session {
    escalation: Escalation,
    name: String,
    /// When the authority ends the task by itself, where it said so.
    expires_at: Option<SystemTime>,
    journal: Option<SharedJournal>,
    swept: OnceLock<SweepReport>,
    family: Mutex<Family>,
    ending: tokio::sync::Mutex<Ending>,
}

#[derive(Debug, Default)]
struct Family {
    /// Whether completing has begun, successful or not: nothing can be asked in the task from then on.
    is_closed: bool,
    children: Vec<Arc<Session>>,
}

#[derive(Debug)]
struct Ending {
    /// Whether it is completed, or suspended: nothing is left to be done here.
    is_over: bool,
    /// What the journal has about the task, until it is completed.
    entry: Option<Box<dyn JournalEntry>>,
}

impl JitContext {
    /// Creates a task, with a policy that allows a tool what its own `may_request` names, and nothing else.
    ///
    /// Without a [journal](JitContextBuilder::journal), a process that dies leaves the task open.
    pub async fn create_task(agent: &LumoAuthAgent, name: &str) -> Result<Self, CreationError> {
        Self::builder(agent, name).create_task().await
    }

    /// Creates a task, runs `work` in it, and completes it: after success, an error or a panic, when the future is
    /// dropped, and at Ctrl-C, SIGTERM, SIGHUP or SIGQUIT.
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
        JitContextBuilder::new(agent, name)
    }

    /// Completes the tasks of this agent that a crash left open: those in the journal that no living process holds.
    ///
    /// Creating a task with a journal does so first, with the task's audit; here it is [`TracingAudit`]. Each completion
    /// is tried a few times; a task for which that does not help stays in the journal.
    ///
    /// # Errors
    /// When the journal cannot be read. What the authority refuses is in the report.
    pub async fn sweep(agent: &LumoAuthAgent, journal: &dyn Journal) -> Result<SweepReport, JournalError> {
        sweep::sweep(agent, &TracingAudit, journal).await
    }

    /// Creates a task within this one, with the same agent, policy, wait, audit and journal, and with permissions of its
    /// own. How many may be asked for, and what was denied, holds for both together.
    ///
    /// It ends with this one at the latest: completing a task completes its children first, and so do dropping it,
    /// a panic or a signal in [`run_task`](Self::run_task), and a sweep.
    ///
    /// # Errors
    /// As for a task; and when this task is over, or is completed meanwhile.
    pub async fn create_child_task(&self, name: &str) -> Result<Self, CreationError> {
        if self.session().is_closed() {
            return Err(CreationError::parent_over());
        }
        self.create_child(self.agent().clone(), name).await
    }

    async fn create_child(&self, agent: LumoAuthAgent, name: &str) -> Result<Self, CreationError> {
        let parent = self.session();
        let Escalation { task, policy, wait, audit, .. } = &parent.escalation;
        let held = NewTask {
            agent,
            name: name.to_owned(),
            parent: Some(task.clone()),
            policy: policy.clone(),
            wait: *wait,
            audit: Arc::clone(audit),
            journal: parent.journal.clone(),
            limits: Some(parent.escalation.limits()),
        }
        .create()
        .await?;
        if parent.take_in(&held.0) {
            Ok(Self { held: Arc::new(held) })
        } else {
            // The parent did not wait for a child that it did not know. Dropping it completes it where this fails.
            held.0.complete().await.map_err(CreationError::left_by_its_parent)?;
            Err(CreationError::parent_over())
        }
    }

    /// Creates a task within this one in which the agent acts for the user whose access token this is
    /// ([`LumoAuthAgent::on_behalf_of`]), as a task of its own, so that what is granted to one user is never used for
    /// another, nor for the agent itself. It ends with this one at the latest.
    ///
    /// # Errors
    /// As for a [child task](Self::create_child_task); and when the authority does not let the agent act for this user.
    pub async fn delegate_on_behalf_of(&self, user_token: &AccessToken) -> Result<Self, CreationError> {
        if self.session().is_closed() {
            return Err(CreationError::parent_over());
        }
        let agent = self.agent().on_behalf_of(user_token).await?;
        self.create_child(agent, &self.session().name).await
    }

    /// The task's id.
    pub fn task_id(&self) -> &TaskId {
        &self.session().escalation.task
    }

    /// The agent whose task this is.
    pub fn agent(&self) -> &LumoAuthAgent {
        &self.session().escalation.agent
    }

    /// What the owner of the agent allows in this task.
    pub fn policy(&self) -> &Policy {
        &self.session().escalation.policy
    }

    /// Asks for a permission, and waits for a person where one must approve;
    /// [`ApprovalWait`](crate::ApprovalWait) bounds the wait.
    ///
    /// This is you asking, not a tool: ceilings of tools are not consulted, and of the policy only the risk, the
    /// lifetime and the budget. Name the API in the `locations` of `detail`: an API that checks the audience of tokens takes
    /// no other one.
    ///
    /// # Errors
    /// When it is denied, or was before in this task, its parent or its children; when it expires, is not decided in time,
    /// or the authority fails. One that waits for a person [is a value](EscalationError::pending) to go on with later.
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
        let escalation = self.open()?;
        let ttl = shorter(ttl, escalation.policy.longest_lifetime());
        let purpose = Purpose::of_permission(detail);
        let (origin, reference, tool, approval) = (None, None, None, None);
        let need = Need { detail, origin, reference, tool, justification, ttl, approval, purpose: &purpose };
        escalation.request(need).await
    }

    /// Exchanges an approved request for its short-lived token.
    ///
    /// Exchange a permission once. An authority may end the token of an earlier exchange, as `jit-authority` does, and may
    /// take the approval for over after a while: ask for the permission anew then.
    ///
    /// # Errors
    /// When the authority fails, or the approval is over ([`is_expired`](EscalationError::is_expired)), or the token
    /// grants something else than was asked for, or lives longer; it is revoked then.
    pub async fn get_token(&self, permission: &Permission) -> Result<JitToken, EscalationError> {
        self.open()?.exchange(permission).await
    }

    /// Revokes a token of the task before the task ends. Whatever needs the same permission later asks for it anew.
    ///
    /// # Errors
    /// When the authority cannot be told; the token lives until the task is completed then.
    pub async fn revoke(&self, token: &AccessToken) -> Result<(), AuthorityError> {
        self.session().escalation.revoke(token, "it is not needed any more").await
    }

    /// Tells the authority how the task went, which closes it there: nothing can be asked in it any more. `notes` are
    /// for the authority's audit log.
    ///
    /// [Complete](Self::complete_task) the task all the same, which also completes its children.
    ///
    /// # Errors
    /// When the authority cannot be told.
    pub async fn evaluate_task(&self, result: TaskResult, notes: Option<&str>) -> Result<(), AuthorityError> {
        self.session().close();
        self.session().escalation.clear();
        self.agent().evaluate_task(self.task_id(), result, notes).await
    }

    /// Takes up a request that waits for a person, also one of another process: the next need of exactly the same thing
    /// (the same request, or [`request_permission`](Self::request_permission) of the same permission) asks what became
    /// of it, instead of asking a person anew. Another need, such as the same tool with other arguments, does not.
    ///
    /// One that this context knows is asked about as before, and one that says when it may be asked about
    /// ([`PendingApproval::not_before`]) no earlier.
    ///
    /// # Errors
    /// When it belongs to another authority, organization, agent or task.
    pub fn adopt(&self, pending: PendingApproval) -> Result<(), ForeignApproval> {
        self.session().escalation.adopt(pending)
    }

    /// What the sweep before the task's creation or resumption found, if there was one.
    pub fn swept(&self) -> Option<&SweepReport> {
        self.session().swept.get()
    }

    /// Completes the task after its children, which revokes every token of them. Does nothing where that is done.
    ///
    /// Nothing can be asked in them once this has begun. Each completion is tried a few times, and all are attempted,
    /// whatever becomes of one.
    ///
    /// # Errors
    /// Names the tasks that the authority could not be told to complete, and what their tokens permit until when. It
    /// may be called again, for what is left.
    pub async fn complete_task(&self) -> Result<(), CompletionError> {
        self.session().complete().await
    }

    /// The grant for what a challenge names, if the call may ask for that.
    pub(crate) async fn follow(
        &self,
        challenge: &Challenge,
        entitlement: &Entitlement,
        purpose: &Purpose,
    ) -> Result<Grant, EscalationError> {
        let escalation = self.open()?;
        let grant = escalation.follow(challenge, entitlement, purpose).await?;
        escalation.unless_over(grant).await
    }

    /// The grant for a permission that was decided on before a request is sent.
    pub(crate) async fn prepare(
        &self,
        missing: Missing<'_>,
        entitlement: &Entitlement,
        purpose: &Purpose,
    ) -> Result<Grant, EscalationError> {
        let escalation = self.open()?;
        let grant = escalation.prepare(missing, entitlement, purpose).await?;
        escalation.unless_over(grant).await
    }

    /// Records that a token was sent to an API.
    pub(crate) fn record_use(&self, origin: &Origin, token: &AccessToken, tool: Option<&str>) {
        self.session().escalation.record_use(origin, token, tool);
    }

    /// The tokens of the task that an API may have been sent.
    pub(crate) fn tokens_at(&self, origin: &Origin) -> Vec<AccessToken> {
        self.session().escalation.tokens_at(origin)
    }

    /// Records that a challenge is not followed, whatever it names.
    pub(crate) fn record_not_followed(&self, challenge: &Challenge, tool: Option<&str>, why: &EscalationError) {
        self.session().escalation.record_not_followed(challenge, tool, why);
    }

    /// Forgets the grants from before `instant` for what an API says is missing still.
    pub(crate) fn forget_older(&self, missing: Missing<'_>, instant: Instant) {
        self.session().escalation.forget_older(missing, instant);
    }

    /// Remembers that an API did not accept a token that was just obtained for this. Gives the error to tell.
    pub(crate) fn note_unsatisfied(&self, missing: Missing<'_>, again: Option<&Challenge>) -> EscalationError {
        self.session().escalation.note_unsatisfied(missing, again)
    }

    fn open(&self) -> Result<&Escalation, EscalationError> {
        let session = self.session();
        if session.is_closed() { Err(EscalationError::task_over()) } else { Ok(&session.escalation) }
    }

    fn session(&self) -> &Arc<Session> {
        &self.held.0
    }
}

impl Session {
    fn new(escalation: Escalation, name: String, journal: Option<SharedJournal>) -> Self {
        let ending = tokio::sync::Mutex::new(Ending { is_over: false, entry: None });
        Self { escalation, name, expires_at: None, journal, swept: OnceLock::new(), family: Mutex::default(), ending }
    }

    /// The session of a task that has an entry in the journal.
    fn with_entry(mut self, entry: Option<Box<dyn JournalEntry>>) -> Self {
        self.ending.get_mut().entry = entry;
        self
    }

    /// Whether completing has begun.
    fn is_closed(&self) -> bool {
        self.family().is_closed
    }

    /// Ends the use of the task, also for those who wait in it, and tells who has to be completed before it.
    fn close(&self) -> Vec<Arc<Session>> {
        let mut family = self.family();
        family.is_closed = true;
        self.escalation.close();
        family.children.clone()
    }

    /// Takes a child to be completed with this task; not when that has begun.
    fn take_in(&self, child: &Arc<Session>) -> bool {
        let mut family = self.family();
        if !family.is_closed {
            family.children.retain(|child| !child.is_over());
            family.children.push(Arc::clone(child));
        }
        !family.is_closed
    }

    fn children(&self) -> Vec<Arc<Session>> {
        self.family().children.clone()
    }

    /// Whether the task itself is completed, or suspended. While somebody completes it, it is not.
    fn is_over(&self) -> bool {
        self.ending.try_lock().is_ok_and(|ending| ending.is_over)
    }

    fn family(&self) -> MutexGuard<'_, Family> {
        // Nothing between lock and unlock can panic half-way through a change.
        self.family.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        completion::complete_in_background(&self.0);
    }
}
