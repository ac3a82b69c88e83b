//! What happens when an API says that something is missing.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use http::StatusCode;
use jit_tools::{
    JitContext, Policy, ToolContext, ToolError, escalation::Refusal, jit_tool, testing::InProcess, tools, url,
};

use crate::support::{API, AUTHORITY, Recorder, World, note, note_there};

/// Reads a note.
#[jit_tool(
    justification = "Reading note {id} for the user",
    may_request(type = "note", actions = ["read"], identifier = "{id}")
)]
async fn read_note(cx: &ToolContext, id: String) -> Result<String, ToolError> {
    Ok(cx.http().get(url!("{API}/notes/{id}")).send().await?.error_for_status()?.text().await?)
}

/// Deletes a note, and declares only that it reads.
#[jit_tool(may_request(type = "note", actions = ["read"], identifier = "{id}"))]
async fn overreaching(cx: &ToolContext, id: String) -> Result<String, ToolError> {
    Ok(cx.http().delete(url!("{API}/notes/{id}")).send().await?.error_for_status()?.text().await?)
}

/// Reads a note, and declares nothing.
#[jit_tool]
async fn read_without_ceiling(cx: &ToolContext, id: String) -> Result<String, ToolError> {
    Ok(cx.http().get(url!("{API}/notes/{id}")).send().await?.error_for_status()?.text().await?)
}

