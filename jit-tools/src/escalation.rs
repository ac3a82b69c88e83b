//! From a challenge to a token: decide, ask, wait for a person, exchange.
//!
//! What to do about a challenge is [decided](decide) apart from doing it; this file does it.

mod approval;
mod budget;
mod decision;
mod error;
mod issued;
mod open;
mod pending;

use std::{
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::future::{Either, select};
use tokio_util::sync::CancellationToken;

pub use self::{
    approval::ApprovalWait,
    decision::{Decision, Refusal, decide, decide_up_front},
    error::EscalationError,
    issued::OutstandingToken,
    pending::{ApprovalBinding, ForeignApproval, PendingApproval},
};
use self::{
    budget::Budget,
    issued::IssuedTokens,
    open::{Open, OpenRequests},
};
use crate::{
    audit::{AuditEvent, AuditKind, SharedAudit},
    authority::{
        AuthorityError, JitToken, LumoAuthAgent, PermissionAnswered, PermissionRequest, PermissionStatus, RequestId,
        TaskId,
    },
    authorization_details::AuthorizationDetail,
    challenge::Challenge,
    expiring::Timed,
    grants::{GrantKey, GrantScope, Grants, Subject},
    origin::Origin,
    policy::{Entitlement, Policy},
    risk::RiskLevel,
    secret::AccessToken,
    tool::definition::ApprovalMode,
};

/// How long before its end a JIT token is replaced.
const REFRESH_MARGIN: Duration = Duration::from_secs(30);

/// Why a token is revoked that was issued while the task was closed.
const OVER: &str = "the task was closed meanwhile";

/// An approved request, ready to be exchanged for a token.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Permission {
    /// The request that was approved.
    pub request_id: RequestId,
    /// What was asked for.
    pub detail: AuthorizationDetail,
    /// How the authority judged it, where it says so.
    pub risk_level: Option<RiskLevel>,
    /// How long the token is going to live, where the authority says so.
    pub granted_ttl: Option<Duration>,
}

/// A token, and all that it may be used for.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) token: AccessToken,
    /// When it was asked for, on the agent's clock.
    pub(crate) obtained_at: Instant,
    detail: AuthorizationDetail,
    origin: Origin,
}

impl Grant {
    /// The only place where the token may be used.
    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Whether this is a grant for what the challenge names, at the origin that named it.
    pub(crate) fn answers(&self, challenge: &Challenge, policy: &Policy) -> bool {
        self.is_for(challenge.origin(), challenge.detail(), policy)
    }

    fn is_for(&self, origin: &Origin, detail: &AuthorizationDetail, policy: &Policy) -> bool {
        self.origin == *origin && policy.covers(&self.detail, detail)
    }
}

/// What is asked for, for what, and why.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Need<'a> {
    pub(crate) detail: &'a AuthorizationDetail,
    /// The API that named it, if one did.
    pub(crate) origin: Option<&'a Origin>,
    pub(crate) tool: Option<&'a str>,
    pub(crate) justification: Option<&'a str>,
    pub(crate) ttl: Option<Duration>,
    /// Whether a person is waited for; as the task says otherwise.
    pub(crate) approval: Option<ApprovalMode>,
    pub(crate) binding: &'a ApprovalBinding,
}

/// All that one task needs to follow challenges.
#[derive(Debug)]
pub(crate) struct Escalation {
    pub(crate) agent: LumoAuthAgent,
    pub(crate) task: TaskId,
    pub(crate) policy: Policy,
    pub(crate) wait: ApprovalWait,
    pub(crate) audit: SharedAudit,
    budget: Budget,
    open: OpenRequests,
    /// `None` where it is not known for whom grants would be; nothing is asked for then.
    scope: Option<Arc<GrantScope>>,
    grants: Grants<Grant, EscalationError>,
    /// What was exchanged so far, for the report of a task that could not be completed.
    issued: IssuedTokens,
    /// That the task is over, for those who wait in it.
    over: CancellationToken,
}

impl Escalation {
    pub(crate) fn new(
        agent: LumoAuthAgent,
        task: TaskId,
        policy: Policy,
        wait: ApprovalWait,
        audit: SharedAudit,
    ) -> Self {
        let subject = agent.user_digest().map_or(Subject::Agent, Subject::User);
        let scope = GrantScope::new(agent.origin(), agent.tenant(), agent.client_id(), subject, task.as_str());
        let budget = Budget::new(policy.requests_of_a_task(), policy.requests_of_a_tool());
        let (open, grants) = (OpenRequests::default(), Grants::default());
        let (issued, over) = (IssuedTokens::default(), CancellationToken::new());
        Self { agent, task, policy, wait, audit, budget, open, scope, grants, issued, over }
    }

