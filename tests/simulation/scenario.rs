//! One run: some tasks in a process that may die, a person who decides, a restart that sweeps, and what must hold.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, http::Request, routing::any};
use futures_util::FutureExt as _;
use jit_tools::{
    ApprovalWait, AuthorizationDetail, Clock as _, JitContext, LumoAuthAgent, Origin, Policy, ToolContext,
    local_authority::{IssuedToken, LocalAuthority},
    resource_server::{JitLayer, TokenVerifier},
    session::{CompletionError, CreationError},
    testing::InProcess,
};

use crate::{
    clock::SimClock,
    executor::Executor,
    journal::{Disk, SimJournal},
    network::{Faults, Process, SimNetwork, Wire},
    random::Random,
};

const AUTHORITY: &str = "https://authority.test";
const APIS: [&str; 2] = ["https://a.test", "https://b.test"];
const TASKS: usize = 3;
const CALLS: usize = 3;

/// What a run met; added up, it tells whether the simulation simulates anything.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    runs: u64,
    crashes: u64,
    faults: u64,
    effects: u64,
    tokens: u64,
    polls: u64,
    requests: u64,
    swept: u64,
    reported: u64,
}

impl Seen {
    pub fn add(&mut self, other: &Self) {
        self.runs += other.runs;
        self.crashes += other.crashes;
        self.faults += other.faults;
        self.effects += other.effects;
        self.tokens += other.tokens;
        self.polls += other.polls;
        self.requests += other.requests;
        self.swept += other.swept;
        self.reported += other.reported;
    }

    pub fn is_eventful(&self) -> bool {
        [self.crashes, self.faults, self.effects, self.tokens, self.polls, self.swept, self.reported]
            .iter()
            .all(|count| *count > 0)
    }
}

/// What the APIs did: how often each operation, by its number.
type Effects = Arc<Mutex<BTreeMap<String, u32>>>;
/// The tasks that somebody was told of: they could not be completed, or not be written down.
type Reported = Arc<Mutex<BTreeSet<String>>>;

struct World {
    clock: SimClock,
    random: Random,
    authority: Arc<LocalAuthority>,
    servers: InProcess,
    disk: Disk,
    wire: Arc<Mutex<Wire>>,
    effects: Effects,
    reported: Reported,
}

pub fn run(seed: u64) -> Seen {
    let world = World::new(Random::new(seed));
    let crash_at = (!world.random.one_in(3)).then(|| world.random.next() % 120);
    let faults = Faults::new(world.random.clone(), crash_at);

    let first = Process::new(1);
    let mut executor = Executor::new(world.random.clone(), world.clock.clone());
    executor.spawn_daemon(world.person());
    for number in 0..TASKS {
        executor.spawn(world.task(&first, &faults, number));
    }
    let mut crashes = u64::from(executor.run(|| first.is_dead()));

    // The next process sweeps, and what it meets gets better with time.
    let mut swept = 0;
    for number in 2..5 {
        if number == 4 {
            faults.heal();
        }
        let process = Process::new(number);
        let done = Arc::new(Mutex::new(0));
        executor.spawn(world.sweep(&process, &faults, Arc::clone(&done)));
        crashes += u64::from(executor.run(|| process.is_dead()));
        swept += *done.lock().unwrap();
    }
    world.check(&faults, crashes, swept)
}

impl World {
    fn new(random: Random) -> Self {
        let clock = SimClock::new();
        let authority = LocalAuthority::builder()
            .url(AUTHORITY)
            .org("acme-corp")
            .client("agt_x", "s3cret")
            .clock(Arc::new(clock.clone()))
            .build()
            .unwrap();
        let authority = Arc::new(authority);
        let to_authority = InProcess::new().serve(AUTHORITY, authority.router()).unwrap();
        let effects = Effects::default();
        let mut servers = to_authority.clone();
        for url in APIS {
            let verifier = TokenVerifier::builder(AUTHORITY, "acme-corp")
                .client("agt_x", "s3cret")
                .clock(Arc::new(clock.clone()))
                .transport(Arc::new(to_authority.clone()))
                .build()
                .unwrap();
            servers = servers.serve(url, api(verifier, &effects)).unwrap();
        }
        let (disk, wire, reported) = (Disk::default(), Arc::default(), Reported::default());
        Self { clock, random, authority, servers, disk, wire, effects, reported }
    }

    fn agent(&self, process: &Process, faults: &Faults) -> LumoAuthAgent {
        LumoAuthAgent::builder()
            .url(AUTHORITY)
            .org("acme-corp")
            .client_id("agt_x")
            .client_secret("s3cret")
            .clock(Arc::new(self.clock.clone()))
            .transport(Arc::new(self.network(process, faults)))
            .build()
            .unwrap()
    }

    fn network(&self, process: &Process, faults: &Faults) -> SimNetwork {
        SimNetwork {
            servers: self.servers.clone(),
            authority: AUTHORITY.parse::<Origin>().unwrap(),
            clock: self.clock.clone(),
            faults: faults.clone(),
            process: process.clone(),
            wire: Arc::clone(&self.wire),
        }
    }

    fn journal(&self, process: &Process, faults: &Faults) -> Arc<SimJournal> {
        Arc::new(SimJournal { disk: self.disk.clone(), process: process.clone(), faults: faults.clone() })
    }

