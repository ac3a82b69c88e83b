//! What an agent knows about itself, for whom it acts, and what it does without any tool.

use std::{sync::Arc, time::Duration};

use jit_tools::{
    AccessToken, JitContext, LumoAuthAgent, Policy,
    authority::TaskResult,
    local_authority::{AuditKind, LocalAuthority, RateLimits},
    policy::Entitlement,
    testing::{InProcess, ManualClock},
};
use serde_json::{Map, json};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{any, path},
};

use crate::support::{API, AUTHORITY, World, note};

async fn user_token(world: &World) -> AccessToken {
    world.authority.user_token("ann@acme.com").await.unwrap()
}

/// An agent at an authority that was set up for the test.
fn agent_at(authority: &LocalAuthority) -> LumoAuthAgent {
    LumoAuthAgent::builder()
        .url(AUTHORITY)
        .org("acme-corp")
        .client_id("agt_x")
        .client_secret("s3cret")
        .clock(ManualClock::new().shared())
        .transport(Arc::new(InProcess::new().serve(AUTHORITY, authority.router()).unwrap()))
        .build()
        .unwrap()
}

#[tokio::test]
async fn an_agent_can_ask_who_it_is_and_what_it_may_do() {
    let capabilities = ["read:notes".to_owned()];
    let builder = LocalAuthority::builder().url(AUTHORITY).client("agt_x", "s3cret").budget("agt_x", 2);
    let authority = builder.capabilities("agt_x", capabilities).build().unwrap();
    let agent = agent_at(&authority);

    let info = agent.agent_info().await.unwrap();
    assert_eq!((info.subject.as_str(), info.agent_id.as_deref()), ("agent:agt_x", Some("agt_x")));
    assert!(agent.has_capability("read:notes").await.unwrap());
    assert!(!agent.has_capability("read").await.unwrap());

    let context = Map::from_iter([("id".to_owned(), json!("n1"))]);
    let yes = agent.ask("read:notes", &context).await.unwrap();
    assert!(yes.allowed && yes.audit_id.is_some());
    assert!(!agent.ask("write:notes", &Map::new()).await.unwrap().allowed);

    let jit = JitContext::create_task(&agent, "test").await.unwrap();
    let permission = jit.request_permission(&note("read", "n1"), None).await.unwrap();
    for left in [1, 0] {
        jit.get_token(&permission).await.unwrap();
        let budget = agent.budget().await.unwrap().unwrap();
        assert_eq!((budget.left_today(), budget.is_exhausted()), (Some(left), left == 0));
    }
    let error = jit.get_token(&permission).await.unwrap_err();
    let error = error.authority_error().unwrap();
    assert!(error.is_budget_exceeded() && error.retry_after().unwrap() > Duration::from_secs(60), "{error}");
    jit.complete_task().await.unwrap();
}

#[tokio::test]
async fn an_agent_acts_for_a_user_in_a_task_of_its_own() {
    let world = World::new();
    let jit = world.trusting_task().await;
    let for_ann = jit.delegate_on_behalf_of(&user_token(&world).await).await.unwrap();
    assert!(for_ann.agent().is_delegated() && !jit.agent().is_delegated());
    assert_ne!(for_ann.task_id(), jit.task_id());
    let url = format!("{API}/notes/n1");
    for task in [&jit, &for_ann] {
        let call = task.escalating(Entitlement::default());
        assert!(call.http().get(&url).send().await.unwrap().status().is_success());
    }
    let tasks: Vec<_> = world.authority.issued_tokens().into_iter().map(|token| token.task_id).collect();
    assert_eq!(tasks, [jit.task_id().to_string(), for_ann.task_id().to_string()]);
    let delegated = |event: &jit_tools::local_authority::AuditEvent| {
        event.event == AuditKind::TokenDelegated && event.user.as_deref() == Some("ann@acme.com")
    };
    assert_eq!(world.authority.audit().iter().filter(|event| delegated(event)).count(), 1);
    jit.complete_task().await.unwrap();
    assert!(world.authority.live_tokens().is_empty());
    assert!(jit.delegate_on_behalf_of(&user_token(&world).await).await.unwrap_err().is_parent_over());
}

