//! APIs that refuse what they were given a token for: a new one is not obtained for the same thing again
//! (draft-ietf-oauth-rar-metadata-remediation: the same reference again means stop).

use std::collections::VecDeque;

use super::Missing;
use crate::{
    challenge::Challenge,
    origin::Origin,
    sync::{Mutex, lock},
};

/// How many are remembered; of more, the oldest are forgotten. Each has cost one request of the budget.
const MAX_REMEMBERED: usize = 1024;

/// What was granted in a task, and did not satisfy the API that named it.
#[derive(Debug, Default)]
pub(super) struct Unsatisfied {
    known: Mutex<VecDeque<(Origin, Name)>>,
}

/// By what an API is going to name it again.
#[derive(Debug, PartialEq)]
enum Name {
    Reference(String),
    /// The canonical details, where there is no reference, or another one in each answer.
    Detail(String),
}

impl Unsatisfied {
    /// Remembers what is missing still, though a new token for it was sent. `again` is the challenge in the answer to
    /// that, if there was one.
    pub(super) fn remember(&self, missing: Missing<'_>, again: Option<&Challenge>) {
        let is_named = |reference: &&str| again.is_none_or(|again| again.reference() == Some(*reference));
        let name = match missing.reference.filter(is_named) {
            Some(reference) => Name::Reference(reference.to_owned()),
            None => Name::Detail(missing.detail.canonical()),
        };
        let entry = (missing.origin.clone(), name);
        let mut known = lock(&self.known);
        if known.contains(&entry) {
            return;
        }
        if known.len() >= MAX_REMEMBERED {
            known.pop_front();
        }
        known.push_back(entry);
    }

    /// Whether a new token for this would be refused again.
    pub(super) fn has(&self, missing: Missing<'_>) -> bool {
        let known = lock(&self.known);
        let mut here = known.iter().filter(|(origin, _)| origin == missing.origin).map(|(_, name)| name).peekable();
        if here.peek().is_none() {
            return false;
        }
        let detail = missing.detail.canonical();
        here.any(|name| match name {
            Name::Reference(reference) => missing.reference == Some(reference),
            Name::Detail(known) => *known == detail,
        })
    }
}
