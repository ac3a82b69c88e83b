//! One run: some tasks in a process that may die, a person who decides, restarts that go on and sweep, and what must hold.

use std::sync::{Arc, Mutex};

use jit_tools::local_authority::{AuditEvent, AuditKind};

use crate::{
    actors::{Program, Store},
    executor::Executor,
    faults::{Faults, Process},
    random::Random,
    seen::{Account, Event, Seen},
    world::{Effect, TOKEN_LIFE, World},
};

const TASKS: usize = 3;
/// The first works, the others go on with what it left; for the last of them nothing fails any more.
const PROCESSES: u64 = 4;

pub fn run(seed: u64) -> Seen {
    let random = Random::new(seed);
    let steps_to_crash = (!random.one_in(3)).then(|| random.next() % 160);
    let faults = Faults::new(random.clone(), steps_to_crash);
    let world = World::new(random.clone(), faults.clone());
    let (account, store) = (Account::default(), Store::default());

    let first = Process::new(1);
    let mut executor = Executor::new(random.clone(), world.clock.clone());
    executor.spawn_daemon(world.person());
    for number in 0..TASKS {
        // What a crash leaves open of a task without a journal is nobody's to know.
        let has_journal = steps_to_crash.is_some() || !random.one_in(3);
        executor.spawn(Program::new(&world, &first, &account, &store).task(number, has_journal));
    }
    let has_crashed = executor.run(|| first.is_dead());
    check_process(&world, &store, has_crashed);

    let swept = Arc::new(Mutex::new(0));
    for number in 2..=PROCESSES {
        if number == PROCESSES {
            faults.heal();
        }
        let process = Process::new(number);
        executor.spawn(Program::new(&world, &process, &account, &store).restart(Arc::clone(&swept)));
        let has_crashed = executor.run(|| process.is_dead());
        check_process(&world, &store, has_crashed || number < PROCESSES);
    }
    check(&world, &store);

    let mut seen = account.seen();
    seen.add_faults(&faults.met());
    let wire = world.wire.lock().unwrap();
    for (event, count) in [
        (Event::Effect, world.effects.lock().unwrap().len() as u64),
        (Event::TokenSent, wire.jit_tokens_sent),
        (Event::Poll, wire.polls),
        (Event::SlowDown, wire.slow_downs),
        (Event::RetryAfter, wire.waits_as_told),
        (Event::Elsewhere, wire.elsewhere),
        (Event::Swept, *swept.lock().unwrap()),
        (Event::Reported, world.told.count()),
        (Event::LiveAndReported, world.authority.live_tokens().len() as u64),
    ] {
        seen.note(event, count);
    }
    seen
}

/// When a process has ended, whoever looks knows of every token that lives: it was reported, or its task was left to the
/// next process, by a crash or on purpose, and stands in the journal.
fn check_process(world: &World, store: &Store, leaves_work: bool) {
    let left: Vec<_> = store.lock().unwrap().iter().map(|left| left.task().to_owned()).collect();
    let is_left = |task: &str| match world.disk.opened(task) {
        // A part of a task is left with it.
        Some(parent) => leaves_work || left.iter().any(|left| left == task || Some(left) == parent.as_ref()),
        None => false,
    };
    let silent = world.silent_tokens(is_left);
    assert!(silent.is_empty(), "live, and nobody knows: {silent:?}; what was told is {:?}", world.told);
}

/// What must hold at the end.
fn check(world: &World, store: &Store) {
    let wire = world.wire.lock().unwrap();
    assert_eq!(wire.violations, Vec::<String>::new());

    let effects = world.effects.lock().unwrap();
    let repeated: Vec<_> = effects.iter().filter(|(_, count)| **count > 1).collect();
    assert!(repeated.is_empty(), "happened more than once: {repeated:?}");

    // A person approves one deletion, and not the next one of the same note.
    let approved = world.authority.audit();
    let approvals = |effect: &Effect| {
        let is_it = |event: &&AuditEvent| {
            event.event == AuditKind::RequestApproved
                && event.authorization_details.as_ref().is_some_and(|detail| {
                    let deletes = detail.actions.as_ref().is_some_and(|actions| actions == &["delete"]);
                    deletes && detail.kind == effect.kind && detail.identifier.as_ref() == Some(&effect.note)
                })
        };
        approved.iter().filter(is_it).count()
    };
    for effect in effects.keys().filter(|effect| effect.deletes) {
        let is_alike = |other: &&Effect| other.deletes && (other.kind, &other.note) == (effect.kind, &effect.note);
        let deletions = effects.keys().filter(is_alike).count();
        assert!(
            deletions <= approvals(effect),
            "{deletions} deletions like {effect:?}, which were not approved so often"
        );
    }

    // Otherwise the tokens would have ended by themselves, and there would be nothing to report.
    assert!(world.clock.passed() < TOKEN_LIFE, "the run took {:?}", world.clock.passed());
    let silent = world.silent_tokens(|_| false);
    assert!(silent.is_empty(), "live, and nobody was told: {silent:?}; what was told is {:?}", world.told);
    assert!(store.lock().unwrap().is_empty(), "left to another process, and not completed: {store:?}");
}
