//! Many at once.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
};

use axum::http::{HeaderMap, Uri};
use futures_util::{FutureExt as _, StreamExt as _, future::join_all, stream};
use jit_tools::{
    JitContext, LumoAuthAgent, Policy, ToolContext, ToolError, jit_tool,
    local_authority::{AuditKind, LocalAuthority, RateLimits},
    policy::Entitlement,
    resource_server::{JitRouter, TokenVerifier, VerifiedToken},
    tools,
    transport::{HttpTransport, ResponseBody, Transport, TransportError},
    url,
};
use tokio::{net::TcpListener, sync::Semaphore};

use crate::support::{API, EventfulClock, World, note};

/// Reads a note of a real server.
#[jit_tool(may_request(type = "note", actions = ["read"], identifier = "{id}"))]
async fn read_at(cx: &ToolContext, url: String, id: String) -> Result<String, ToolError> {
    Ok(cx.http().get(url!("{url}/notes/{id}")).send().await?.error_for_status()?.text().await?)
}

/// What an API was sent with a token that it took.
#[derive(Clone, Debug)]
struct Taken {
    /// Who the caller is, as it says itself.
    user: String,
    bearer: String,
    token: VerifiedToken,
}

/// An API on loopback, and what it takes.
struct Api {
    url: String,
    taken: Arc<Mutex<Vec<Taken>>>,
}

impl Api {
    async fn start(authority: &LocalAuthority) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let verifier = TokenVerifier::builder(authority.url(), authority.org())
            .audience(&url)
            .client(authority.client_id(), authority.client_secret())
            .build()
            .unwrap();
        let taken = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&taken);
        let handler = async move |uri: Uri, headers: HeaderMap, token: axum::Extension<VerifiedToken>| {
            let user = uri.query().unwrap_or_default().to_owned();
            let bearer = headers["authorization"].to_str().unwrap().to_owned();
            noted.lock().unwrap().push(Taken { user, bearer, token: token.0 });
            "a note"
        };
        let router = JitRouter::new(verifier)
            .route("/notes/{id}", axum::routing::get(handler), |request| Some(note("read", request.parameter("id")?)))
            .into_router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, taken }
    }

    fn taken(&self) -> Vec<Taken> {
        self.taken.lock().unwrap().clone()
    }
}

/// Real sockets, of which only so many are open at once: there may be a thousand needs where a process may not open a
/// thousand files.
#[derive(Debug)]
struct FewSockets {
    http: HttpTransport,
    free: Semaphore,
}

#[async_trait::async_trait]
impl Transport for FewSockets {
    async fn send(
        &self,
        request: http::Request<axum::body::Bytes>,
    ) -> Result<http::Response<ResponseBody>, TransportError> {
        let _socket = self.free.acquire().await.unwrap();
        self.http.send(request).await
    }
}

fn agent(authority: &LocalAuthority) -> LumoAuthAgent {
    LumoAuthAgent::builder()
        .url(authority.url())
        .org(authority.org())
        .client_id(authority.client_id())
        .client_secret(authority.client_secret())
        .transport(Arc::new(FewSockets { http: HttpTransport::new().unwrap(), free: Semaphore::new(64) }))
        .build()
        .unwrap()
}