#[tokio::test]
async fn a_task_for_a_user_is_completed_also_when_the_user_is_gone() {
    let world = World::new();
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    let token = user_token(&world).await;
    let for_ann = jit.delegate_on_behalf_of(&token).await.unwrap();
    let permission = for_ann.request_permission(&note("read", "n1"), None).await.unwrap();
    world.clock.advance(Duration::from_secs(3000));
    for_ann.complete_task().await.unwrap();

    let for_ann = jit.delegate_on_behalf_of(&token).await.unwrap();
    world.clock.advance(Duration::from_secs(599));
    assert!(for_ann.get_token(&permission).await.is_err());
    world.clock.advance(Duration::from_secs(1));
    let error = for_ann.request_permission(&note("read", "n1"), None).await.unwrap_err();
    assert!(error.authority_error().is_some_and(jit_tools::AuthorityError::is_invalid_grant), "{error}");
    for_ann.complete_task().await.unwrap();
}

#[tokio::test]
async fn who_may_not_act_for_a_user_is_told_so_at_once() {
    let builder = LocalAuthority::builder().url(AUTHORITY).client("agt_x", "s3cret").user("ann@acme.com");
    let authority = builder.capabilities("agt_x", []).build().unwrap();
    let user = authority.user_token("ann@acme.com").await.unwrap();
    assert!(authority.user_token("bob@acme.com").await.is_none());
    let agent = agent_at(&authority);
    let error = agent.on_behalf_of(&user).await.unwrap_err();
    assert!(error.is_delegation_refused(), "{error}");
    let error = agent.on_behalf_of(&AccessToken::new("nonsense")).await.unwrap_err();
    assert!(error.is_invalid_grant() && !error.to_string().contains("nonsense"), "{error}");
}

#[tokio::test]
async fn a_chain_of_agents_has_an_end() {
    let world = World::new();
    let mut agent = world.agent.on_behalf_of(&user_token(&world).await).await.unwrap();
    for _ in 0..2 {
        agent = world.agent.on_behalf_of(&agent.access_token().await.unwrap()).await.unwrap();
    }
    let error = world.agent.on_behalf_of(&agent.access_token().await.unwrap()).await.unwrap_err();
    assert!(error.is_delegation_refused() && error.code() == Some("delegation_depth_exceeded"), "{error}");
}

#[tokio::test]
async fn a_call_without_a_tool_is_bound_by_its_own_ceiling() {
    let world = World::new();
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    let url = format!("{API}/notes/n1");
    for (ceiling, expected) in [
        (Entitlement::default(), 403),
        (Entitlement::default().may_request(note("read", "n2")), 403),
        (Entitlement::default().may_request(note("read", "n1")).justification("the nightly report"), 200),
    ] {
        let call = jit.escalating(ceiling);
        assert_eq!(call.http().get(&url).send().await.unwrap().status().as_u16(), expected);
    }
    jit.complete_task().await.unwrap();
}

#[tokio::test]
async fn a_token_that_is_not_needed_any_more_is_revoked_and_asked_for_anew() {
    let world = World::new();
    let jit = JitContext::builder(&world.agent, "test")
        .policy(Policy::new().trust_origin(API).unwrap())
        .create_task()
        .await
        .unwrap();
    let permission = jit.request_permission(&note("read", "n1"), None).await.unwrap();
    let token = jit.get_token(&permission).await.unwrap();
    jit.revoke(&token.token).await.unwrap();
    assert!(world.authority.live_tokens().is_empty());
    jit.revoke(&token.token).await.unwrap();
    assert!(jit.get_token(&permission).await.is_ok());
    jit.complete_task().await.unwrap();
}

#[tokio::test]
async fn an_evaluation_closes_the_task() {
    let world = World::new();
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    let permission = jit.request_permission(&note("read", "n1"), None).await.unwrap();
    jit.get_token(&permission).await.unwrap();
    jit.evaluate_task(TaskResult::Failed, Some("the note was empty")).await.unwrap();
    assert!(world.authority.live_tokens().is_empty());
    assert!(jit.request_permission(&note("read", "n1"), None).await.unwrap_err().is_task_over());
    jit.complete_task().await.unwrap();
    let told = |event: &jit_tools::local_authority::AuditEvent| event.reason.as_deref() == Some("failed");
    assert!(world.authority.audit().iter().any(told));
}

