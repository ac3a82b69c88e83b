//! An authority, an API behind the tower layer and an agent, in one process and on one clock that is turned by hand.

use std::{
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use axum::{Router, body::Bytes, http::Request, routing::any};
use jit_tools::{
    ApprovalWait, AuthorizationDetail, Clock, JitContext, LumoAuthAgent, Policy,
    local_authority::{LocalAuthority, PathStyles},
    resource_server::{JitRouter, RequestHead, TokenVerifier},
    testing::{InProcess, ManualClock},
    transport::{RequestBody, ResponseBody, SharedTransport, Transport, TransportError},
};

pub const AUTHORITY: &str = "https://authority.test";
pub const API: &str = "https://api.test";

/// All that a test needs.
pub struct World {
    pub authority: Arc<LocalAuthority>,
    pub clock: ManualClock,
    /// How often the API's handler ran, behind the layer.
    pub served: Arc<AtomicUsize>,
    pub network: Arc<Recorder>,
    pub agent: LumoAuthAgent,
}

impl World {
    pub fn new() -> Self {
        Self::with(PathStyles::Both, |builder| builder.org("acme-corp"), |clock, _| clock.shared())
    }

    /// A world whose agent goes by a clock made of the manual one.
    pub fn with_clock(agent_clock: impl FnOnce(ManualClock, Arc<LocalAuthority>) -> Arc<dyn Clock>) -> Self {
        Self::with(PathStyles::Both, |builder| builder.org("acme-corp"), agent_clock)
    }

    /// A world with another API in place of the notes.
    pub fn with_api(url: &str, api: Router) -> Self {
        let mut world = Self::new();
        let network = InProcess::new().serve(AUTHORITY, world.authority.router()).unwrap().serve(url, api).unwrap();
        world.network = Arc::new(Recorder::new(network));
        world.agent = Self::agent_of(&world);
        world
    }

    /// The same world, with the same clock, another API in place of the notes, and an authority that takes its time.
    pub fn with_api_and_clock_of(mut world: Self, url: &str, api: Router) -> Self {
        let slowly = |request, next: axum::middleware::Next| async {
            // Others get their turn.
            tokio::task::yield_now().await;
            next.run(request).await
        };
        let authority = world.authority.router().layer(axum::middleware::from_fn(slowly));
        let network = InProcess::new().serve(AUTHORITY, authority).unwrap().serve(url, api).unwrap();
        world.network = Arc::new(Recorder::new(network));
        let clock = world.agent.clock().clone();
        world.agent = LumoAuthAgent::builder()
            .url(AUTHORITY)
            .org("acme-corp")
            .client_id("agt_x")
            .client_secret("s3cret")
            .clock(clock)
            .transport(world.network.clone() as SharedTransport)
            .build()
            .unwrap();
        world
    }

    /// Another agent with the same credentials, clock and network, as another process would have.
    pub fn agent_of(world: &Self) -> LumoAuthAgent {
        LumoAuthAgent::builder()
            .url(AUTHORITY)
            .org("acme-corp")
            .client_id("agt_x")
            .client_secret("s3cret")
            .clock(world.clock.shared())
            .transport(world.network.clone() as SharedTransport)
            .build()
            .unwrap()
    }

    /// A task that trusts every API here to ask for this action.
    pub async fn task_that_may(&self, action: &str) -> JitContext {
        let policy = Policy::new().trust_origin(API).unwrap().trust_origin("https://strict.test").unwrap();
        JitContext::builder(&self.agent, "test").policy(policy.allow_actions([action])).create_task().await.unwrap()
    }

    pub fn with(
        styles: PathStyles,
        named: impl FnOnce(jit_tools::authority::LumoAuthAgentBuilder) -> jit_tools::authority::LumoAuthAgentBuilder,
        agent_clock: impl FnOnce(ManualClock, Arc<LocalAuthority>) -> Arc<dyn Clock>,
    ) -> Self {
        let clock = ManualClock::new();
        let authority = LocalAuthority::builder()
            .url(AUTHORITY)
            .org("acme-corp")
            .client("agt_x", "s3cret")
            .user("ann@acme.com")
            .clock(clock.shared())
            .path_styles(styles)
            .build()
            .unwrap();
        let authority = Arc::new(authority);
        let served = Arc::new(AtomicUsize::new(0));
        let to_authority = Arc::new(InProcess::new().serve(AUTHORITY, authority.router()).unwrap());
        let verifier = TokenVerifier::builder(AUTHORITY, "acme-corp")
            .audience(API)
            .client("agt_x", "s3cret")
            .clock(clock.shared())
            .transport(to_authority)
            .build()
            .unwrap();
        let network = InProcess::new()
            .serve(AUTHORITY, authority.router())
            .unwrap()
            .serve(API, api(verifier, Arc::clone(&served)))
            .unwrap();
        let network = Arc::new(Recorder::new(network));
        let agent = named(LumoAuthAgent::builder().url(AUTHORITY))
            .client_id("agt_x")
            .client_secret("s3cret")
            .clock(agent_clock(clock.clone(), Arc::clone(&authority)))
            .transport(network.clone() as SharedTransport)
            .build()
            .unwrap();
        Self { authority, clock, served, network, agent }
    }

    /// A task with a policy that trusts the API, and that waits for a person as long as by default.
    pub async fn trusting_task(&self) -> JitContext {
        JitContext::builder(&self.agent, "test")
            .policy(Policy::new().trust_origin(API).unwrap())
            .approval_wait(ApprovalWait::default())
            .create_task()
            .await
            .unwrap()
    }

    /// Revokes the token that the API got last, without a word to the agent.
    pub async fn revoke_the_last_token(&self) {
        let token = self.network.sent_to(API).last().unwrap().token.clone().unwrap();
        let revoke = format!("token={token}&client_id=agt_x&client_secret=s3cret");
        let revoke = http::Request::post(format!("{AUTHORITY}/orgs/acme-corp/api/v1/oauth/revoke"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(revoke.into())
            .unwrap();
        Transport::send(&*self.network, revoke).await.unwrap();
        assert!(self.authority.live_tokens().is_empty());
    }

    /// How often the handler behind the layer ran.
    pub fn served(&self) -> usize {
        self.served.load(Ordering::SeqCst)
    }

    /// The calls that the authority got whose path ends so.
    pub fn asked(&self, path_end: &str) -> usize {
        self.authority.requests().iter().filter(|call| call.path.ends_with(path_end)).count()
    }
}

/// An API of notes: `/notes/{id}` needs `{"type":"note","actions":[…],"identifier":id}`, where the action is `read`
/// for GET, `write` for POST, and `delete` for DELETE. `/placed/{id}` needs that with its place in `locations`. `/open` needs
/// nothing.
fn api(verifier: TokenVerifier, served: Arc<AtomicUsize>) -> Router {
    let handler = move || {
        let served = Arc::clone(&served);
        async move {
            served.fetch_add(1, Ordering::SeqCst);
            "a note"
        }
    };
    let open = Router::new()
        .route("/open", any(|| async { "open" }))
        .route("/forbidden", any(|| async { (axum::http::StatusCode::FORBIDDEN, "just no") }));
    let needed = |request: &RequestHead<'_>| {
        let action = match request.method().as_str() {
            "GET" => "read",
            "DELETE" => "delete",
            _ => "write",
        };
        Some(note(action, request.parameter("id")?))
    };
    JitRouter::new(verifier)
        .route("/notes/{id}", any(handler.clone()), needed)
        .route("/placed/{id}", any(handler), move |request| Some(needed(request)?.locations([format!("{API}/placed")])))
        .into_router()
        .merge(open)
}

/// The policy that trusts an API and sends it the agent's own token.
pub fn known_at(api: &str) -> Policy {
    Policy::new().trust_origin(api).unwrap().send_agent_token_to(api).unwrap()
}

/// A permission for a note at the API, as the API names it.
pub fn note_there(action: &str, id: &str) -> AuthorizationDetail {
    note(action, id).locations([API])
}

/// A permission for a note.
pub fn note(action: &str, id: &str) -> AuthorizationDetail {
    AuthorizationDetail::new("note").actions([action]).identifier(id)
}

/// A transport that remembers what was sent where, and with which token.
#[derive(Debug)]
pub struct Recorder {
    network: InProcess,
    sent: Mutex<Vec<Sent>>,
}

/// One request, as it left.
#[derive(Clone, Debug)]
pub struct Sent {
    pub line: String,
    pub token: Option<String>,
    pub body: Bytes,
}

impl Recorder {
    pub fn new(network: InProcess) -> Self {
        Self { network, sent: Mutex::default() }
    }

    fn note<B>(&self, request: &Request<B>, body: Bytes) {
        self.sent.lock().unwrap().push(Sent {
            line: format!("{} {}", request.method(), request.uri()),
            token: request
                .headers()
                .get("authorization")
                .map(|value| value.to_str().unwrap().trim_start_matches("Bearer ").to_owned()),
            body,
        });
    }

    /// Every request so far.
    pub fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap().clone()
    }

    /// The requests to the API so far.
    pub fn sent_to(&self, origin: &str) -> Vec<Sent> {
        self.sent().into_iter().filter(|sent| sent.line.contains(origin)).collect()
    }
}

#[async_trait::async_trait]
impl Transport for Recorder {
    async fn send(&self, request: Request<Bytes>) -> Result<axum::http::Response<ResponseBody>, TransportError> {
        self.note(&request, request.body().clone());
        self.network.send(request).await
    }

    async fn send_stream(
        &self,
        request: Request<RequestBody>,
    ) -> Result<axum::http::Response<ResponseBody>, TransportError> {
        self.note(&request, Bytes::new());
        self.network.send_stream(request).await
    }
}

/// A clock that does something after so many sleeps.
pub struct EventfulClock<F> {
    pub clock: ManualClock,
    pub after: usize,
    pub event: F,
}

impl<F> std::fmt::Debug for EventfulClock<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.clock.fmt(f)
    }
}

