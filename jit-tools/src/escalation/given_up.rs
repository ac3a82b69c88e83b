//! What is written down where who asked does not wait for the authority's answer.

use super::Escalation;
use crate::audit::AuditEvent;

/// A question to the authority that is recorded as given up when this is dropped before [`answered`](Self::answered):
/// the future that waited for the answer was dropped, and what the authority did is not known.
pub(super) struct Unanswered<'a> {
    escalation: &'a Escalation,
    event: Option<AuditEvent>,
}

impl<'a> Unanswered<'a> {
    pub(super) fn new(escalation: &'a Escalation, event: AuditEvent) -> Self {
        Self { escalation, event: Some(event) }
    }

    pub(super) fn answered(mut self) {
        self.event = None;
    }
}

impl Drop for Unanswered<'_> {
    fn drop(&mut self) {
        if let Some(mut event) = self.event.take() {
            event.time = self.escalation.agent.clock().system_time();
            self.escalation.record(&event.reason("it was given up before the authority answered"));
        }
    }
}
