//! What has to hold for every input, against oracles that are written in another way than the code.
//!
//! Each property runs 10,000 cases in the ordinary tests, and 1,000,000 in the ones that are ignored; see
//! CONTRIBUTING.md.

mod canonical;
mod covers;
mod decision;
mod details;
mod forms;
mod json;
mod paths;
mod url_oracle;
mod urls;
mod www_authenticate;

use std::fmt::Debug;

use proptest::{
    strategy::Strategy,
    test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner},
};

pub const ORDINARY: u32 = 10_000;
pub const LONG: u32 = 1_000_000;

/// Checks a property. The ordinary run is the same each time; the long one is another each time.
pub fn check<S>(cases: u32, strategy: &S, property: impl Fn(S::Value) -> Result<(), TestCaseError>)
where
    S: Strategy,
    S::Value: Debug,
{
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 10_000, ..Config::default() };
    let mut runner = if cases > ORDINARY {
        TestRunner::new(config)
    } else {
        TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
    };
    if let Err(failure) = runner.run(strategy, property) {
        panic!("{failure}");
    }
}

/// Makes two tests of a function of the number of cases.
macro_rules! property {
    ($($name:ident => $long:ident;)+) => {$(
        #[test]
        fn $name() {
            super::$name(crate::ORDINARY);
        }

        #[test]
        #[ignore = "a million cases"]
        fn $long() {
            super::$name(crate::LONG);
        }
    )+};
}
pub(crate) use property;