#[tokio::test]
async fn a_limit_on_calls_is_told_with_how_long_to_wait() {
    let clock = ManualClock::new();
    let limits = RateLimits::default().api_calls(2);
    let builder = LocalAuthority::builder().url(AUTHORITY).client("agt_x", "s3cret").clock(clock.shared());
    let authority = builder.rate_limits(limits).build().unwrap();
    let network = Arc::new(InProcess::new().serve(AUTHORITY, authority.router()).unwrap());
    let builder = LumoAuthAgent::builder().url(AUTHORITY).org("acme-corp").client_id("agt_x").client_secret("s3cret");
    let agent = builder.clock(clock.shared()).transport(network).build().unwrap();
    let jit = JitContext::create_task(&agent, "test").await.unwrap();
    jit.request_permission(&note("read", "n1"), None).await.unwrap();
    // A minute is longer than a call waits by itself.
    let error = jit.request_permission(&note("read", "n2"), None).await.unwrap_err();
    let error = error.authority_error().unwrap();
    assert!(error.is_rate_limited() && error.retry_after() == Some(Duration::from_secs(60)), "{error}");
    clock.advance(Duration::from_secs(60));
    jit.request_permission(&note("read", "n2"), None).await.unwrap();
    jit.complete_task().await.unwrap();
}

/// What an agent makes of an answer that the authority gives to everything but the login.
async fn told<T>(
    body: serde_json::Value,
    ask: impl AsyncFnOnce(&LumoAuthAgent) -> Result<T, jit_tools::AuthorityError>,
) -> Result<T, String> {
    let server = MockServer::start().await;
    let token = json!({ "access_token": "agent-token", "token_type": "Bearer", "expires_in": 3600 });
    let log_in = Mock::given(path("/orgs/acme-corp/api/v1/oauth/token"));
    log_in.respond_with(ResponseTemplate::new(200).set_body_json(token)).up_to_n_times(1).mount(&server).await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_json(body)).mount(&server).await;
    let builder = LumoAuthAgent::builder().url(server.uri()).org("acme-corp").client_id("agt_x");
    let agent = builder.client_secret("s3cret").clock(ManualClock::new().shared()).build().unwrap();
    ask(&agent).await.map_err(|error| error.to_string())
}

#[tokio::test]
async fn an_answer_that_lacks_what_is_needed_is_named_and_the_rest_is_bounded() {
    let info = told(json!({ "sub": "agent:x" }), async |agent| agent.agent_info().await).await.unwrap();
    assert!(info.capabilities.is_empty() && info.budget.is_none() && info.name.is_none());
    let lacking = told(json!({ "name": "x" }), async |agent| agent.agent_info().await).await.unwrap_err();
    assert!(lacking.contains("its answer has no `sub`"), "{lacking}");
    let endless = json!({ "sub": "x\u{1b}[2J".repeat(500), "capabilities": vec!["a"; 5000], "budget_policy": {} });
    let info = told(endless, async |agent| agent.agent_info().await).await.unwrap();
    assert_eq!((info.subject.len(), info.capabilities.len()), (200, 1024));
    assert!(!info.subject.contains('\u{1b}') && !info.budget.unwrap().is_exhausted());

    let lacking = told(json!({}), async |agent| agent.ask("read", &Map::new()).await).await.unwrap_err();
    assert!(lacking.contains("its answer has no `allowed`"), "{lacking}");
    let odd = told(json!({ "allowed": "yes" }), async |agent| agent.ask("read", &Map::new()).await).await.unwrap_err();
    assert!(odd.contains("where JSON is expected"), "{odd}");

    let user = AccessToken::new("the user's token");
    let lacking = told(json!({}), async |agent| agent.on_behalf_of(&user).await).await.unwrap_err();
    assert!(lacking.contains("its answer has no `access_token`"), "{lacking}");
    let odd = json!({ "access_token": "t", "token_type": "mac" });
    let odd = told(odd, async |agent| agent.on_behalf_of(&user).await).await.unwrap_err();
    assert!(odd.contains("`token_type` that cannot be used") && !odd.contains("the user's token"), "{odd}");
}
