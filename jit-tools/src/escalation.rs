//! From a challenge to a token: decide, ask, wait for a person, exchange.
//!
//! What to do about a challenge is [decided](decide) apart from doing it; this file does it.

mod approval;
mod binding;
mod budget;
mod decision;
mod denials;
mod error;
mod exchange;
mod given_up;
mod grant;
mod hint;
mod issued;
mod open;
mod pending;
mod records;
mod unsatisfied;

use std::{pin::pin, sync::Arc, time::Duration};

use futures_util::future::{Either, select};
use tokio_util::sync::CancellationToken;

pub(crate) use self::grant::{Grant, Missing, Purpose};
pub use self::{
    approval::ApprovalWait,
    binding::{ApprovalBinding, UnknownBinding},
    decision::{Decision, Refusal, decide, decide_up_front},
    error::EscalationError,
    issued::OutstandingToken,
    pending::{ForeignApproval, PendingApproval},
};
use self::{
    budget::Budget,
    denials::Denials,
    given_up::Unanswered,
    grant::Failed,
    issued::IssuedTokens,
    open::{Open, OpenRequests},
    unsatisfied::Unsatisfied,
};
use crate::{
    audit::{AuditKind, SharedAudit},
    authority::{
        AuthorityError, LumoAuthAgent, PermissionAnswered, PermissionRequest, PermissionStatus, RequestId, TaskId,
    },
    authorization_details::AuthorizationDetail,
    challenge::Challenge,
    grants::{GrantScope, Grants, Subject},
    origin::Origin,
    policy::{Entitlement, Policy},
    risk::RiskLevel,
    secret::AccessToken,
    tool::definition::ApprovalMode,
};

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
    /// The API that it was asked for, where the `locations` of `detail` do not say so.
    pub resource: Option<Origin>,
    /// How the authority judged it, where it says so.
    pub risk_level: Option<RiskLevel>,
    /// How long the token is going to live, where the authority says so.
    pub granted_ttl: Option<Duration>,
    /// How long it was asked to live, where that was said. One that lives longer is not taken.
    pub requested_ttl: Option<Duration>,
}

/// What is asked for, for what, and why.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Need<'a> {
    pub(crate) detail: &'a AuthorizationDetail,
    /// The API that named it, if one did.
    pub(crate) origin: Option<&'a Origin>,
    /// The API's name for it.
    pub(crate) reference: Option<&'a str>,
    pub(crate) tool: Option<&'a str>,
    pub(crate) justification: Option<&'a str>,
    pub(crate) ttl: Option<Duration>,
    /// Whether a person is waited for; as the task says otherwise.
    pub(crate) approval: Option<ApprovalMode>,
    pub(crate) purpose: &'a Purpose,
}

impl<'a> Need<'a> {
    /// The API that the token is to be for, where the permission does not say so.
    fn resource(&self) -> Option<&'a Origin> {
        self.origin.filter(|_| self.detail.locations.is_none())
    }
}

/// What a task and its children share: how often they may still ask, and what was said no to.
#[derive(Clone, Debug)]
pub(crate) struct SharedLimits {
    budget: Arc<Budget>,
    denials: Arc<Denials>,
}

