//! Agents under a seeded scheduler, in virtual time, with a fault at every request, answer and journal write.
//!
//! What holds, whatever the seed: no side effect happens twice, no token leaves its origin, no token is live that was not
//! reported, and nobody is polled too early. `cargo test --test simulation` runs 1,000 seeds; the long run has 100,000:
//! `cargo test --release -p jit-tools-tests --test simulation -- --ignored --nocapture`. A seed that fails is run alone
//! with `SIMULATION_SEED=<seed>`.

mod actors;
mod bodies;
mod clock;
mod executor;
mod faults;
mod journal;
mod network;
mod random;
mod scenario;
mod seen;
mod told;
mod wire;
mod world;

use std::{
    ops::Range,
    panic::{catch_unwind, resume_unwind},
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use self::seen::Seen;

#[test]
fn a_thousand_seeds() {
    match std::env::var("SIMULATION_SEED") {
        Ok(seed) => print!("{}", scenario::run(seed.parse().expect("a number"))),
        Err(_) => run_all(0..1_000),
    }
}

#[test]
#[ignore = "the long run"]
fn a_hundred_thousand_seeds() {
    run_all(1_000..101_000);
}

fn run_all(seeds: Range<u64>) {
    let next = AtomicU64::new(seeds.start);
    // Runs share nothing, so there is one on each processor at a time.
    let work = || {
        let (mut seen, mut failed) = (Seen::default(), Vec::new());
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return (seen, failed);
            }
            match catch_unwind(|| scenario::run(seed)) {
                Ok(outcome) => seen.add(&outcome),
                Err(_) => failed.push(seed),
            }
        }
    };
    let (mut seen, mut failed) = (Seen::default(), Vec::new());
    thread::scope(|scope| {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        for one in running {
            let (seen_there, failed_there) = one.join().unwrap_or_else(|panic| resume_unwind(panic));
            seen.add(&seen_there);
            failed.extend(failed_there);
        }
    });
    print!("{seen}");
    assert!(failed.is_empty(), "seeds failed, each told above; run one alone with SIMULATION_SEED=<seed>: {failed:?}");
    // A simulation in which nothing happens shows nothing.
    assert_eq!(seen.missing(), Vec::<String>::new(), "never happened");
}
