//! Agents under a seeded scheduler, in virtual time, with a fault at every request, response and journal write.
//!
//! What holds, whatever the seed: no side effect happens twice, no token leaves its origin, no token is live that was not
//! reported, and nobody is polled too early. `cargo test --test simulation` runs 1,000 seeds; the long run has 100,000:
//! `cargo test --release -p jit-tools-tests --test simulation -- --ignored`. A seed that fails is run alone with
//! `SIMULATION_SEED=<seed>`.

mod clock;
mod executor;
mod journal;
mod network;
mod random;
mod scenario;

#[test]
fn a_thousand_seeds() {
    match std::env::var("SIMULATION_SEED") {
        Ok(seed) => drop(scenario::run(seed.parse().expect("a number"))),
        Err(_) => run_all(0..1_000),
    }
}

#[test]
#[ignore = "the long run"]
fn a_hundred_thousand_seeds() {
    run_all(1_000..101_000);
}

fn run_all(seeds: std::ops::Range<u64>) {
    let mut seen = scenario::Seen::default();
    for seed in seeds {
        let run = std::panic::catch_unwind(|| scenario::run(seed));
        match run {
            Ok(outcome) => seen.add(&outcome),
            Err(panic) => {
                eprintln!("seed {seed} failed; run it alone with SIMULATION_SEED={seed}");
                std::panic::resume_unwind(panic);
            }
        }
    }
    println!("{seen:?}");
    // A simulation in which nothing happens shows nothing.
    assert!(seen.is_eventful(), "{seen:?}");
}
