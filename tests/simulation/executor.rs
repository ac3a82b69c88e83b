//! Runs tasks one step at a time, in an order that the seed chooses.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Wake, Waker},
};

use crate::{clock::SimClock, random::Random};

/// More than any run takes: one that takes more has come to no end.
const MAX_STEPS: usize = 1_000_000;

pub struct Executor {
    random: Random,
    clock: SimClock,
    tasks: Vec<Task>,
}

struct Task {
    /// Ends with the process that it belongs to.
    is_of_process: bool,
    /// Runs as long as there are others.
    is_daemon: bool,
    future: Option<Pin<Box<dyn Future<Output = ()>>>>,
    awake: Arc<Flag>,
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Executor {
    pub fn new(random: Random, clock: SimClock) -> Self {
        Self { random, clock, tasks: Vec::new() }
    }

    /// Adds a task of the process that may crash.
    pub fn spawn(&mut self, future: impl Future<Output = ()> + 'static) {
        self.add(true, false, future);
    }

    /// Adds somebody outside of it, who does not keep the run from ending.
    pub fn spawn_daemon(&mut self, future: impl Future<Output = ()> + 'static) {
        self.add(false, true, future);
    }

    fn add(&mut self, is_of_process: bool, is_daemon: bool, future: impl Future<Output = ()> + 'static) {
        let awake = Arc::new(Flag(AtomicBool::new(true)));
        self.tasks.push(Task { is_of_process, is_daemon, future: Some(Box::pin(future)), awake });
    }

    /// Runs until all but the daemons have ended, or `has_crashed` says so. Whether it crashed.
    pub fn run(&mut self, has_crashed: impl Fn() -> bool) -> bool {
        for _ in 0..MAX_STEPS {
            if has_crashed() {
                // A process that dies runs no destructor.
                for task in &mut self.tasks {
                    if task.is_of_process {
                        std::mem::forget(task.future.take());
                    }
                }
                return true;
            }
            if self.tasks.iter().all(|task| task.future.is_none() || task.is_daemon) {
                return false;
            }
            let awake: Vec<_> = (0..self.tasks.len())
                .filter(|index| {
                    let task = &self.tasks[*index];
                    task.future.is_some() && task.awake.0.load(Ordering::SeqCst)
                })
                .collect();
            if awake.is_empty() {
                assert!(self.clock.advance(), "everybody waits, and for nothing");
                continue;
            }
            let task = &mut self.tasks[awake[self.random.below(awake.len())]];
            task.awake.0.store(false, Ordering::SeqCst);
            let waker = Waker::from(Arc::clone(&task.awake));
            if let Some(future) = &mut task.future
                && future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready()
            {
                task.future = None;
            }
        }
        panic!("the run comes to no end");
    }
}