fn asked(authority: &LocalAuthority, path_end: &str) -> usize {
    authority.requests().iter().filter(|call| call.path.ends_with(path_end)).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_equal_needs_make_one_request_and_one_token() {
    let authority = LocalAuthority::start().await.unwrap();
    let api = Api::start(&authority).await;
    let jit = JitContext::create_task(&agent(&authority), "test").await.unwrap();
    let arguments = serde_json::json!({"url": api.url, "id": "n1"}).to_string();
    let tools = Arc::new(tools![read_at]);
    // Each is a task of the runtime, so that two threads poll them.
    let calls = (0..1000).map(|_| {
        let (tools, jit, arguments) = (Arc::clone(&tools), jit.clone(), arguments.clone());
        tokio::spawn(async move { tools.call(&jit, "read_at", arguments).await })
    });
    let outcomes: Vec<_> = join_all(calls).await.into_iter().map(Result::unwrap).collect();
    let failed: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
    assert!(failed.is_empty(), "{} failed, such as {:?}", failed.len(), failed.first());
    assert_eq!(authority.issued_tokens().len(), 1);
    let requests = authority.audit().iter().filter(|event| event.event == AuditKind::RequestCreated).count();
    assert_eq!(requests, 1);
    let taken = api.taken();
    assert_eq!(taken.len(), 1000);
    assert_eq!(taken.iter().map(|taken| &taken.bearer).collect::<HashSet<_>>().len(), 1);
    jit.complete_task().await.unwrap();
    assert!(authority.live_tokens().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_users_share_no_token() {
    const USERS: usize = 1000;
    let limits = RateLimits::default().token_calls(1_000_000).api_calls(1_000_000);
    let builder = LocalAuthority::builder().client("agt_x", "s3cret").rate_limits(limits);
    let builder = (0..USERS).fold(builder, |builder, number| builder.user(format!("u{number}@acme.com")));
    let authority = builder.start().await.unwrap();
    let api = Api::start(&authority).await;
    // One request a user, and none beyond: the users' tasks are parts of one, and spend its budget.
    let policy = Policy::new().trust_origin(&api.url).unwrap().max_requests(1000);
    let jit = JitContext::builder(&agent(&authority), "test").policy(policy).create_task().await.unwrap();

    let delegations = (0..USERS).map(async |number| {
        let user = authority.user_token(&format!("u{number}@acme.com")).await.unwrap();
        jit.delegate_on_behalf_of(&user).await.unwrap()
    });
    let users: Vec<_> = stream::iter(delegations).buffered(64).collect().await;

    // All need the same permission for the same note at the same time, and each needs it twice.
    let reads = (0..2 * USERS).map(|call| {
        let (number, jit) = (call % USERS, users[call % USERS].clone());
        let url = format!("{}/notes/n1?u{number}@acme.com", api.url);
        tokio::spawn(async move {
            let answer = if call < USERS {
                ToolContext::new(&jit).http().get(url).send().await
            } else {
                let entitlement = Entitlement::default().may_request(note("read", "n1"));
                jit.escalating(entitlement).http().get(url).send().await
            };
            answer.unwrap().error_for_status().unwrap();
        })
    });
    join_all(reads).await.into_iter().for_each(Result::unwrap);

    let tasks: HashMap<_, _> =
        users.iter().enumerate().map(|(number, jit)| (format!("u{number}@acme.com"), jit.task_id().as_str())).collect();
    let mut users_of: HashMap<_, HashSet<_>> = HashMap::new();
    let taken = api.taken();
    assert_eq!(taken.len(), 2 * USERS);
    for Taken { user, bearer, token } in &taken {
        assert_eq!(token.task_id, tasks[user], "a token of somebody else's task");
        assert_eq!(token.subject, format!("agent:agt_x:task:{}", tasks[user]));
        users_of.entry(bearer).or_default().insert(user);
    }
    assert_eq!(users_of.len(), USERS);
    assert!(users_of.values().all(|users| users.len() == 1), "a token is shared");
    let issued: HashSet<_> = authority.issued_tokens().into_iter().map(|token| token.task_id).collect();
    assert_eq!((authority.issued_tokens().len(), issued.len()), (USERS, USERS));
    jit.complete_task().await.unwrap();
    assert!(authority.live_tokens().is_empty());
}

#[tokio::test]
async fn one_who_is_cancelled_while_a_person_decides_leaves_the_request_to_the_next() {
    let world = World::new();
    let jit = world.trusting_task().await;
    let read = || async {
        let cx = ToolContext::new(&jit);
        cx.http().delete(url!("{API}/notes/n1")).send().await.unwrap().status()
    };
    // The first asks, and is dropped while a person thinks about it.
    let mut first = Box::pin(read());
    while world.authority.pending().is_empty() {
        assert!(first.as_mut().now_or_never().is_none());
    }
    drop(first);
    world.authority.approve(&world.authority.pending()[0].request_id.clone()).await.unwrap();
    assert_eq!(read().await, http::StatusCode::OK);
    assert_eq!(world.asked("/jit/request"), 1, "the person was asked once");
}

#[tokio::test]
async fn all_who_wait_for_the_same_denial_are_told() {
    let world = World::with_clock(|clock, authority| {
        let event = move || {
            for request in authority.pending() {
                authority.deny(&request.request_id, None, None).now_or_never().unwrap().unwrap();
            }
        };
        Arc::new(EventfulClock { clock, after: 1, event })
    });
    let jit = world.trusting_task().await;
    let calls = (0..20).map(|_| async {
        let cx = ToolContext::new(&jit);
        cx.http().delete(url!("{API}/notes/n1")).send().await.unwrap().escalation_error().unwrap().is_denied()
    });
    assert!(join_all(calls).await.into_iter().all(|denied| denied));
    assert_eq!(world.asked("/jit/request"), 1);
}

#[tokio::test]
async fn the_authority_is_asked_for_one_agent_token_by_all() {
    let authority = LocalAuthority::start().await.unwrap();
    let agent = agent(&authority);
    let tokens = join_all((0..100).map(|_| agent.access_token())).await;
    assert!(tokens.iter().all(Result::is_ok));
    assert_eq!(asked(&authority, "/oauth/token"), 1);
}
