//! Which events stay when there is no room for all: nobody pushes out what matters, nor what is another's.

use std::{
    cmp::Reverse,
    collections::{HashMap, VecDeque},
};

use super::{AuditEvent, AuditKind, DecidedBy};

/// How many events are kept in memory, of all kinds of retention together.
pub(in super::super) const MAX_IN_MEMORY: usize = 4096 + 1024 + 1024;

/// The part of the log that an event belongs to. Each has room of its own, so that what anybody can cause does not push
/// out what a person decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in super::super) enum Retention {
    /// What a person decided, and what was issued for it.
    Decisions,
    /// What agents were given, and gave back.
    Rights,
    /// What gave nobody anything: refused calls, questions, and news that were sent.
    Notes,
}

impl Retention {
    pub(in super::super) const ALL: [Self; 3] = [Self::Decisions, Self::Rights, Self::Notes];

    pub(in super::super) fn of(event: &AuditEvent) -> Self {
        match event.event {
            _ if event.decided_by == Some(DecidedBy::Reviewer) => Self::Decisions,
            AuditKind::TokenRefused
            | AuditKind::ActionChecked
            | AuditKind::TaskEvaluated
            | AuditKind::WebhookDelivered
            | AuditKind::WebhookFailed => Self::Notes,
            _ => Self::Rights,
        }
    }

    /// The name in the file.
    pub(in super::super) fn as_str(self) -> &'static str {
        match self {
            Self::Decisions => "decisions",
            Self::Rights => "rights",
            Self::Notes => "notes",
        }
    }

    /// How many events of it are kept in memory.
    fn in_memory(self) -> usize {
        match self {
            Self::Rights => 4096,
            Self::Decisions | Self::Notes => 1024,
        }
    }

    /// How many events of it are kept in the file.
    pub(in super::super) fn in_file(self) -> u64 {
        match self {
            Self::Rights => 100_000,
            Self::Decisions | Self::Notes => 25_000,
        }
    }
}

/// Whose event it is, for a fair share of the room: the client's, or nobody's.
pub(in super::super) fn source(event: &AuditEvent) -> &str {
    event.agent_id.as_deref().unwrap_or_default()
}

/// The newest events of each retention. Where there is no room, the oldest one of the client goes that has most of them,
/// so that none pushes out more than its share.
#[derive(Debug, Default)]
pub(in super::super) struct Retained {
    by_retention: HashMap<Retention, HashMap<String, VecDeque<(u64, AuditEvent)>>>,
    number: u64,
}

impl Retained {
    pub(in super::super) fn push(&mut self, event: AuditEvent) {
        self.number = self.number.saturating_add(1);
        let retention = Retention::of(&event);
        let by_source = self.by_retention.entry(retention).or_default();
        let source = source(&event).to_owned();
        by_source.entry(source).or_default().push_back((self.number, event));
        if by_source.values().map(VecDeque::len).sum::<usize>() <= retention.in_memory() {
            return;
        }
        let oldest = |events: &VecDeque<(u64, AuditEvent)>| events.front().map_or(u64::MAX, |(number, _)| *number);
        let heaviest = by_source.iter_mut().max_by_key(|(_, events)| (events.len(), Reverse(oldest(events))));
        if let Some((_, events)) = heaviest {
            events.pop_front();
        }
        by_source.retain(|_, events| !events.is_empty());
    }

    /// All that are kept, oldest first.
    pub(in super::super) fn events(&self) -> Vec<AuditEvent> {
        let all = self.by_retention.values().flat_map(HashMap::values).flatten();
        let mut all: Vec<&(u64, AuditEvent)> = all.collect();
        all.sort_unstable_by_key(|(number, _)| *number);
        all.into_iter().map(|(_, event)| event.clone()).collect()
    }
}

impl FromIterator<AuditEvent> for Retained {
    fn from_iter<I: IntoIterator<Item = AuditEvent>>(events: I) -> Self {
        let mut retained = Self::default();
        events.into_iter().for_each(|event| retained.push(event));
        retained
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rights(agent: &str, ttl: u64) -> AuditEvent {
        AuditEvent::new(AuditKind::TokenIssued).agent(agent).ttl(ttl)
    }

    #[test]
    fn the_newest_of_one_client_stay() {
        let most = Retention::Rights.in_memory();
        let events = (0..=most as u64).map(|ttl| rights("a", ttl)).collect::<Retained>().events();
        assert_eq!((events.len(), events[0].ttl), (most, Some(1)));
    }

    #[test]
    fn a_client_that_does_a_lot_pushes_out_no_event_of_another() {
        let mut retained: Retained = (0..100).map(|ttl| rights("b", ttl)).collect();
        (0..20_000).for_each(|ttl| retained.push(rights("a", ttl)));
        let events = retained.events();
        let of_b: Vec<_> = events.iter().filter(|event| source(event) == "b").map(|event| event.ttl).collect();
        assert_eq!(of_b, (0..100).map(Some).collect::<Vec<_>>());
        assert_eq!(events.len(), Retention::Rights.in_memory());
        // Two that do a lot have half of it each.
        (0..20_000).for_each(|ttl| retained.push(rights("b", ttl)));
        let of_a = retained.events().iter().filter(|event| source(event) == "a").count();
        assert_eq!(of_a, Retention::Rights.in_memory() / 2);
    }

    #[test]
    fn nothing_that_an_agent_can_cause_pushes_out_what_a_person_decided() {
        let decided = |kind| AuditEvent::new(kind).agent("a").decided_by(Some(DecidedBy::Reviewer));
        let mut retained = Retained::default();
        retained.push(decided(AuditKind::RequestApproved));
        retained.push(decided(AuditKind::JitTokenIssued));
        for _ in 0..10_000 {
            retained.push(rights("a", 1));
            retained.push(AuditEvent::new(AuditKind::ActionChecked).agent("a"));
            retained.push(AuditEvent::new(AuditKind::TokenRefused));
        }
        let kinds: Vec<_> = retained.events().iter().take(2).map(|event| event.event).collect();
        assert_eq!(kinds, [AuditKind::RequestApproved, AuditKind::JitTokenIssued]);
        assert_eq!(retained.events().len(), 2 + 4096 + 1024);
    }

    #[test]
    fn the_bound_is_that_of_all_parts() {
        assert_eq!(Retention::ALL.map(Retention::in_memory).iter().sum::<usize>(), MAX_IN_MEMORY);
    }
}
