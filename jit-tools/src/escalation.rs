//! From a challenge to a token: decide, ask, wait for a person, exchange.
//!
//! What to do about a challenge is [decided](decide) apart from doing it; this file does it.

mod approval;
mod decision;
mod error;
mod issued;

use std::time::{Duration, Instant};

use self::issued::IssuedTokens;
pub use self::{
    approval::ApprovalWait,
    decision::{Decision, Refusal, decide},
    error::EscalationError,
    issued::OutstandingToken,
};
use crate::{
    authority::{
        AuthorityError, JitToken, LumoAuthAgent, PermissionAnswered, PermissionRequest, PermissionStatus, RequestId,
        RiskLevel, TaskId,
    },
    authorization_details::AuthorizationDetail,
    challenge::Challenge,
    expiring::Timed,
    grants::{GrantKey, Grants},
    origin::Origin,
    policy::{Entitlement, Policy},
    secret::AccessToken,
};

/// How long before its end a JIT token is replaced.
const REFRESH_MARGIN: Duration = Duration::from_secs(30);

/// An approved request, ready to be exchanged for a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// The request that was approved.
    pub request_id: RequestId,
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
    fn answers(&self, challenge: &Challenge) -> bool {
        self.origin == *challenge.origin() && self.detail.covers(challenge.detail())
    }
}

/// All that one task needs to follow challenges.
#[derive(Debug)]
pub(crate) struct Escalation {
    pub(crate) agent: LumoAuthAgent,
    pub(crate) task: TaskId,
    pub(crate) policy: Policy,
    pub(crate) wait: ApprovalWait,
    grants: Grants<Grant, EscalationError>,
    /// What was exchanged so far, for the report of a task that could not be completed.
    issued: IssuedTokens,
}

impl Escalation {
    pub(crate) fn new(agent: LumoAuthAgent, task: TaskId, policy: Policy, wait: ApprovalWait) -> Self {
        Self { agent, task, policy, wait, grants: Grants::default(), issued: IssuedTokens::default() }
    }

    /// The grant for what a challenge names: one that is held, or a new one.
    pub(crate) async fn follow(
        &self,
        challenge: &Challenge,
        entitlement: &Entitlement,
    ) -> Result<Grant, EscalationError> {
        match decide(Some(challenge), false, entitlement, &self.policy) {
            Decision::Escalate => {}
            Decision::Refuse(refusal) => {
                tracing::warn!(task = %self.task, origin = %challenge.origin(), detail = %challenge.detail(), "refused to ask: {refusal}");
                return Err(EscalationError::refused(*refusal));
            }
            // There is a challenge, and it is the first of its request.
            Decision::PassThrough => return Err(EscalationError::refused(Refusal::AlreadyEscalated)),
        }
        self.grants
            .get_or_load(
                GrantKey::new(challenge.origin(), challenge.detail()),
                &**self.agent.clock(),
                |grant| grant.answers(challenge),
                EscalationError::is_denied,
                || self.obtain(challenge, entitlement.justification_text()),
            )
            .await
    }

    /// Forgets a grant that an API did not accept, so that the next need asks anew.
    pub(crate) fn forget(&self, grant: &Grant) {
        self.grants.forget(|held| held.token.expose() == grant.token.expose());
    }

    /// Forgets every grant: the task is over.
    pub(crate) fn clear(&self) {
        self.grants.clear();
    }

    /// The tokens of the task that may live: what is known of them at this moment.
    pub(crate) fn outstanding(&self) -> Vec<OutstandingToken> {
        self.issued.outstanding(self.agent.clock().system_time())
    }

    async fn obtain(
        &self,
        challenge: &Challenge,
        justification: Option<&str>,
    ) -> Result<Timed<Grant>, EscalationError> {
        let permission = self.request(challenge.detail(), justification, None).await?;
        let issued = self.exchange(&permission.request_id, Some(challenge.detail())).await?;
        let grant = Grant {
            token: issued.token,
            obtained_at: issued.requested_at,
            detail: challenge.detail().clone(),
            origin: challenge.origin().clone(),
        };
        Ok(Timed::new(grant, issued.requested_at, issued.lifetime, REFRESH_MARGIN))
    }

    /// Asks for a permission, and waits for a person where one must approve.
    pub(crate) async fn request(
        &self,
        detail: &AuthorizationDetail,
        justification: Option<&str>,
        ttl: Option<Duration>,
    ) -> Result<Permission, EscalationError> {
        let asked = PermissionRequest { task: &self.task, detail, justification, ttl };
        let mut answered = self.agent.ask_permission(asked).await.map_err(over)?;
        tracing::info!(task = %self.task, request = %answered.request_id, %detail, "asked for a permission");
        if let PermissionStatus::Pending(pending) = &answered.status {
            answered = approval::wait(&self.agent, &answered.request_id, pending, &self.wait).await?;
        }
        let PermissionAnswered { request_id, risk_level, status } = answered;
        match status {
            PermissionStatus::Approved { granted_ttl } => {
                tracing::info!(task = %self.task, request = %request_id, ?granted_ttl, "a permission was approved");
                Ok(Permission { request_id, risk_level, granted_ttl })
            }
            PermissionStatus::Denied { agent_message } => {
                tracing::info!(task = %self.task, request = %request_id, "a permission was denied");
                Err(EscalationError::denied(request_id, agent_message))
            }
            PermissionStatus::Expired => Err(EscalationError::expired(request_id)),
            // The wait ends with a decision or an error.
            PermissionStatus::Pending(_) => Err(EscalationError::undecided(request_id, Duration::ZERO)),
        }
    }

    /// Exchanges an approved request for its token. One that grants more than `asked` is revoked at once.
    pub(crate) async fn exchange(
        &self,
        request: &RequestId,
        asked: Option<&AuthorizationDetail>,
    ) -> Result<JitToken, EscalationError> {
        let exchange = self.issued.begin(request, asked, &**self.agent.clock());
        let issued = self.agent.exchange_permission(request).await;
        exchange.settle(&issued);
        let issued = issued.map_err(over)?;
        if let (Some(asked), Some(granted)) = (asked, &issued.granted)
            && let Some(wider) = granted.iter().find(|granted| !asked.covers(granted))
        {
            let revoked = self.agent.revoke(&issued.token).await;
            if revoked.is_ok() {
                self.issued.revoked(request);
            }
            tracing::warn!(task = %self.task, %request, granted = %wider, ?revoked, "a token grants more than was asked for");
            return Err(EscalationError::wider(request.clone(), wider, revoked.err()));
        }
        tracing::info!(task = %self.task, %request, lifetime = ?issued.lifetime, "a JIT token was issued");
        Ok(issued)
    }
}

/// An authority that says that the task is over says something about the task, not about itself.
fn over(error: AuthorityError) -> EscalationError {
    if error.is_task_closed() { EscalationError::task_over() } else { EscalationError::authority(error) }
}