#[async_trait::async_trait]
impl<F: Fn() + Send + Sync> Clock for EventfulClock<F> {
    fn now(&self) -> Instant {
        self.clock.now()
    }

    fn system_time(&self) -> SystemTime {
        self.clock.system_time()
    }

    async fn sleep(&self, duration: Duration) {
        self.clock.sleep(duration).await;
        if self.clock.sleeps().len() == self.after {
            (self.event)();
        }
    }

    async fn deadline(&self, limit: Duration) {
        self.clock.deadline(limit).await;
    }
}

/// What was traced in this thread since it was made.
pub struct Traced {
    lines: Lines,
    _default: tracing::subscriber::DefaultGuard,
}

/// All that was written.
#[derive(Clone, Default)]
pub struct Lines(Arc<Mutex<Vec<u8>>>);

impl Traced {
    pub fn new() -> Self {
        use tracing_subscriber::util::SubscriberInitExt as _;
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        // Where there is but one subscriber, `tracing` asks that of the thread that comes by an event first, and remembers
        // for all threads that nobody wants it. With a second one, which nobody writes to, it asks them all.
        static SECOND: OnceLock<tracing::Dispatch> = OnceLock::new();
        SECOND.get_or_init(|| tracing::Dispatch::new(tracing_subscriber::registry()));
        let default = subscriber.set_default();
        tracing::callsite::rebuild_interest_cache();
        Self { lines, _default: default }
    }

    pub fn text(&self) -> String {
        self.lines.text()
    }
}

impl Lines {
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
