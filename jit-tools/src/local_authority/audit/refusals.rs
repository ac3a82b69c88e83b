//! Refused calls, counted: anybody can cause them, as many as they like.

use std::collections::BTreeMap;

use super::{AuditEvent, AuditKind};

/// How long refusals for one reason are counted before they become an event, in seconds.
const WINDOW: u64 = 60;

/// The refusals for each reason: the first of a minute is an event at once, and those that follow become one.
#[derive(Debug, Default)]
pub(in super::super) struct Refusals {
    /// By reason, of which the authority has a few.
    windows: BTreeMap<&'static str, Window>,
}

#[derive(Debug, Default)]
struct Window {
    /// When it ends, in seconds since 1970.
    ends: u64,
    /// How many there were since the last event.
    counted: u64,
}

impl Refusals {
    /// Counts one. Returns the event that is due, if one is.
    pub(in super::super) fn count(&mut self, reason: &'static str, now: u64) -> Option<AuditEvent> {
        let window = self.windows.entry(reason).or_default();
        window.counted = window.counted.saturating_add(1);
        window.is_over(now).then(|| window.take(reason, now))
    }

    /// The events of what was counted in minutes that are over.
    pub(in super::super) fn take_due(&mut self, now: u64) -> Vec<AuditEvent> {
        self.take(now, |window| window.is_over(now))
    }

    /// The events of all that was counted.
    pub(in super::super) fn take_all(&mut self, now: u64) -> Vec<AuditEvent> {
        self.take(now, |_| true)
    }

    fn take(&mut self, now: u64, is_due: impl Fn(&Window) -> bool) -> Vec<AuditEvent> {
        let due = self.windows.iter_mut().filter(|(_, window)| window.counted > 0 && is_due(window));
        due.map(|(reason, window)| window.take(reason, now)).collect()
    }
}

impl Window {
    fn is_over(&self, now: u64) -> bool {
        // A clock that was set back does not make it longer.
        now >= self.ends || self.ends > now.saturating_add(WINDOW)
    }

    fn take(&mut self, reason: &str, now: u64) -> AuditEvent {
        let event = AuditEvent::new(AuditKind::TokenRefused).reason(reason).counted(self.counted);
        *self = Self { ends: now.saturating_add(WINDOW), counted: 0 };
        event
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_refusal_of_a_minute_is_an_event_and_the_others_are_one() {
        let mut refusals = Refusals::default();
        let counts = |events: Vec<AuditEvent>| events.iter().map(|event| event.count).collect::<Vec<_>>();
        assert_eq!(refusals.count("invalid_client", 100).map(|event| event.count), Some(None));
        for _ in 0..1000 {
            assert!(refusals.count("invalid_client", 159).is_none());
        }
        assert_eq!(
            refusals.count("invalid_request", 159).map(|event| event.reason),
            Some(Some("invalid_request".into()))
        );
        assert!(refusals.take_due(159).is_empty());
        assert_eq!(counts(refusals.take_due(160)), [Some(1000)]);
        assert!(refusals.take_all(160).is_empty());
        assert!(refusals.count("invalid_client", 219).is_none());
        assert_eq!(refusals.count("invalid_client", 220).map(|event| event.count), Some(Some(2)));
        assert!(refusals.count("invalid_client", 220).is_none());
        assert_eq!(counts(refusals.take_all(220)), [None]);
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_hold_an_event_up() {
        let mut refusals = Refusals::default();
        assert!(refusals.count("invalid_client", 1_000_000).is_some());
        assert!(refusals.count("invalid_client", 10).is_some());
    }
}
