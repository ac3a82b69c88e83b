//! A network that loses, delays, repeats and refuses, and a process that dies at any step.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    body::Bytes,
    http::{Method, Request, Response},
};
use http_body_util::{BodyExt as _, Full};
use jit_tools::{
    Clock as _, Origin,
    testing::InProcess,
    transport::{ResponseBody, Transport, TransportError, read_body},
};

use crate::{clock::SimClock, random::Random};

/// What may go wrong. Healed, nothing does.
#[derive(Clone, Debug)]
pub struct Faults {
    pub random: Random,
    healed: Arc<AtomicBool>,
    crashes_at: Arc<AtomicU64>,
    /// When the authority is out of reach altogether.
    outage: Option<(Duration, Duration)>,
    pub met: Arc<AtomicU64>,
}

impl Faults {
    /// With a crash at that step, if one is to come.
    pub fn new(random: Random, crash_at: Option<u64>) -> Self {
        let crashes_at = Arc::new(AtomicU64::new(crash_at.unwrap_or(u64::MAX)));
        let outage = random.one_in(3).then(|| {
            let start = Duration::from_millis(random.next() % 60_000);
            (start, start + Duration::from_secs(60))
        });
        Self { random, healed: Arc::default(), crashes_at, outage, met: Arc::default() }
    }

    pub fn heal(&self) {
        self.healed.store(true, Ordering::SeqCst);
        self.crashes_at.store(u64::MAX, Ordering::SeqCst);
    }

    pub fn write_fails(&self) -> bool {
        self.happens(40)
    }

    fn is_outage(&self, now: Duration) -> bool {
        let is_outage =
            !self.healed.load(Ordering::SeqCst) && self.outage.is_some_and(|(start, end)| start <= now && now < end);
        self.met.fetch_add(u64::from(is_outage), Ordering::SeqCst);
        is_outage
    }

    fn happens(&self, one_in: u64) -> bool {
        let happens = !self.healed.load(Ordering::SeqCst) && self.random.one_in(one_in);
        self.met.fetch_add(u64::from(happens), Ordering::SeqCst);
        happens
    }
}

/// A process, by its number. Once it has died, nothing of it goes on.
#[derive(Clone, Debug)]
pub struct Process {
    pub number: u64,
    dead: Arc<AtomicBool>,
}

impl Process {
    pub fn new(number: u64) -> Self {
        Self { number, dead: Arc::default() }
    }

    pub fn is_dead(&self) -> bool {
        self.dead.load(Ordering::SeqCst)
    }

    /// A step at which the process may die.
    pub async fn step(&self, faults: &Faults) {
        let left = faults.crashes_at.load(Ordering::SeqCst);
        if left != u64::MAX {
            faults.crashes_at.store(left.saturating_sub(1), Ordering::SeqCst);
            if left == 0 {
                self.dead.store(true, Ordering::SeqCst);
                faults.crashes_at.store(u64::MAX, Ordering::SeqCst);
            }
        }
        if self.is_dead() {
            std::future::pending::<()>().await;
        }
    }
}

/// What passed on the wire.
#[derive(Debug, Default)]
pub struct Wire {
    /// The agent's own tokens.
    agent_tokens: BTreeSet<String>,
    /// Where each token was sent.
    sent_to: BTreeMap<String, BTreeSet<String>>,
    /// When each request was last asked about.
    polled_at: BTreeMap<String, Duration>,
    pub violations: Vec<String>,
    pub polls: u64,
    pub sent: u64,
}

/// The network of one process.
#[derive(Clone, Debug)]
pub struct SimNetwork {
    pub servers: InProcess,
    pub authority: Origin,
    pub clock: SimClock,
    pub faults: Faults,
    pub process: Process,
    pub wire: Arc<Mutex<Wire>>,
}

impl SimNetwork {
    /// Notes what is sent, and what must not be.
    fn note_request(&self, request: &Request<Bytes>) {
        let mut wire = self.wire.lock().unwrap();
        wire.sent += 1;
        let origin = Origin::try_from(&request.uri().to_string()).unwrap();
        if let Some(bearer) = request.headers().get("authorization") {
            let token = bearer.to_str().unwrap().trim_start_matches("Bearer ").to_owned();
            wire.sent_to.entry(token).or_default().insert(origin.to_string());
        }
        let path = request.uri().path();
        if request.method() == Method::GET && path.ends_with("/status") {
            wire.polls += 1;
            let now = self.clock.passed();
            let before = wire.polled_at.insert(path.to_owned(), now);
            if let Some(before) = before.filter(|before| now - *before < Duration::from_secs(5)) {
                wire.violations.push(format!("{path} was polled at {before:?} and at {now:?}"));
            }
        }
    }

    async fn deliver(&self, request: Request<Bytes>) -> Result<Response<ResponseBody>, TransportError> {
        let is_token_endpoint = request.uri().path().ends_with("/oauth/token");
        let (head, body) = self.servers.send(request).await?.into_parts();
        let body = read_body(body, 1 << 20).await.map_err(|error| TransportError::broken("the simulation", error))?;
        if is_token_endpoint
            && let Ok(answer) = serde_json::from_slice::<serde_json::Value>(&body)
            && let Some(token) = answer["access_token"].as_str()
        {
            self.wire.lock().unwrap().agent_tokens.insert(token.to_owned());
        }
        Ok(Response::from_parts(head, whole(body)))
    }

    /// Whether every token but the agent's own was sent to one origin only.
    pub fn check_tokens(&self) {
        let mut wire = self.wire.lock().unwrap();
        let wandered: Vec<_> = wire
            .sent_to
            .iter()
            .filter(|(token, origins)| !wire.agent_tokens.contains(*token) && origins.len() > 1)
            .map(|(_, origins)| format!("a token was sent to {origins:?}"))
            .collect();
        wire.violations.extend(wandered);
    }
}

#[async_trait::async_trait]
impl Transport for SimNetwork {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<ResponseBody>, TransportError> {
        self.process.step(&self.faults).await;
        let origin = Origin::try_from(&request.uri().to_string()).unwrap();
        let to_authority = origin == self.authority;
        if (to_authority && self.faults.is_outage(self.clock.passed())) || self.faults.happens(25) {
            return Err(TransportError::connect(&origin, "refused by the simulation"));
        }
        self.note_request(&request);
        if self.faults.happens(25) {
            self.clock.sleep(Duration::from_millis(self.faults.random.next() % 20_000)).await;
        }
        if to_authority && self.faults.happens(30) {
            // Whoever stands before the authority has too much to do.
            let status = if self.faults.random.one_in(2) { 429 } else { 503 };
            return Ok(Response::builder().status(status).body(whole(Bytes::new())).unwrap());
        }
        if to_authority && self.faults.happens(40) {
            // It arrives twice, and one answer finds its way.
            let _ = self.deliver(request.clone()).await;
        }
        let answer = self.deliver(request).await;
        self.process.step(&self.faults).await;
        if self.faults.happens(25) {
            return Err(TransportError::broken(&origin, "lost by the simulation"));
        }
        answer
    }
}

fn whole(bytes: Bytes) -> ResponseBody {
    Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
}
