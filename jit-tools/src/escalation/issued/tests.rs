use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;

use super::*;
use crate::{authority::JitToken, clock::SystemClock, secret::AccessToken};

/// A clock that stands still until it is moved.
#[derive(Clone, Debug, Default)]
struct Still(Arc<AtomicU64>);

impl Still {
    fn at(&self, seconds: u64) -> SystemTime {
        self.0.store(seconds, Ordering::SeqCst);
        self.system_time()
    }
}

#[async_trait]
impl Clock for Still {
    fn now(&self) -> std::time::Instant {
        SystemClock.now()
    }

    fn system_time(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(self.0.load(Ordering::SeqCst))
    }

    async fn sleep(&self, _: Duration) {}
}

fn request(id: &str) -> RequestId {
    RequestId::try_from(id.to_owned()).unwrap()
}

fn token(lifetime: u64, granted: Option<&str>) -> Exchanged {
    let lifetime = Duration::from_secs(lifetime);
    let token = JitToken {
        token: AccessToken::new("canary".to_owned()),
        granted: granted.map(|kind| vec![AuthorizationDetail::new(kind)]),
        lifetime,
        requested_at: SystemClock.now(),
    };
    Exchanged { token, expires_in: Some(lifetime), flaw: None, may_be_second: false }
}

/// What is told at a time: what each token permits, and when it ends.
fn told(issued: &IssuedTokens, now: SystemTime) -> Vec<(String, u64)> {
    let describe = |token: &OutstandingToken| {
        (token.to_string(), token.ends_by.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs())
    };
    issued.outstanding(now).iter().map(describe).collect()
}

#[test]
fn a_token_is_told_until_it_ends_with_what_was_granted() {
    let (issued, clock) = (IssuedTokens::default(), Still::default());
    let asked = AuthorizationDetail::new("asked");
    let first = issued.begin(&request("a"), &asked, &clock);
    clock.at(5);
    first.settle(&Ok(token(600, Some("granted"))));
    issued.begin(&request("b"), &asked, &clock).settle(&Ok(token(300, None)));
    assert_eq!(told(&issued, clock.at(100)), [(r#""granted""#.to_owned(), 605), (r#""asked""#.to_owned(), 305)]);
    assert_eq!(told(&issued, clock.at(305)), [(r#""granted""#.to_owned(), 605)]);
    // Another token is none of these.
    issued.revoked(&AccessToken::new("another".to_owned()));
    assert_eq!(told(&issued, clock.at(305)).len(), 1);
    issued.revoked(&AccessToken::new("canary".to_owned()));
    assert!(told(&issued, clock.at(305)).is_empty());
}

#[test]
fn an_exchange_whose_answer_nobody_saw_counts_as_the_longest_token() {
    let (issued, clock) = (IssuedTokens::default(), Still::default());
    let exchange = issued.begin(&request("a"), &AuthorizationDetail::new("asked"), &clock);
    clock.at(20);
    drop(exchange);
    assert_eq!(told(&issued, clock.at(21)), [(r#""asked""#.to_owned(), 920)]);
}

#[test]
fn a_token_that_an_earlier_try_may_have_made_is_told_also_when_the_known_one_is_revoked() {
    let (issued, clock) = (IssuedTokens::default(), Still::default());
    let exchange = issued.begin(&request("a"), &AuthorizationDetail::new("asked"), &clock);
    exchange.settle(&Ok(Exchanged { may_be_second: true, ..token(600, None) }));
    issued.revoked(&AccessToken::new("canary".to_owned()));
    assert_eq!(told(&issued, clock.at(1)), [(r#""asked""#.to_owned(), 600)]);
}

#[test]
fn beyond_a_bound_only_the_latest_end_is_told() {
    let (issued, clock) = (IssuedTokens::default(), Still::default());
    for _ in 0..MAX_REMEMBERED {
        issued.begin(&request("a"), &AuthorizationDetail::new("asked"), &clock).settle(&Ok(token(600, None)));
    }
    issued.begin(&request("b"), &AuthorizationDetail::new("asked"), &clock).settle(&Ok(token(700, None)));
    let outstanding = issued.outstanding(clock.at(1));
    assert_eq!(outstanding.len(), MAX_REMEMBERED + 1);
    // The longest that it may have lived, before it was known.
    assert_eq!(outstanding.last().unwrap().ends_by, clock.at(900));
    // What has ended makes room.
    clock.at(950);
    issued.begin(&request("c"), &AuthorizationDetail::new("asked"), &clock).settle(&Ok(token(600, None)));
    assert_eq!(issued.outstanding(clock.at(951)).len(), 1);
}
