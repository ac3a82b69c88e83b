//! The calls that came in, for tests that hold them against a trace.

use std::collections::VecDeque;

use http::{Method, StatusCode};

use super::pages;
use crate::sync::{Mutex, lock};

/// How many calls are remembered; the oldest goes first.
const MAX_CALLS: usize = 4096;
/// How many of them may be such that nobody was let in. They have room of their own.
const MAX_REFUSED: usize = 256;
/// How much of a path is remembered, in characters.
const MAX_PATH: usize = 512;

/// One HTTP call that the authority received.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReceivedCall {
    /// The method, such as `POST`.
    pub method: String,
    /// The path, without its query and the address of a session, which may hold a secret.
    pub path: String,
}

/// The newest calls, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Calls(Mutex<Rings>);

#[derive(Debug, Default)]
struct Rings {
    number: u64,
    calls: VecDeque<(u64, ReceivedCall)>,
    refused: VecDeque<(u64, ReceivedCall)>,
}

impl Calls {
    /// Remembers a call that just came in, and gives its number.
    pub(super) fn remember(&self, method: &Method, path: &str) -> u64 {
        let call = ReceivedCall {
            method: method.to_string(),
            path: pages::without_secret(path).chars().take(MAX_PATH).collect(),
        };
        let mut rings = lock(&self.0);
        rings.number = rings.number.saturating_add(1);
        let number = rings.number;
        if rings.calls.len() >= MAX_CALLS {
            rings.calls.pop_front();
        }
        rings.calls.push_back((number, call));
        number
    }

    /// Moves a call to those that were refused, where its answer says that nobody was let in: anybody can make as many
    /// of these as they like, and none of them pushes out another call.
    pub(super) fn answered(&self, number: u64, status: StatusCode) {
        let is_refused = [StatusCode::UNAUTHORIZED, StatusCode::NOT_FOUND, StatusCode::TOO_MANY_REQUESTS];
        if !is_refused.contains(&status) {
            return;
        }
        let mut rings = lock(&self.0);
        let Ok(place) = rings.calls.binary_search_by_key(&number, |(number, _)| *number) else { return };
        let Some(call) = rings.calls.remove(place) else { return };
        if rings.refused.len() >= MAX_REFUSED {
            rings.refused.pop_front();
        }
        // Answers come in another order than calls.
        let place = rings.refused.partition_point(|(earlier, _)| *earlier < number);
        rings.refused.insert(place, call);
    }

    /// All that are remembered, in the order in which they came.
    pub(super) fn all(&self) -> Vec<ReceivedCall> {
        let rings = lock(&self.0);
        let mut all: Vec<_> = rings.calls.iter().chain(&rings.refused).collect();
        all.sort_unstable_by_key(|(number, _)| *number);
        all.into_iter().map(|(_, call)| call.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_calls_push_out_no_other_and_the_order_stays() {
        let calls = Calls::default();
        for path in ["/a", "/refused", "/b"] {
            let number = calls.remember(&Method::GET, path);
            calls.answered(number, if path == "/refused" { StatusCode::UNAUTHORIZED } else { StatusCode::OK });
        }
        let paths = || calls.all().into_iter().map(|call| call.path).collect::<Vec<_>>();
        assert_eq!(paths(), ["/a", "/refused", "/b"]);
        for _ in 0..10_000 {
            let number = calls.remember(&Method::GET, "/flood");
            calls.answered(number, StatusCode::NOT_FOUND);
        }
        let paths = paths();
        assert_eq!((&paths[..2], paths.len()), (&["/a".to_owned(), "/b".to_owned()][..], 2 + MAX_REFUSED));
    }
}
