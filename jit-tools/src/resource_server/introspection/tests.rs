//! Questions to an authority that answers when the test lets it.

use std::collections::HashSet;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::future::{join_all, poll_immediate};
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use secrecy::SecretString;

use tokio::task::unconstrained;

use super::*;
use crate::{
    local_authority::tests::HandClock,
    transport::{ResponseBody, Transport, TransportError},
};

/// An authority that notes each question, and answers it by what it knew when the question came, once it may.
#[derive(Debug)]
struct Scripted {
    asked: Mutex<Vec<String>>,
    revoked: Mutex<HashSet<String>>,
    answers: Semaphore,
}

#[async_trait]
impl Transport for Scripted {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<ResponseBody>, TransportError> {
        let form: HashMap<String, String> = serde_urlencoded::from_bytes(request.body()).unwrap();
        lock(&self.asked).push(form["token"].clone());
        let active = !lock(&self.revoked).contains(&form["token"]);
        self.answers.acquire().await.unwrap().forget();
        let body = Full::new(Bytes::from(format!(r#"{{"active":{active}}}"#)));
        Ok(Response::new(body.map_err(|never| match never {}).boxed_unsync()))
    }
}

struct Bench {
    authority: Arc<Scripted>,
    clock: Arc<HandClock>,
    introspector: Introspector,
}

impl Bench {
    fn new(per_agent: u32, answers: usize) -> Self {
        let scripted =
            Arc::new(Scripted { asked: Mutex::default(), revoked: Mutex::default(), answers: Semaphore::new(answers) });
        let clock = Arc::new(HandClock::default());
        let authority = Authority {
            url: "https://authority.test".to_owned(),
            org: "acme".to_owned(),
            client_id: "agt_api".to_owned(),
            client_secret: SecretString::from("s3cret"),
            transport: scripted.clone(),
            clock: clock.clone(),
            speaks_tenants: false.into(),
        };
        let introspector = Introspector::new(Arc::new(authority), clock.clone(), per_agent);
        Self { authority: scripted, clock, introspector }
    }

    async fn ask(&self, token: &str, agent_id: &str) -> Result<(), Reason> {
        self.introspector.introspect(Checked { token, agent_id, exp: 600.0 }, 0.0).await.map(drop)
    }

    fn revoke(&self, token: &str) {
        lock(&self.authority.revoked).insert(token.to_owned());
    }

    fn asked(&self) -> usize {
        lock(&self.authority.asked).len()
    }
}

#[tokio::test]
async fn an_answer_is_never_older_than_the_request() {
    let bench = Bench::new(100, 0);
    let mut first = Box::pin(bench.ask("h.p.s", "a"));
    assert!(poll_immediate(&mut first).await.is_none());
    bench.revoke("h.p.s");
    let mut later: Vec<_> = (0..5).map(|_| Box::pin(bench.ask("h.p.s", "a"))).collect();
    for one in &mut later {
        assert!(poll_immediate(one).await.is_none());
    }
    assert_eq!(bench.asked(), 1);
    bench.authority.answers.add_permits(10);
    assert_eq!(first.await, Ok(()));
    assert_eq!(join_all(later).await, [Err(Reason::Ended); 5]);
    assert_eq!(bench.asked(), 2);
    assert!(bench.introspector.state().asked.is_empty());
}

#[tokio::test]
async fn a_request_that_is_cancelled_leaves_its_turn_to_the_next() {
    let bench = Bench::new(100, 0);
    let mut first = Box::pin(bench.ask("h.p.s", "a"));
    let mut second = Box::pin(bench.ask("h.p.s", "a"));
    assert!(poll_immediate(&mut first).await.is_none());
    assert!(poll_immediate(&mut second).await.is_none());
    drop(first);
    bench.authority.answers.add_permits(1);
    assert_eq!(second.await, Ok(()));
    assert_eq!(bench.asked(), 2);
    assert!(bench.introspector.state().asked.is_empty());
}

#[tokio::test]
async fn a_token_that_has_ended_is_asked_about_once() {
    let bench = Bench::new(100, 100);
    bench.revoke("h.p.s");
    for _ in 0..10 {
        assert_eq!(bench.ask("h.p.s", "a").await, Err(Reason::Ended));
        // The same token with the second spelling of its signature.
        assert_eq!(bench.ask("h.p.s2", "a").await, Err(Reason::Ended));
    }
    assert_eq!(bench.asked(), 1);
    assert_eq!(bench.ask("h.p2.s", "a").await, Ok(()));
}

#[tokio::test]
async fn a_token_that_counts_is_asked_about_each_time() {
    let bench = Bench::new(100, 100);
    for _ in 0..10 {
        assert_eq!(bench.ask("h.p.s", "a").await, Ok(()));
    }
    assert_eq!(bench.asked(), 10);
}

#[tokio::test]
async fn each_agent_has_so_many_questions_a_minute() {
    let bench = Bench::new(3, 100);
    for token in ["h.1.s", "h.2.s", "h.3.s"] {
        assert_eq!(bench.ask(token, "a").await, Ok(()));
    }
    bench.clock.advance(20);
    assert_eq!(bench.ask("h.4.s", "a").await.map_err(seconds), Err(Some(41)));
    assert_eq!(bench.ask("h.4.s", "b").await, Ok(()));
    bench.clock.advance(41);
    assert_eq!(bench.ask("h.4.s", "a").await, Ok(()));
    assert_eq!(bench.asked(), 5);
}

#[tokio::test]
async fn no_minute_has_more_questions_whenever_it_begins() {
    let bench = Bench::new(10, 100);
    let ask = async |count: usize| {
        let answers = (0..count).map(|_| bench.ask("h.p.s", "a"));
        let mut let_in = 0;
        for answer in answers {
            let_in += usize::from(answer.await.is_ok());
        }
        let_in
    };
    // The last half of a minute, and the first of the next one.
    assert_eq!(ask(1).await, 1);
    bench.clock.advance(40);
    assert_eq!(ask(9).await, 9);
    bench.clock.advance(22);
    assert_eq!(ask(10).await, 1);
}

/// How long to wait, to the next second: the clock goes on by a little between two calls.
fn seconds(reason: Reason) -> Option<u64> {
    match reason {
        Reason::TooMany { wait } => Some(wait.as_secs() + u64::from(wait.subsec_nanos() > 0)),
        _ => None,
    }
}

#[tokio::test]
async fn one_agents_questions_do_not_delay_those_of_another() {
    let bench = Bench::new(10_000, 0);
    let mut waiting = Vec::new();
    for number in 0..MAX_WAITING {
        let token = format!("h.{number}.s");
        let bench = &bench;
        let mut one = Box::pin(unconstrained(async move { bench.ask(&token, "a").await }));
        assert!(poll_immediate(&mut one).await.is_none());
        waiting.push(one);
    }
    assert_eq!(bench.asked(), MAX_AT_ONCE);
    assert_eq!(bench.ask("h.more.s", "a").await.map_err(seconds), Err(Some(1)));
    assert!(poll_immediate(&mut Box::pin(unconstrained(bench.ask("h.other.s", "b")))).await.is_none());
    assert_eq!(bench.asked(), MAX_AT_ONCE + 1);
    bench.authority.answers.add_permits(2 * MAX_WAITING);
    assert!(join_all(waiting).await.iter().all(Result::is_ok));
    assert!(bench.introspector.state().asked.is_empty());
}

#[test]
fn ended_tokens_and_agents_are_bounded_in_number() {
    let bench = Bench::new(1, 0);
    let id = |number: usize| -> Id { Sha256::digest(number.to_be_bytes()).into() };
    for number in 0..=MAX_INACTIVE {
        bench.introspector.remember(id(number), if number == 7 { 100.0 } else { 200.0 }, 50.0);
    }
    let inactive = |number| bench.introspector.state().inactive.contains_key(&id(number));
    // The one that ends first made room.
    assert!(!inactive(7) && inactive(0) && inactive(MAX_INACTIVE));
    assert_eq!(bench.introspector.state().inactive.len(), MAX_INACTIVE);
    bench.introspector.remember(id(7), 300.0, 200.0);
    assert_eq!(bench.introspector.state().inactive.len(), 1);

    for number in 0..MAX_AGENTS {
        drop(bench.introspector.enter(id(0), id(number)));
    }
    assert_eq!(bench.introspector.enter(id(0), id(MAX_AGENTS)).err().and_then(seconds), Some(61));
    bench.clock.advance(61);
    assert!(bench.introspector.enter(id(0), id(MAX_AGENTS)).is_ok());
    assert_eq!(bench.introspector.state().agents.len(), 1);
}