    /// A task that makes some calls, some at once, and is completed.
    fn task(&self, process: &Process, faults: &Faults, number: usize) -> impl Future<Output = ()> + 'static {
        let agent = self.agent(process, faults);
        let journal = self.journal(process, faults);
        let (random, reported) = (self.random.clone(), Arc::clone(&self.reported));
        async move {
            let policy = APIS.iter().fold(Policy::new(), |policy, api| policy.trust_origin(*api).unwrap());
            let created = JitContext::builder(&agent, &format!("task {number}"))
                .policy(policy)
                .approval_wait(ApprovalWait { interval: Duration::from_secs(5), limit: Duration::from_secs(60) })
                .journal(journal)
                .without_sweep()
                .create_task()
                .await;
            let jit = match created {
                Ok(jit) => jit,
                Err(error) => return report_creation(&reported, &error),
            };
            let call = |index: usize| {
                let (api, note) = (APIS[random.below(2)], random.below(2));
                let method = if random.one_in(4) { "DELETE" } else { "POST" };
                let url = format!("{api}/notes/n{note}?op={number}-{index}");
                let jit = jit.clone();
                async move {
                    let cx = ToolContext::new(&jit);
                    let request = cx.http().request(method.parse().unwrap(), url).body("x");
                    // Whatever comes of it, the call is not made again.
                    let _ = request.send().await;
                }
            };
            futures_util::future::join_all((0..CALLS).map(call)).await;
            call(CALLS).await;
            if let Err(error) = jit.complete_task().await {
                report_completion(&reported, &error);
            }
        }
    }

    /// What the next process does first.
    fn sweep(&self, process: &Process, faults: &Faults, done: Arc<Mutex<u64>>) -> impl Future<Output = ()> + 'static {
        let agent = self.agent(process, faults);
        let journal = self.journal(process, faults);
        async move {
            if let Ok(report) = JitContext::sweep(&agent, &*journal).await {
                *done.lock().unwrap() += report.completed.len() as u64;
            }
        }
    }

    /// Looks now and then, and approves, denies, or does nothing.
    fn person(&self) -> impl Future<Output = ()> + 'static {
        let (clock, random, authority) = (self.clock.clone(), self.random.clone(), Arc::clone(&self.authority));
        async move {
            loop {
                clock.sleep(Duration::from_secs(1 + random.next() % 40)).await;
                for request in authority.pending() {
                    match random.below(3) {
                        0 => drop(authority.approve(&request.request_id).now_or_never()),
                        1 => drop(authority.deny(&request.request_id, None, None).now_or_never()),
                        _ => {}
                    }
                }
            }
        }
    }

    fn check(&self, faults: &Faults, crashes: u64, swept: u64) -> Seen {
        self.network(&Process::new(0), faults).check_tokens();
        let wire = self.wire.lock().unwrap();
        assert_eq!(wire.violations, Vec::<String>::new());

        let effects = self.effects.lock().unwrap();
        let repeated: Vec<_> = effects.iter().filter(|(_, count)| **count > 1).collect();
        assert!(repeated.is_empty(), "happened more than once: {repeated:?}");

        // Each deletion is of its own kind, and a person approves each.
        let deletions = effects.keys().filter(|operation| operation.starts_with("DELETE")).count();
        let may_delete = |token: &&IssuedToken| {
            token
                .authorization_details
                .iter()
                .flat_map(|detail| &detail.actions)
                .flatten()
                .any(|action| action == "delete")
        };
        let approved = self.authority.issued_tokens().iter().filter(may_delete).count();
        assert!(deletions <= approved, "{deletions} deletions by {approved} approvals");

        let reported = self.reported.lock().unwrap();
        let silent: Vec<_> =
            self.authority.live_tokens().into_iter().filter(|token| !reported.contains(&token.task_id)).collect();
        assert!(silent.is_empty(), "live, and nobody was told: {silent:?}");

        Seen {
            runs: 1,
            crashes,
            faults: faults.met.load(std::sync::atomic::Ordering::SeqCst),
            effects: effects.len() as u64,
            tokens: self.authority.issued_tokens().len() as u64,
            polls: wire.polls,
            requests: wire.sent,
            swept,
            reported: reported.len() as u64,
        }
    }
}

/// An API that changes something at each call, and counts by the call's number.
fn api(verifier: TokenVerifier, effects: &Effects) -> Router {
    let effects = Arc::clone(effects);
    let handler = move |request: Request<axum::body::Body>| {
        let operation = format!("{} {}", request.method(), request.uri().query().unwrap_or_default());
        *effects.lock().unwrap().entry(operation).or_default() += 1;
        async { "done" }
    };
    Router::new().route("/notes/{id}", any(handler)).layer(JitLayer::new(verifier, |request| {
        let id = request.uri.path().strip_prefix("/notes/").unwrap_or_default();
        let action = if request.method == "DELETE" { "delete" } else { "write" };
        Some(AuthorizationDetail::new("note").actions([action]).identifier(id))
    }))
}

fn report_creation(reported: &Reported, error: &CreationError) {
    if let Some(unfinished) = error.unfinished() {
        report_completion(reported, unfinished);
    }
}

fn report_completion(reported: &Reported, error: &CompletionError) {
    reported.lock().unwrap().extend(error.unfinished().iter().map(|task| task.id.to_string()));
}