#[tokio::test]
async fn a_tool_gets_exactly_what_is_missing_and_gives_it_back() {
    let world = World::new();
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    let output = tools![read_note].call(&jit, "read_note", r#"{"id":"n1"}"#).await.unwrap();
    assert_eq!(output.as_text(), "a note");

    let issued = world.authority.issued_tokens();
    assert_eq!(issued.len(), 1);
    assert_eq!(issued[0].authorization_details, [note_there("read", "n1")]);
    let asked = world.network.sent().into_iter().find(|sent| sent.line.ends_with("/jit/request")).unwrap();
    let asked: serde_json::Value = serde_json::from_slice(&asked.body).unwrap();
    assert_eq!(asked["justification"], "Reading note \"n1\" for the user [quoted: from the model]");

    jit.complete_task().await.unwrap();
    assert!(world.authority.live_tokens().is_empty());
}

#[tokio::test]
async fn a_403_without_a_challenge_stays_an_ordinary_answer() {
    let world = World::new();
    let jit = world.trusting_task().await;
    let cx = ToolContext::new(&jit);
    let response = cx.http().get(url!("{API}/forbidden")).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert!(response.escalation_error().is_none());
    assert_eq!(response.text().await.unwrap(), "just no");
    assert_eq!(world.asked("/jit/request"), 0);
}

#[tokio::test]
async fn a_challenge_beyond_the_ceiling_is_refused_before_anything_is_asked() {
    let world = World::new();
    // Trusting the API does not widen what a tool declares.
    let jit = world.trusting_task().await;
    let error = tools![overreaching].call(&jit, "overreaching", r#"{"id":"n1"}"#).await.unwrap_err();
    let escalation = error.escalation().unwrap();
    assert!(escalation.is_refused());
    assert!(
        matches!(escalation.refusal(), Some(Refusal::BeyondCeiling { asked }) if *asked == note_there("delete", "n1"))
    );
    assert!(
        error.to_string().contains(
            r#"may_request(type = "note", actions = ["delete"], locations = ["https://api.test"], identifier = "n1")"#
        ),
        "{error}"
    );
    assert_eq!(
        error.for_model(),
        "This tool may not ask for the permission that the API requires. Do not try again; say that it is not allowed."
    );
    assert_eq!((world.asked("/jit/request"), world.served()), (0, 0));
}

#[tokio::test]
async fn a_tool_without_a_ceiling_asks_only_where_the_policy_trusts_the_api() {
    let world = World::new();
    let tools = tools![read_without_ceiling];

    let distrusting = JitContext::create_task(&world.agent, "test").await.unwrap();
    let error = tools.call(&distrusting, "read_without_ceiling", r#"{"id":"n1"}"#).await.unwrap_err();
    assert!(error.to_string().contains("Policy::trust_origin(\"https://api.test\")"), "{error}");
    assert_eq!(world.asked("/jit/request"), 0);

    let trusting = world.trusting_task().await;
    assert!(tools.call(&trusting, "read_without_ceiling", r#"{"id":"n1"}"#).await.is_ok());
}

#[tokio::test]
async fn the_same_bytes_are_sent_again_once() {
    let world = World::new();
    let jit = world.trusting_task().await;
    let cx = ToolContext::new(&jit);
    let request = cx.http().post(url!("{API}/notes/n1?a=b")).header("x-note", "1").body("the body");
    assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);

    let sent = world.network.sent_to(API);
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0].line, sent[1].line);
    assert_eq!((&sent[0].body[..], &sent[1].body[..]), (&b"the body"[..], &b"the body"[..]));
    assert_ne!(sent[0].token, sent[1].token);
    assert_eq!(world.served(), 1);
}

#[tokio::test]
async fn the_agents_own_token_goes_only_to_origins_that_were_named() {
    let world = World::new();
    let silent = JitContext::create_task(&world.agent, "test").await.unwrap();
    ToolContext::new(&silent).http().get(url!("{API}/open")).send().await.unwrap();
    assert_eq!(world.network.sent_to(API)[0].token, None);

    let telling = JitContext::builder(&world.agent, "test")
        .policy(Policy::new().send_agent_token_to(API).unwrap())
        .create_task()
        .await
        .unwrap();
    ToolContext::new(&telling).http().get(url!("{API}/open")).send().await.unwrap();
    assert!(world.network.sent_to(API)[1].token.is_some());
}

#[tokio::test]
async fn an_authorization_of_the_tools_own_is_left_alone() {
    let world = World::new();
    let jit = world.trusting_task().await;
    let cx = ToolContext::new(&jit);
    let response = cx.http().get(url!("{API}/notes/n1")).header("authorization", "Bearer mine").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    let tokens: Vec<_> = world.network.sent_to(API).into_iter().map(|sent| sent.token.unwrap()).collect();
    assert_eq!(tokens, ["mine"]);
}

#[tokio::test]
async fn a_token_is_used_again_until_shortly_before_its_end_and_then_replaced() {
    let world = World::new();
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    let tools = tools![read_note];
    for _ in 0..3 {
        tools.call(&jit, "read_note", r#"{"id":"n1"}"#).await.unwrap();
    }
    assert_eq!(world.asked("/jit/request"), 1);

    // It lives for 600 s, and is replaced in the last 30.
    world.clock.advance(Duration::from_secs(569));
    tools.call(&jit, "read_note", r#"{"id":"n1"}"#).await.unwrap();
    assert_eq!(world.asked("/jit/request"), 1);
    world.clock.advance(Duration::from_secs(2));
    tools.call(&jit, "read_note", r#"{"id":"n1"}"#).await.unwrap();
    assert_eq!(world.asked("/jit/request"), 2);
    // One that has ended is replaced just the same.
    world.clock.advance(Duration::from_secs(700));
    tools.call(&jit, "read_note", r#"{"id":"n1"}"#).await.unwrap();
    assert_eq!(world.asked("/jit/request"), 3);
}

#[tokio::test]
async fn a_token_that_was_revoked_at_the_other_end_is_replaced_once() {
    let world = World::new();
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    let tools = tools![read_note];
    tools.call(&jit, "read_note", r#"{"id":"n1"}"#).await.unwrap();

    world.revoke_the_last_token().await;

    world.clock.advance(Duration::from_secs(1));
    tools.call(&jit, "read_note", r#"{"id":"n1"}"#).await.unwrap();
    assert_eq!(world.asked("/jit/request"), 2);
}

#[tokio::test]
async fn equal_needs_at_the_same_time_share_one_request_and_one_token() {
    let world = World::new();
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    let tools = tools![read_note];
    let calls = (0..100).map(|_| tools.call(&jit, "read_note", r#"{"id":"n1"}"#));
    assert!(join_all(calls).await.iter().all(Result::is_ok));
    assert_eq!((world.asked("/jit/request"), world.authority.issued_tokens().len()), (1, 1));
    assert_eq!(world.asked("/oauth/token"), 1);
}

#[tokio::test]
async fn different_needs_do_not_share_a_token() {
    let world = World::new();
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    let tools = tools![read_note];
    for id in ["n1", "n2"] {
        tools.call(&jit, "read_note", format!(r#"{{"id":"{id}"}}"#)).await.unwrap();
    }
    assert_eq!(world.authority.issued_tokens().len(), 2);
}

#[tokio::test]
async fn a_redirect_of_a_request_with_a_token_is_an_error_that_names_the_target_and_nothing_is_sent_there() {
    let elsewhere = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&elsewhere);
    let redirecting = axum::Router::new().route(
        "/",
        axum::routing::get(|| async { axum::response::Redirect::temporary("https://evil.test/take?canary=1#x") }),
    );
    let evil = axum::Router::new().fallback(move || {
        seen.fetch_add(1, Ordering::SeqCst);
        async { "thanks" }
    });
    let world = World::new();
    let network = InProcess::new()
        .serve(AUTHORITY, world.authority.router())
        .unwrap()
        .serve("https://redirecting.test", redirecting)
        .unwrap()
        .serve("https://evil.test", evil)
        .unwrap();
    let agent = jit_tools::LumoAuthAgent::builder()
        .url(AUTHORITY)
        .org("acme-corp")
        .client_id("agt_x")
        .client_secret("s3cret")
        .transport(Arc::new(Recorder::new(network)))
        .build()
        .unwrap();
    let policy = Policy::new().send_agent_token_to("https://redirecting.test").unwrap();
    let trusting = JitContext::builder(&agent, "test").policy(policy).create_task().await.unwrap();
    let error = ToolContext::new(&trusting).http().get("https://redirecting.test/").send().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the API answered 307 Temporary Redirect and points to https://evil.test/take; a request with a token follows \
         no redirect"
    );

    // Without a token it is an answer like any other.
    let plain = JitContext::create_task(&agent, "test").await.unwrap();
    let response = ToolContext::new(&plain).http().get("https://redirecting.test/").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(elsewhere.load(Ordering::SeqCst), 0);
}

/// Meets a challenge with a client of its own, and counts how often its body runs.
#[jit_tool(may_request(type = "note", actions = ["read"], identifier = "n1"))]
async fn foreign_client(cx: &ToolContext, writes_first: bool) -> Result<String, ToolError> {
    if writes_first {
        cx.http().post(url!("{API}/open")).send().await?.error_for_status()?;
    }
    let url = url!("{API}/notes/n1")?;
    let mut request = http::Request::get(url.as_str());
    if let Some(token) = cx.access_token(&url).await? {
        request = request.header("authorization", token.bearer().unwrap());
    }
    let transport = FOREIGN.with(|network| network.borrow().clone().unwrap());
    let answer = jit_tools::transport::Transport::send(&*transport, request.body("".into())?).await?;
    let (head, body) = answer.into_parts();
    let body = jit_tools::transport::read_body(body, 65_536).await?;
    match cx.challenge(&url, head.status, &head.headers, &body) {
        Some(challenge) => Err(challenge),
        None => Ok(String::from_utf8_lossy(&body).into_owned()),
    }
}

thread_local! {
    static FOREIGN: std::cell::RefCell<Option<Arc<Recorder>>> = const { std::cell::RefCell::new(None) };
}

#[tokio::test]
async fn a_challenge_that_another_client_met_runs_the_body_again_with_the_token() {
    let world = World::new();
    FOREIGN.set(Some(world.network.clone()));
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    let output = tools![foreign_client].call(&jit, "foreign_client", r#"{"writes_first":false}"#).await.unwrap();
    assert_eq!(output.as_text(), "a note");
    assert_eq!(world.network.sent_to(API).len(), 2);
}

#[tokio::test]
async fn a_body_that_already_changed_something_does_not_run_again() {
    let world = World::new();
    FOREIGN.set(Some(world.network.clone()));
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    let error = tools![foreign_client].call(&jit, "foreign_client", r#"{"writes_first":true}"#).await.unwrap_err();
    assert!(error.to_string().contains("running it again would do that twice"), "{error}");
    assert_eq!(world.asked("/jit/request"), 0);
    let writes = world.network.sent_to(API).iter().filter(|sent| sent.line.starts_with("POST")).count();
    assert_eq!(writes, 1);
}

#[tokio::test]
async fn an_idempotency_key_is_the_same_on_both_attempts() {
    let keys = Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = Arc::clone(&keys);
    let api = axum::Router::new().fallback(move |request: axum::extract::Request| {
        let key = request.headers().get("idempotency-key").unwrap().to_str().unwrap().to_owned();
        seen.lock().unwrap().push(key);
        let is_second = seen.lock().unwrap().len() == 2;
        async move {
            if is_second {
                (StatusCode::CREATED, String::new())
            } else {
                (StatusCode::FORBIDDEN, missing_note("write"))
            }
        }
    });
    let world = World::with_api("https://strict.test", api);
    let jit = world.task_that_may("write").await;
    let cx = ToolContext::new(&jit);
    let request = cx.http().post("https://strict.test/").header("idempotency-key", "k-1").body("x");
    assert_eq!(request.send().await.unwrap().status(), StatusCode::CREATED);
    assert_eq!(*keys.lock().unwrap(), ["k-1", "k-1"]);
}

#[tokio::test]
async fn nothing_is_sent_again_after_a_5xx() {
    let asked = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&asked);
    let api = axum::Router::new().fallback(move || {
        seen.fetch_add(1, Ordering::SeqCst);
        async { (StatusCode::SERVICE_UNAVAILABLE, missing_note("write")) }
    });
    let world = World::with_api("https://strict.test", api);
    let jit = world.task_that_may("write").await;
    let response = ToolContext::new(&jit).http().post("https://strict.test/").body("x").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!((asked.load(Ordering::SeqCst), world.asked("/jit/request")), (1, 0));
}

#[tokio::test]
async fn an_api_that_is_never_satisfied_gets_two_attempts_and_one_token() {
    let asked = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&asked);
    let api = axum::Router::new().fallback(move || {
        seen.fetch_add(1, Ordering::SeqCst);
        async { (StatusCode::FORBIDDEN, missing_note("read")) }
    });
    let world = World::with_api("https://strict.test", api);
    let jit = world.task_that_may("read").await;
    let response = ToolContext::new(&jit).http().get("https://strict.test/").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert!(response.escalation_error().unwrap().is_unsatisfied());
    assert_eq!((asked.load(Ordering::SeqCst), world.asked("/jit/request")), (2, 1));
}

#[tokio::test]
async fn an_api_that_is_never_satisfied_with_another_clients_token_costs_one_request() {
    let api = axum::Router::new().fallback(|| async { (StatusCode::FORBIDDEN, missing_note("read")) });
    let world = World::with_api(API, api);
    FOREIGN.set(Some(world.network.clone()));
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    // The new token is refused; the next call tries it once more, and the one after that has nothing to try.
    for unsatisfied in [true, false, true] {
        world.clock.advance(Duration::from_secs(1));
        let error = tools![foreign_client].call(&jit, "foreign_client", r#"{"writes_first":false}"#).await.unwrap_err();
        let told = error.escalation().is_some_and(jit_tools::EscalationError::is_unsatisfied);
        assert_eq!(told, unsatisfied, "{error}");
    }
    assert_eq!((world.network.sent_to(API).len(), world.asked("/jit/request")), (5, 1));
}

/// The vendor's body that says that something about a note is missing.
fn missing_note(action: &str) -> String {
    serde_json::json!({
        "error": "insufficient_authorization_details",
        "authorization_details_hint": note(action, "n1"),
    })
    .to_string()
}
