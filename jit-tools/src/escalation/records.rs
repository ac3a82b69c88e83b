//! What an escalation writes into the audit log.

use std::fmt;

use super::{Escalation, EscalationError, Need};
use crate::{
    audit::{AuditEvent, AuditKind},
    authority::AuthorityError,
    challenge::Challenge,
    origin::Origin,
    secret::AccessToken,
};

impl Escalation {
    /// Records that a token was sent to an API.
    pub(crate) fn record_use(&self, origin: &Origin, token: &AccessToken, tool: Option<&str>) {
        self.record(&self.event(AuditKind::Used).origin(origin).token(token).tool(tool));
    }

    /// Records that a challenge is not followed, whatever it names.
    pub(crate) fn record_not_followed(&self, challenge: &Challenge, tool: Option<&str>, why: &EscalationError) {
        let event = self.event(AuditKind::Refused).origin(challenge.origin()).detail(challenge.detail());
        self.record(&event.tool(tool).reason(why));
    }

    /// Records what came of the task's completion.
    pub(crate) fn record_completion(&self, outcome: Result<(), &AuthorityError>) {
        self.record(&match outcome {
            Ok(()) => self.event(AuditKind::Revoked).reason("the task is completed"),
            Err(error) => self.event(AuditKind::Failed).reason(error),
        });
    }

    pub(super) fn record_refusal(&self, need: &Need<'_>, reason: impl fmt::Display) {
        self.record(&self.event_of(AuditKind::Refused, need).reason(reason));
    }

    pub(super) fn event(&self, kind: AuditKind) -> AuditEvent {
        AuditEvent::new(kind, self.agent.clock().system_time(), self.agent.client_id(), self.task.as_str())
    }

    pub(super) fn event_of(&self, kind: AuditKind, need: &Need<'_>) -> AuditEvent {
        let event = self.event(kind).detail(need.detail).tool(need.tool);
        match need.origin {
            Some(origin) => event.origin(origin),
            None => event,
        }
    }

    pub(super) fn record(&self, event: &AuditEvent) {
        self.audit.record(event);
    }
}
