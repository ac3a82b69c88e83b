//! The exchange of an approved request, and what comes back held against what was asked for.

use super::{Escalation, EscalationError, OVER, Permission, given_up::Unanswered, over, shorter};
use crate::{
    audit::AuditKind,
    authority::{Exchanged, JitToken, MAX_TTL},
    policy::Policy,
};

impl Escalation {
    /// Exchanges an approved request for its token. An authority may take an approval for over after a while, and may end
    /// the token of an earlier exchange of the same request: it is exchanged again only where no answer came.
    ///
    /// A token that grants anything else than what was asked for, or lives
    /// longer than was asked for or the policy allows, is revoked at once.
    pub(crate) async fn exchange(&self, permission: &Permission) -> Result<JitToken, EscalationError> {
        let Permission { request_id, detail, risk_level, .. } = permission;
        let event = |kind| self.event(kind).detail(detail).request(request_id, *risk_level);
        if self.over.is_cancelled() {
            return Err(EscalationError::task_over());
        }
        let exchange = self.issued.begin(request_id, detail, &**self.agent.clock());
        let unanswered = Unanswered::new(self, event(AuditKind::Failed));
        let outcome = self.agent.exchange_permission(request_id).await;
        unanswered.answered();
        exchange.settle(&outcome);
        // An approval is good until its exchange succeeds, or is refused for good.
        if outcome.as_ref().err().is_none_or(|error| !error.is_unauthorized() && error.is_final()) {
            self.open.forget(request_id);
        }
        let mut exchanged = outcome.map_err(|error| {
            // Told as what it is: the person's decision counts no more.
            let is_over = error.code() == Some("request_expired");
            let error = if is_over { EscalationError::expired(request_id.clone()) } else { over(error) };
            self.record(&event(AuditKind::Failed).reason(&error));
            error
        })?;
        if exchanged.expires_in.is_none() {
            let taken = shorter(Some(exchanged.token.lifetime), permission.granted_ttl);
            exchanged.token.lifetime = taken.unwrap_or_default();
        }
        let token = &exchanged.token.token;
        self.record(&event(AuditKind::Issued).lasting(Some(exchanged.token.lifetime)).token(token));

        let Err(problem) = check(permission, &exchanged, &self.policy) else {
            if self.over.is_cancelled() {
                // The audit has what came of it.
                let _ = self.revoke(token, OVER).await;
                return Err(EscalationError::task_over());
            }
            return Ok(exchanged.token);
        };
        let unanswered = Unanswered::new(self, event(AuditKind::Failed).token(token));
        let revoked = self.agent.revoke(token).await;
        unanswered.answered();
        if revoked.is_ok() {
            self.issued.revoked(token);
        }
        self.record(&match &revoked {
            Ok(()) => event(AuditKind::Revoked).token(token).reason(&problem),
            Err(error) => event(AuditKind::Failed).token(token).reason(error),
        });
        Err(EscalationError::not_as_asked(request_id.clone(), problem, revoked.err()))
    }
}

/// Whether a token is what was asked for; if not, what is wrong with it.
fn check(permission: &Permission, exchanged: &Exchanged, policy: &Policy) -> Result<(), String> {
    let asked = &permission.detail;
    let Exchanged { token, expires_in, flaw, .. } = exchanged;
    if let Some(flaw) = flaw {
        return Err((*flaw).to_owned());
    }
    if let Some(granted) = &token.granted {
        let is_asked = |granted: &_| granted == asked || policy.covers(asked, granted);
        if let Some(wider) = granted.iter().find(|granted| !is_asked(granted)) {
            return Err(format!("grants `{wider}`, which is more than was asked for, or something else"));
        }
        // At the one API that it was asked for, it is all that was asked for.
        let there = permission.resource.as_ref().map(|api| asked.clone().locations([api.to_string()]));
        let is_enough = |granted: &_| {
            let mut enough = [Some(asked), there.as_ref()].into_iter().flatten();
            enough.any(|asked| granted == asked || policy.covers(granted, asked))
        };
        if !granted.iter().any(is_enough) {
            return Err("grants less than was asked for".to_owned());
        }
    }
    let bound = shorter(permission.requested_ttl, policy.longest_lifetime());
    match expires_in.or(permission.granted_ttl) {
        Some(lifetime) if lifetime > bound.unwrap_or(MAX_TTL).min(MAX_TTL) => {
            let seconds = lifetime.as_secs();
            Err(format!("lives for {seconds} s, which is longer than was asked for, or than the policy allows"))
        }
        None if bound.is_some() => Err("has a lifetime that the authority does not tell".to_owned()),
        _ => Ok(()),
    }
}
