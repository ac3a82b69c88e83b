//! What a run met; added up, it tells whether the simulation simulates anything.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use crate::faults::{self, Met};

/// What has to have happened in a thousand runs, besides every fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    /// Something was changed at an API.
    Effect,
    /// A token was sent to an API.
    TokenSent,
    Poll,
    /// A poll was answered with 429.
    SlowDown,
    /// A poll was answered with a time to wait.
    RetryAfter,
    /// A call was dropped on its way.
    Cancelled,
    ChildTask,
    /// A call was made for a user.
    ForUser,
    /// A tool's body ran again.
    BodyAgain,
    /// A tool's body could not run again, since it had changed something.
    EffectKept,
    /// A task was left to another process, which went on with it.
    Resumed,
    /// A redirect was turned down while a token was attached.
    Redirect,
    /// A request to somebody whom nobody may trust.
    Elsewhere,
    /// A task was completed by a sweep.
    Swept,
    /// A task was reported as not completed.
    Reported,
    /// A token that was reported lived at the end.
    LiveAndReported,
    /// A person said no.
    Denied,
}

const EVENTS: [Event; 17] = [
    Event::Effect,
    Event::TokenSent,
    Event::Poll,
    Event::SlowDown,
    Event::RetryAfter,
    Event::Cancelled,
    Event::ChildTask,
    Event::ForUser,
    Event::BodyAgain,
    Event::EffectKept,
    Event::Resumed,
    Event::Redirect,
    Event::Elsewhere,
    Event::Swept,
    Event::Reported,
    Event::LiveAndReported,
    Event::Denied,
];

#[derive(Clone, Debug, Default)]
pub struct Seen {
    events: BTreeMap<Event, u64>,
    faults: BTreeMap<Met, u64>,
}

impl Seen {
    pub fn add(&mut self, other: &Self) {
        for (event, count) in &other.events {
            *self.events.entry(*event).or_default() += count;
        }
        self.add_faults(&other.faults);
    }

    pub fn add_faults(&mut self, faults: &BTreeMap<Met, u64>) {
        for (fault, count) in faults {
            *self.faults.entry(*fault).or_default() += count;
        }
    }

    pub fn note(&mut self, event: Event, count: u64) {
        *self.events.entry(event).or_default() += count;
    }

    /// What never happened.
    pub fn missing(&self) -> Vec<String> {
        let events = EVENTS.iter().filter(|event| self.events.get(event).is_none_or(|count| *count == 0));
        let faults = faults::all().filter(|fault| !self.faults.contains_key(fault));
        events.map(|event| format!("{event:?}")).chain(faults.map(|fault| format!("{fault:?}"))).collect()
    }
}

impl std::fmt::Display for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (event, count) in &self.events {
            writeln!(f, "{count:>9} {event:?}")?;
        }
        for ((place, point, fault), count) in &self.faults {
            writeln!(f, "{count:>9} {place:?} {point:?} {fault:?}")?;
        }
        Ok(())
    }
}

/// The account of the run that goes on.
#[derive(Clone, Debug, Default)]
pub struct Account(Arc<Mutex<Seen>>);

impl Account {
    pub fn note(&self, event: Event) {
        self.0.lock().unwrap().note(event, 1);
    }

    pub fn seen(&self) -> Seen {
        self.0.lock().unwrap().clone()
    }
}
