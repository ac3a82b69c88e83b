//! Many at once.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use futures_util::{FutureExt as _, future::join_all};
use jit_tools::{
    JitContext, LumoAuthAgent, Policy, ToolContext, ToolError, jit_tool,
    local_authority::{AuditKind, LocalAuthority},
    resource_server::{JitLayer, TokenVerifier, VerifiedToken},
    tools,
};
use tokio::net::TcpListener;

use crate::support::{API, EventfulClock, World, note};

/// Reads a note of a real server.
#[jit_tool(may_request(type = "note", actions = ["read"], identifier = "{id}"))]
async fn read_at(cx: &ToolContext, url: String, id: String) -> Result<String, ToolError> {
    Ok(cx.http().get(format!("{url}/notes/{id}")).send().await?.error_for_status()?.text().await?)
}

/// An API on loopback whose answer is the task for which the token was issued.
async fn api(authority: &LocalAuthority) -> String {
    let verifier = TokenVerifier::builder(authority.url(), authority.org())
        .client(authority.client_id(), authority.client_secret())
        .build()
        .unwrap();
    let handler = |token: axum::Extension<VerifiedToken>| async move { token.task_id.clone() };
    let router = axum::Router::new()
        .route("/notes/{id}", axum::routing::get(handler))
        .layer(JitLayer::new(verifier, |request| {
            Some(note("read", request.uri.path().strip_prefix("/notes/").unwrap_or_default()))
        }));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

fn agent(authority: &LocalAuthority) -> LumoAuthAgent {
    LumoAuthAgent::builder()
        .url(authority.url())
        .org(authority.org())
        .client_id(authority.client_id())
        .client_secret(authority.client_secret())
        .build()
        .unwrap()
}

fn asked(authority: &LocalAuthority, path_end: &str) -> usize {
    authority.requests().iter().filter(|call| call.path.ends_with(path_end)).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_equal_needs_make_one_request_and_one_token() {
    let authority = LocalAuthority::start().await.unwrap();
    let url = api(&authority).await;
    let jit = JitContext::create_task(&agent(&authority), "test").await.unwrap();
    let arguments = serde_json::json!({"url": url, "id": "n1"}).to_string();
    let tools = tools![read_at];
    let calls = (0..1000).map(|_| tools.call(&jit, "read_at", arguments.clone()));
    let outcomes = join_all(calls).await;
    let failed: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
    assert!(failed.is_empty(), "{} failed, such as {:?}", failed.len(), failed.first());
    assert_eq!(authority.issued_tokens().len(), 1);
    let requests = authority.audit().iter().filter(|event| event.event == AuditKind::RequestCreated).count();
    assert_eq!(requests, 1);
    jit.complete_task().await.unwrap();
    assert!(authority.live_tokens().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_users_share_no_token() {
    let world = Arc::new(World::new());
    // Each user has a task of their own; all need the same permission at the same time.
    let users = join_all((0..1000).map(|_| JitContext::create_task(&world.agent, "user"))).await;
    let users: Vec<_> = users.into_iter().map(Result::unwrap).collect();
    let calls = users.iter().map(|jit| async move {
        let policy_free = ToolContext::new(jit);
        // The request goes where the token would be seen.
        let permission = jit.request_permission(&note("read", "n1"), None).await.unwrap();
        let token = jit.get_token(&permission).await.unwrap();
        drop(policy_free);
        (jit.task_id().clone(), token.token.expose().to_owned())
    });
    let tokens = join_all(calls).await;
    let distinct: HashSet<_> = tokens.iter().map(|(_, token)| token).collect();
    assert_eq!(distinct.len(), 1000);
    let issued: HashMap<_, _> =
        world.authority.issued_tokens().into_iter().map(|token| (token.jti, token.task_id)).collect();
    assert_eq!(issued.values().collect::<HashSet<_>>().len(), 1000);
    join_all(users.iter().map(JitContext::complete_task)).await;
    assert!(world.authority.live_tokens().is_empty());
}

#[tokio::test]
async fn one_user_never_sends_anothers_token() {
    let world = World::new();
    let policy = || Policy::new().trust_origin(API).unwrap();
    let users =
        join_all((0..50).map(|_| JitContext::builder(&world.agent, "user").policy(policy()).create_task())).await;
    let users: Vec<_> = users.into_iter().map(Result::unwrap).collect();
    for _ in 0..2 {
        let reads = users.iter().map(|jit| async move {
            let cx = ToolContext::new(jit);
            cx.http().get(format!("{API}/notes/n1")).send().await.unwrap().error_for_status().unwrap();
        });
        join_all(reads).await;
    }
    let agent_token = world.agent.access_token().await.unwrap();
    let sent: Vec<_> = world.network.sent_to(API).into_iter().filter_map(|sent| sent.token).collect();
    let jit_tokens: HashSet<_> = sent.iter().filter(|token| *token != agent_token.expose()).collect();
    assert_eq!(jit_tokens.len(), 50);
}

#[tokio::test]
async fn one_who_is_cancelled_while_a_person_decides_leaves_the_request_to_the_next() {
    let world = World::new();
    let jit = world.trusting_task().await;
    let read = || async {
        let cx = ToolContext::new(&jit);
        cx.http().delete(format!("{API}/notes/n1")).send().await.unwrap().status()
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
        cx.http().delete(format!("{API}/notes/n1")).send().await.unwrap().escalation_error().unwrap().is_denied()
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