    /// The grant for what a challenge names: one that is held, or a new one.
    ///
    /// `binding` is what the grant is needed for; a person who approves it approves that.
    pub(crate) async fn follow(
        &self,
        challenge: &Challenge,
        entitlement: &Entitlement,
        binding: &ApprovalBinding,
    ) -> Result<Grant, EscalationError> {
        let need = self.need(challenge.detail(), challenge.origin(), entitlement, binding);
        match decide(Some(challenge), false, entitlement, &self.policy) {
            Decision::Escalate => {}
            Decision::Refuse(refusal) => {
                self.record(&self.event_of(AuditKind::Refused, &need).reason(&refusal));
                return Err(EscalationError::refused(*refusal));
            }
            // There is a challenge, and it is the first of its request.
            Decision::PassThrough => return Err(EscalationError::refused(Refusal::AlreadyEscalated)),
        }
        self.grant(need, challenge.origin()).await
    }

    /// The grant for a permission that was [decided on up front](decide_up_front), for requests to `origin`.
    pub(crate) async fn prepare(
        &self,
        detail: &AuthorizationDetail,
        origin: &Origin,
        entitlement: &Entitlement,
        binding: &ApprovalBinding,
    ) -> Result<Grant, EscalationError> {
        self.grant(self.need(detail, origin, entitlement, binding), origin).await
    }

