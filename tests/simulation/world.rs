//! An authority, APIs that change something, a person who decides, and what a process needs to get at them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode, header::LOCATION},
    response::IntoResponse as _,
    routing::any,
};
use futures_util::FutureExt as _;
use jit_tools::{
    ApprovalWait, AuthorizationDetail, Clock as _, JitContext, LumoAuthAgent, Origin, Policy,
    local_authority::LocalAuthority,
    resource_server::{JitRouter, RequestHead, TokenVerifier},
    session::JitContextBuilder,
    testing::InProcess,
};

use crate::{
    clock::SimClock,
    faults::{Faults, Process},
    journal::{Disk, SimJournal},
    network::SimNetwork,
    random::Random,
    told::{Told, Truth},
    wire::Wire,
};

pub const AUTHORITY: &str = "https://authority.test";
/// The APIs, each with a type of permission of its own. The policy trusts all but the last.
pub const APIS: [(&str, &str); 3] =
    [("https://a.test", "note_a"), ("https://b.test", "note_b"), ("https://c.test", "note_c")];
/// Where redirects point, and where nobody may send anything of value.
pub const EVIL: &str = "https://evil.test";
pub const USERS: [&str; 2] = ["ann@acme.com", "bob@acme.com"];
/// As long as tokens may live, so that those which are left over are alive when the run ends.
pub const TOKEN_LIFE: Duration = Duration::from_secs(900);

/// What the APIs did, and how often each.
pub type Effects = Arc<Mutex<BTreeMap<Effect, u32>>>;

/// Something that an API did.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Effect {
    /// What each call has for itself.
    pub operation: String,
    /// Whether it is one that a person has to approve.
    pub deletes: bool,
    /// The type of the API's permissions.
    pub kind: &'static str,
    pub note: String,
}

/// What all processes of a run share.
#[derive(Clone)]
pub struct World {
    pub clock: SimClock,
    pub random: Random,
    pub faults: Faults,
    pub authority: Arc<LocalAuthority>,
    pub disk: Disk,
    pub wire: Arc<Mutex<Wire>>,
    pub effects: Effects,
    pub told: Told,
    servers: InProcess,
}

impl World {
    pub fn new(random: Random, faults: Faults) -> Self {
        let clock = SimClock::new();
        let authority = LocalAuthority::builder()
            .url(AUTHORITY)
            .org("acme-corp")
            .client("agt_x", "s3cret")
            .clock(Arc::new(clock.clone()));
        let authority = USERS.iter().fold(authority, |authority, user| authority.user(*user)).build().unwrap();
        let authority = Arc::new(authority);
        let to_authority = InProcess::new().serve(AUTHORITY, authority.router()).unwrap();
        let effects = Effects::default();
        let transport = Arc::new(to_authority.clone());
        let verifier = |url: &str| {
            TokenVerifier::builder(AUTHORITY, "acme-corp")
                .audience(url)
                .client("agt_x", "s3cret")
                .clock(Arc::new(clock.clone()))
                .transport(transport.clone())
                .build()
                .unwrap()
        };
        let servers = APIS.iter().fold(to_authority, |servers, (url, kind)| {
            servers.serve(*url, api(verifier(url), kind, &effects)).unwrap()
        });
        // It asks for what another API's tokens are for.
        let evil = JitRouter::new(verifier(EVIL))
            .route("/notes/{id}", any(|| async { "thank you" }), |request| needed(request, APIS[0].1))
            .into_router();
        let servers = servers.serve(EVIL, evil).unwrap();
        let origin = |url: &str| url.parse::<Origin>().unwrap();
        let apis = APIS.iter().enumerate().map(|(index, (url, kind))| (origin(url), *kind, index < 2)).collect();
        let wire = Arc::new(Mutex::new(Wire::new(origin(AUTHORITY), apis)));
        let (disk, told) = (Disk::default(), Told::default());
        Self { clock, random, faults, authority, disk, wire, effects, told, servers }
    }