/// All that one task needs to follow challenges.
#[derive(Debug)]
pub(crate) struct Escalation {
    pub(crate) agent: LumoAuthAgent,
    pub(crate) task: TaskId,
    pub(crate) policy: Policy,
    pub(crate) wait: ApprovalWait,
    pub(crate) audit: SharedAudit,
    limits: SharedLimits,
    open: OpenRequests,
    subject: Subject,
    /// `None` where it is not known for whom grants would be; nothing is asked for then.
    scope: Option<Arc<GrantScope>>,
    grants: Grants<Grant, Failed>,
    unsatisfied: Unsatisfied,
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
        let scope = GrantScope::new(agent.origin(), agent.tenant(), agent.client_id(), subject.clone(), task.as_str());
        let budget = Arc::new(Budget::new(policy.requests_of_a_task(), policy.requests_of_a_tool()));
        let limits = SharedLimits { budget, denials: Arc::default() };
        let (open, grants, unsatisfied) = (OpenRequests::default(), Grants::default(), Unsatisfied::default());
        let (issued, over) = (IssuedTokens::default(), CancellationToken::new());
        Self { agent, task, policy, wait, audit, limits, open, subject, scope, grants, unsatisfied, issued, over }
    }

    /// The escalation of a task within another, whose limits hold for both together.
    pub(crate) fn within(self, limits: SharedLimits) -> Self {
        Self { limits, ..self }
    }

    /// What a task within this one shares with it.
    pub(crate) fn limits(&self) -> SharedLimits {
        self.limits.clone()
    }

    /// The grant for what a challenge names: one that is held, or a new one.
    pub(crate) async fn follow(
        &self,
        challenge: &Challenge,
        entitlement: &Entitlement,
        purpose: &Purpose,
    ) -> Result<Grant, EscalationError> {
        let need = self.need(challenge.into(), entitlement, purpose);
        if let Decision::Refuse(refusal) = decide(challenge, entitlement, &self.policy) {
            self.record_refusal(&need, &refusal);
            return Err(EscalationError::refused(*refusal));
        }
        self.grant(need, challenge.origin()).await
    }

    /// The grant for a permission that was [decided on up front](decide_up_front).
    pub(crate) async fn prepare(
        &self,
        missing: Missing<'_>,
        entitlement: &Entitlement,
        purpose: &Purpose,
    ) -> Result<Grant, EscalationError> {
        self.grant(self.need(missing, entitlement, purpose), missing.origin).await
    }

    fn need<'a>(&self, missing: Missing<'a>, entitlement: &'a Entitlement, purpose: &'a Purpose) -> Need<'a> {
        Need {
            detail: missing.detail,
            origin: Some(missing.origin),
            reference: missing.reference,
            tool: entitlement.tool(),
            justification: entitlement.justification_text(),
            ttl: shorter(entitlement.rules().ttl, self.policy.longest_lifetime()),
            approval: entitlement.rules().approval,
            purpose,
        }
    }

    /// The tokens of the task that an API may have been sent, and could write back.
    pub(crate) fn tokens_at(&self, origin: &Origin) -> Vec<AccessToken> {
        self.grants.peek(|grant| (grant.origin() == origin).then(|| grant.token.clone()))
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

    /// Asks for a permission, or about one that was asked for already, and waits for a person where one must approve.
    pub(crate) async fn request(&self, need: Need<'_>) -> Result<Permission, EscalationError> {
        self.approve(need).await.map(|approval| approval.permission)
    }

    async fn approve(&self, need: Need<'_>) -> Result<Approval, EscalationError> {
        let open = match self.open.get(&need.purpose.binding).filter(|open| open.is_for(&need)) {
            Some(open) => open,
            None => match self.ask_once(need).await? {
                Asked::Approved(permission) => {
                    return Ok(Approval { permission, by_a_person: false, is_remembered: false });
                }
                Asked::Open(open) => open,
            },
        };
        let is_remembered = open.is_approved();
        match select(pin!(self.over.cancelled()), pin!(approval::wait(self, need, &open))).await {
            Either::Left(_) => Err(EscalationError::task_over()),
            Either::Right((outcome, _)) => {
                outcome.map(|permission| Approval { permission, by_a_person: true, is_remembered })
            }
        }
    }

    /// Asks, unless somebody asks for the same thing at this moment, and a person has to decide about that.
    async fn ask_once(&self, need: Need<'_>) -> Result<Asked, EscalationError> {
        let _turn = self.open.turn_to_ask(&need.purpose.binding).await;
        match self.open.get(&need.purpose.binding).filter(|open| open.is_for(&need)) {
            Some(open) => Ok(Asked::Open(open)),
            None => self.ask(need).await,
        }
    }

    /// Sends the request, and takes the answer if it is one already.
    async fn ask(&self, need: Need<'_>) -> Result<Asked, EscalationError> {
        if let Some(denied) = self.limits.denials.answer_to(&self.subject, &need, &self.policy) {
            self.record_refusal(&need, &denied);
            return Err(denied);
        }
        if let Err(spent) = self.limits.budget.spend(need.tool) {
            self.record_refusal(&need, spent);
            return Err(EscalationError::budget(spent));
        }
        self.record(&self.event_of(AuditKind::Asked, &need).lasting(need.ttl));
        let Need { detail, justification, ttl, .. } = need;
        let request = PermissionRequest { task: &self.task, detail, resource: need.resource(), justification, ttl };
        let unanswered = Unanswered::new(self, self.event_of(AuditKind::Failed, &need));
        let answered = self.agent.ask_permission(request).await;
        unanswered.answered();
        let answered = match answered {
            Ok(answered) => answered,
            Err(error) => return self.outcome_of(need, Err(over(error))).map(Asked::Approved),
        };
        let PermissionStatus::Pending(undecided) = &answered.status else {
            let outcome = self.settle(need, ttl, answered);
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
            detail: detail.clone(),
            origin: need.origin.cloned(),
            binding: need.purpose.binding.clone(),
            requested_ttl: ttl.map(|ttl| ttl.as_secs()),
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
    fn settle(
        &self,
        need: Need<'_>,
        requested_ttl: Option<Duration>,
        answered: PermissionAnswered,
    ) -> Result<Permission, EscalationError> {
        let PermissionAnswered { request_id, risk_level, status } = answered;
        match status {
            PermissionStatus::Approved { .. } if !self.policy.accepts_risk(risk_level) => {
                Err(EscalationError::too_risky(request_id, risk_level))
            }
            PermissionStatus::Approved { granted_ttl } => {
                let (detail, resource) = (need.detail.clone(), need.resource().cloned());
                Ok(Permission { request_id, detail, resource, risk_level, granted_ttl, requested_ttl })
            }
            PermissionStatus::Denied { agent_message } => {
                Err(EscalationError::denied(request_id, agent_message, self.policy.shows_reviewer_text()))
            }
            PermissionStatus::Expired => Err(EscalationError::expired(request_id)),
            PermissionStatus::Pending(_) => Err(EscalationError::not_understood()),
        }
    }

    /// Records what came of a request, and remembers what holds: whoever waits for this learns it afterwards.
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
                self.limits.denials.remember(&self.subject, &need, error);
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
}

/// What was approved.
struct Approval {
    permission: Permission,
    /// Whether somebody was waited for, and not only the authority's own rules asked.
    by_a_person: bool,
    /// Whether it was approved before it was needed this time, so that it may be over.
    is_remembered: bool,
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
