//! What was said no to, so that nobody is asked again.

use std::collections::VecDeque;

use super::{EscalationError, Need};
use crate::{
    authorization_details::AuthorizationDetail,
    grants::Subject,
    origin::Origin,
    policy::Policy,
    sync::{Mutex, lock},
};

/// How many answers are remembered; of more, the oldest are forgotten. Each has cost one request of the budget.
const MAX_DENIALS: usize = 1024;

/// The answers that hold for a task, and for its children: a person's or the authority's no, and a risk that the policy
/// does not accept.
#[derive(Debug, Default)]
pub(super) struct Denials {
    denied: Mutex<VecDeque<Denied>>,
}

#[derive(Debug)]
struct Denied {
    subject: Subject,
    /// `None` where it was asked for by itself, for use anywhere.
    origin: Option<Origin>,
    detail: AuthorizationDetail,
    error: EscalationError,
}

impl Denials {
    /// Remembers an answer, if it is one that holds.
    pub(super) fn remember(&self, subject: &Subject, need: &Need<'_>, error: &EscalationError) {
        if !error.is_denied() && !error.is_too_risky() {
            return;
        }
        let mut denied = lock(&self.denied);
        if denied.len() >= MAX_DENIALS {
            denied.pop_front();
        }
        denied.push_back(Denied {
            subject: subject.clone(),
            origin: need.origin.cloned(),
            detail: need.detail.clone(),
            error: error.clone(),
        });
    }

    /// The answer to a need that is, or holds, what was said no to.
    pub(super) fn answer_to(&self, subject: &Subject, need: &Need<'_>, policy: &Policy) -> Option<EscalationError> {
        let is_it = |denied: &&Denied| {
            denied.subject == *subject
                && denied.origin.as_ref().zip(need.origin).is_none_or(|(denied, asking)| denied == asking)
                && (*need.detail == denied.detail || policy.covers(need.detail, &denied.detail))
        };
        lock(&self.denied).iter().find(is_it).map(|denied| denied.error.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{authority::RequestId, digest::Sha256Hex, escalation::Purpose};

    fn denied() -> EscalationError {
        EscalationError::denied(RequestId::try_from("req_1".to_owned()).unwrap(), None, false)
    }

    fn note(actions: &[&str]) -> AuthorizationDetail {
        AuthorizationDetail::new("note").actions(actions.iter().copied()).identifier("n1")
    }

    #[test]
    fn a_no_is_the_answer_to_what_this_table_says() {
        let (here, there): (Origin, Origin) = ("https://a.test".parse().unwrap(), "https://b.test".parse().unwrap());
        let user = || Subject::User(Sha256Hex::of([b"user".as_slice()]));
        let (read, write, both) = (note(&["read"]), note(&["write"]), note(&["read", "write"]));
        let wild = note(&["*"]);
        let cases = [
            ("the same", Some(&here), &read, Subject::Agent, Some(&here), &read, true),
            ("asked by itself", Some(&here), &read, Subject::Agent, None, &read, true),
            ("denied by itself", None, &read, Subject::Agent, Some(&here), &read, true),
            ("at another API", Some(&here), &read, Subject::Agent, Some(&there), &read, false),
            ("for a user", Some(&here), &read, user(), Some(&here), &read, false),
            ("more than that", Some(&here), &read, Subject::Agent, Some(&here), &both, true),
            ("less than that", Some(&here), &both, Subject::Agent, Some(&here), &read, false),
            ("something else", Some(&here), &read, Subject::Agent, Some(&here), &write, false),
            ("the same wildcard", Some(&here), &wild, Subject::Agent, Some(&here), &wild, true),
        ];
        let purpose = Purpose::of_permission(&read);
        for (name, denied_at, denied_detail, subject, origin, detail, expected) in cases {
            let need = |detail, origin| Need {
                detail,
                origin,
                reference: None,
                tool: None,
                justification: None,
                ttl: None,
                approval: None,
                purpose: &purpose,
            };
            let denials = Denials::default();
            denials.remember(&Subject::Agent, &need(denied_detail, denied_at), &denied());
            let answer = denials.answer_to(&subject, &need(detail, origin), &Policy::new());
            assert_eq!(answer.is_some(), expected, "{name}");
        }
    }
}