    pub fn agent(&self, process: &Process) -> LumoAuthAgent {
        LumoAuthAgent::builder()
            .url(AUTHORITY)
            .org("acme-corp")
            .client_id("agt_x")
            .client_secret("s3cret")
            .clock(Arc::new(self.clock.clone()))
            .transport(Arc::new(self.network(process)))
            .build()
            .unwrap()
    }

    pub fn network(&self, process: &Process) -> SimNetwork {
        SimNetwork {
            servers: self.servers.clone(),
            authority: AUTHORITY.parse().unwrap(),
            clock: self.clock.clone(),
            faults: self.faults.clone(),
            process: process.clone(),
            wire: Arc::clone(&self.wire),
        }
    }

    pub fn journal(&self, process: &Process) -> Arc<SimJournal> {
        Arc::new(SimJournal { disk: self.disk.clone(), process: process.clone(), faults: self.faults.clone() })
    }

    /// A task that waits for a person, up to 60 s.
    pub fn builder(&self, process: &Process, name: &str) -> JitContextBuilder {
        let policy = Policy::new().max_lifetime(TOKEN_LIFE);
        let policy = APIS
            .iter()
            .take(2)
            .fold(policy, |policy, (api, _)| policy.trust_origin(*api).unwrap().send_agent_token_to(*api).unwrap());
        JitContext::builder(&self.agent(process), name)
            .policy(policy)
            .approval_wait(ApprovalWait { interval: Duration::from_secs(5), limit: Duration::from_secs(60) })
            .without_sweep()
    }

    /// Looks now and then, and approves, denies, or does nothing.
    pub fn person(&self) -> impl Future<Output = ()> + 'static {
        let (clock, random, authority) = (self.clock.clone(), self.random.clone(), Arc::clone(&self.authority));
        async move {
            loop {
                clock.sleep(Duration::from_millis(1_000 + random.next() % 30_000)).await;
                for request in authority.pending() {
                    match random.below(4) {
                        0 | 1 => drop(authority.approve(&request.request_id).now_or_never()),
                        2 => drop(authority.deny(&request.request_id, None, None).now_or_never()),
                        _ => {}
                    }
                }
            }
        }
    }

    /// The tokens that live although nobody was told of them, or not of their permission and end.
    pub fn silent_tokens(&self, is_known_otherwise: impl Fn(&str) -> bool) -> Vec<Truth> {
        let live = self.authority.live_tokens().into_iter().map(|token| Truth {
            task: token.task_id,
            permits: token.authorization_details,
            ends_at: token.expires_at,
        });
        live.filter(|token| !is_known_otherwise(&token.task) && !self.told.is_told(token)).collect()
    }
}

/// An API that changes something at each call, and counts by the operation's name: `/notes/{id}` with a token, `/open`
/// without one, and `/moved/{id}` sends whoever has a token to somebody else.
fn api(verifier: TokenVerifier, kind: &'static str, effects: &Effects) -> Router {
    let effects = Arc::clone(effects);
    let act = move |request: Request<Body>| {
        let effect = Effect {
            operation: request.uri().query().unwrap_or_default().to_owned(),
            deletes: request.method() == Method::DELETE,
            kind,
            note: request.uri().path().rsplit('/').next().unwrap_or_default().to_owned(),
        };
        *effects.lock().unwrap().entry(effect).or_default() += 1;
        async { "done" }
    };
    let moved = || async { (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, format!("{EVIL}/notes/n0"))]).into_response() };
    JitRouter::new(verifier)
        .route("/notes/{id}", any(act.clone()), move |request| needed(request, kind))
        .route("/moved/{id}", any(moved), move |request| needed(request, kind))
        .public("/open", any(act))
        .into_router()
}

/// What a request to a note needs.
fn needed(request: &RequestHead<'_>, kind: &str) -> Option<AuthorizationDetail> {
    let action = if request.method() == Method::DELETE { "delete" } else { "write" };
    Some(AuthorizationDetail::new(kind).actions([action]).identifier(request.parameter("id")?))
}