    fn need<'a>(
        &self,
        detail: &'a AuthorizationDetail,
        origin: &'a Origin,
        entitlement: &'a Entitlement,
        binding: &'a ApprovalBinding,
    ) -> Need<'a> {
        Need {
            detail,
            origin: Some(origin),
            tool: entitlement.tool(),
            justification: entitlement.justification_text(),
            ttl: shorter(entitlement.rules().ttl, self.policy.longest_lifetime()),
            approval: entitlement.rules().approval,
            binding,
        }
    }

    /// A grant for use at `origin`: one that is held, or a new one.
    async fn grant(&self, need: Need<'_>, origin: &Origin) -> Result<Grant, EscalationError> {
        let Some(scope) = &self.scope else { return Err(EscalationError::nobody()) };
        self.grants
            .get_or_load(
                GrantKey::new(scope, origin, need.detail),
                &**self.agent.clock(),
                |grant| grant.is_for(origin, need.detail, &self.policy),
                EscalationError::is_denied,
                || self.obtain(need, origin),
            )
            .await
    }

    /// Forgets the grants for what a challenge names that were obtained before `instant`: the API did not accept one of
    /// them, and is not tried with each of the others, so the next need asks anew.
    pub(crate) fn forget_older(&self, challenge: &Challenge, instant: Instant) {
        self.grants.forget(|held| held.obtained_at < instant && held.answers(challenge, &self.policy));
    }

    /// Revokes a token of the task before its end, and forgets the grant that holds it. `why` is for the audit.
    pub(crate) async fn revoke(&self, token: &AccessToken, why: &str) -> Result<(), AuthorityError> {
        self.grants.forget(|held| held.token.expose() == token.expose());
        let outcome = self.agent.revoke(token).await;
        if outcome.is_ok() {
            self.issued.revoked(token);
        }
        self.record(&match &outcome {
            Ok(()) => self.event(AuditKind::Revoked).token(token).reason(why),
            Err(error) => self.event(AuditKind::Failed).token(token).reason(error),
        });
        outcome
    }

    /// Ends the use of the task: nobody waits in it any longer, and no token of it is used from now on.
    pub(crate) fn close(&self) {
        self.over.cancel();
    }

    /// A grant, unless the task was closed while it was obtained. Then its token is revoked: whoever closed the task may
    /// not have seen it.
    pub(crate) async fn unless_over(&self, grant: Grant) -> Result<Grant, EscalationError> {
        if self.over.is_cancelled() {
            // The audit has what came of it.
            let _ = self.revoke(&grant.token, OVER).await;
            return Err(EscalationError::task_over());
        }
        Ok(grant)
    }

    /// Forgets every grant: the task is over.
    pub(crate) fn clear(&self) {
        self.grants.clear();
    }

    /// The tokens of the grants that are held, which are forgotten here.
    pub(crate) fn take_tokens(&self) -> Vec<AccessToken> {
        self.grants.take(self.agent.clock().now()).into_iter().map(|grant| grant.token).collect()
    }

    /// The tokens of the task that may live: what is known of them at this moment.
    pub(crate) fn outstanding(&self) -> Vec<OutstandingToken> {
        self.issued.outstanding(self.agent.clock().system_time())
    }

    /// Takes up a request that waits for a person, so that the next need of the same thing asks about it.
    pub(crate) fn adopt(&self, pending: PendingApproval) -> Result<(), ForeignApproval> {
        pending.check(&self.agent, &self.task)?;
        self.open.adopt(pending, &**self.agent.clock());
        Ok(())
    }

    async fn obtain(&self, need: Need<'_>, origin: &Origin) -> Result<Timed<Grant>, EscalationError> {
        let permission = self.request(need).await?;
        let issued = self.exchange(&permission).await?;
        let grant = Grant {
            token: issued.token,
            obtained_at: issued.requested_at,
            detail: need.detail.clone(),
            origin: origin.clone(),
        };
        let jitter = |most| self.agent.clock().jitter(most);
        Ok(Timed::new(grant, issued.requested_at, issued.lifetime, REFRESH_MARGIN, jitter))
    }

    /// Asks for a permission, or about one that was asked for already, and waits for a person where one must approve.
    pub(crate) async fn request(&self, need: Need<'_>) -> Result<Permission, EscalationError> {
        let open = match self.open.get(need.binding) {
            Some(open) => open,
            None => match self.ask_once(need).await? {
                Asked::Approved(permission) => return Ok(permission),
                Asked::Open(open) => open,
            },
        };
        match select(pin!(self.over.cancelled()), pin!(approval::wait(self, need, &open))).await {
            Either::Left(_) => Err(EscalationError::task_over()),
            Either::Right((outcome, _)) => outcome,
        }
    }

    /// Asks, unless somebody asks for the same thing at this moment, and a person has to decide about that.
    async fn ask_once(&self, need: Need<'_>) -> Result<Asked, EscalationError> {
        let _turn = self.open.turn_to_ask(need.binding).await;
        match self.open.get(need.binding) {
            Some(open) => Ok(Asked::Open(open)),
            None => self.ask(need).await,
        }
    }

    /// Sends the request, and takes the answer if it is one already.
    async fn ask(&self, need: Need<'_>) -> Result<Asked, EscalationError> {
        if let Err(spent) = self.budget.spend(need.tool) {
            self.record(&self.event_of(AuditKind::Refused, &need).reason(spent));
            return Err(EscalationError::budget(spent));
        }
        self.record(&self.event_of(AuditKind::Asked, &need).lasting(need.ttl));
        let Need { detail, justification, ttl, .. } = need;
        let request = PermissionRequest { task: &self.task, detail, justification, ttl };
        let answered = match self.agent.ask_permission(request).await {
            Ok(answered) => answered,
            Err(error) => return self.outcome_of(need, Err(over(error))).map(Asked::Approved),
        };
        let PermissionStatus::Pending(undecided) = &answered.status else {
            let outcome = self.settle(need, answered);
            return self.outcome_of(need, outcome).map(Asked::Approved);
        };
        // Whom nobody may approve is not waited for.
        if !self.policy.accepts_risk(answered.risk_level) {
            let outcome = Err(EscalationError::too_risky(answered.request_id, answered.risk_level));
            return self.outcome_of(need, outcome).map(Asked::Approved);
        }
        let pending = PendingApproval {
            authority: self.agent.origin().clone(),
            tenant: self.agent.tenant().to_owned(),
            agent: self.agent.client_id().to_owned(),
            task_id: self.task.clone(),
            request_id: answered.request_id,
            detail: need.detail.clone(),
            origin: need.origin.cloned(),
            binding: need.binding.clone(),
            expires_at: undecided.expires_at,
            not_before: None,
            slower_by: Duration::ZERO,
        };
        let event = self.event_of(AuditKind::Pending, &need);
        self.record(&event.request(&pending.request_id, answered.risk_level));
        let pause = self.wait.in_mode(need.approval).shortest_pause();
        let open = Open::new(pending, self.agent.clock().now(), pause);
        self.open.remember(&open);
        Ok(Asked::Open(open))
    }

    /// What a decision means.
    fn settle(&self, need: Need<'_>, answered: PermissionAnswered) -> Result<Permission, EscalationError> {
        let PermissionAnswered { request_id, risk_level, status } = answered;
        match status {
            PermissionStatus::Approved { .. } if !self.policy.accepts_risk(risk_level) => {
                Err(EscalationError::too_risky(request_id, risk_level))
            }
            PermissionStatus::Approved { granted_ttl } => {
                Ok(Permission { request_id, detail: need.detail.clone(), risk_level, granted_ttl })
            }
            PermissionStatus::Denied { agent_message } => {
                Err(EscalationError::denied(request_id, agent_message, self.policy.shows_reviewer_text()))
            }
            PermissionStatus::Expired => Err(EscalationError::expired(request_id)),
            PermissionStatus::Pending(_) => Err(EscalationError::not_understood()),
        }
    }

    /// Records what came of a request.
    fn outcome_of(
        &self,
        need: Need<'_>,
        outcome: Result<Permission, EscalationError>,
    ) -> Result<Permission, EscalationError> {
        let event = |kind| self.event_of(kind, &need);
        match &outcome {
            Ok(permission) => self.record(
                &event(AuditKind::Approved)
                    .request(&permission.request_id, permission.risk_level)
                    .lasting(permission.granted_ttl),
            ),
            // It was recorded when it began to wait, and waits still.
            Err(error) if error.is_pending() => {}
            Err(error) => {
                let kind = match error {
                    error if error.is_denied() => AuditKind::Denied,
                    error if error.is_refused() => AuditKind::Refused,
                    _ => AuditKind::Failed,
                };
                let mut failed = event(kind).reason(error);
                if let Some(request) = error.request_id() {
                    failed = failed.request(request, None);
                }
                self.record(&failed);
            }
        }
        outcome
    }

    /// Exchanges an approved request for its token. One that grants more than was asked for, or lives longer than the
    /// policy allows, is revoked at once.
    pub(crate) async fn exchange(&self, permission: &Permission) -> Result<JitToken, EscalationError> {
        let Permission { request_id, detail: asked, risk_level, .. } = permission;
        let event = |kind| self.event(kind).detail(asked).request(request_id, *risk_level);
        if self.over.is_cancelled() {
            return Err(EscalationError::task_over());
        }
        let exchange = self.issued.begin(request_id, asked, &**self.agent.clock());
        let outcome = self.agent.exchange_permission(request_id).await;
        exchange.settle(&outcome);
        // An approval is good until its exchange succeeds, or is refused for good.
        if outcome.as_ref().err().is_none_or(|error| !error.is_unauthorized() && error.is_final()) {
            self.open.forget(request_id);
        }
        let issued = outcome.map_err(|error| {
            let error = over(error);
            self.record(&event(AuditKind::Failed).reason(&error));
            error
        })?;
        self.record(&event(AuditKind::Issued).lasting(Some(issued.lifetime)).token(&issued.token));

        let wider = issued.granted.iter().flatten().find(|granted| !self.policy.covers(asked, granted));
        let problem = match wider {
            Some(wider) => Some(format!("grants `{wider}`, which is more than was asked for")),
            None if self.policy.longest_lifetime().is_some_and(|longest| issued.lifetime > longest) => {
                Some(format!("lives for {} s, which is longer than the policy allows", issued.lifetime.as_secs()))
            }
            None => None,
        };
        let Some(problem) = problem else {
            if self.over.is_cancelled() {
                // The audit has what came of it.
                let _ = self.revoke(&issued.token, OVER).await;
                return Err(EscalationError::task_over());
            }
            return Ok(issued);
        };
        let revoked = self.agent.revoke(&issued.token).await;
        if revoked.is_ok() {
            self.issued.revoked(&issued.token);
        }
        self.record(&match &revoked {
            Ok(()) => event(AuditKind::Revoked).token(&issued.token).reason(&problem),
            Err(error) => event(AuditKind::Failed).token(&issued.token).reason(error),
        });
        Err(EscalationError::excessive(request_id.clone(), problem, revoked.err()))
    }

    /// Records that a token was sent to an API.
    pub(crate) fn record_use(&self, origin: &Origin, token: &AccessToken, tool: Option<&str>) {
        self.record(&self.event(AuditKind::Used).origin(origin).token(token).tool(tool));
    }

    /// Records what came of the task's completion.
    pub(crate) fn record_completion(&self, outcome: Result<(), &AuthorityError>) {
        self.record(&match outcome {
            Ok(()) => self.event(AuditKind::Revoked).reason("the task is completed"),
            Err(error) => self.event(AuditKind::Failed).reason(error),
        });
    }

    fn event(&self, kind: AuditKind) -> AuditEvent {
        AuditEvent::new(kind, self.agent.clock().system_time(), self.agent.client_id(), self.task.as_str())
    }

    fn event_of(&self, kind: AuditKind, need: &Need<'_>) -> AuditEvent {
        let event = self.event(kind).detail(need.detail).tool(need.tool);
        match need.origin {
            Some(origin) => event.origin(origin),
            None => event,
        }
    }

    fn record(&self, event: &AuditEvent) {
        self.audit.record(event);
    }
}

/// What came of asking.
#[expect(clippy::large_enum_variant, reason = "one a request, and taken apart at once")]
enum Asked {
    Approved(Permission),
    /// A person has to decide, or has.
    Open(Arc<Open>),
}

/// The shorter of two times, of which one or both may not be given.
pub(crate) fn shorter(a: Option<Duration>, b: Option<Duration>) -> Option<Duration> {
    a.into_iter().chain(b).min()
}

/// An authority that says that the task is over says something about the task, not about itself.
fn over(error: AuthorityError) -> EscalationError {
    if error.is_task_closed() { EscalationError::task_over() } else { EscalationError::authority(error) }
}
