//! One agent's requests do not use up what the authority answers the API.

use super::*;
use crate::local_authority::RateLimits;

#[tokio::test]
async fn a_revoked_token_sent_again_and_again_shuts_nobody_out() {
    let limits = RateLimits::default().api_calls(40);
    let api = Api::of(Bench::build(|builder| builder.rate_limits(limits)).await);
    let (_, _, revoked) = api.grant().await;
    let (_, _, honest) = api.grant().await;
    let pairs = [("client_id", "agt_a"), ("client_secret", "secret a"), ("token", revoked.as_str())];
    api.bench.form("/orgs/acme-corp/api/v1/oauth/revoke", &pairs).await;
    for _ in 0..100 {
        assert_challenged(&api.get("doc_1", Some(&revoked)).await, "doc_1", Some(&revoked));
    }
    assert_eq!(api.calls("/oauth/introspect"), 1);
    assert_eq!(api.get("doc_1", Some(&honest)).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn an_agent_that_asks_too_much_is_told_when_to_come_back() {
    let api = Api::start().await;
    let verifier = TokenVerifier::builder(api.bench.authority.url(), "acme-corp")
        .audience(API)
        .client("agt_b", "secret b")
        .clock(api.bench.clock.clone())
        .introspections_per_agent(2)
        .build()
        .unwrap();
    let api = Api { verifier, ..api };
    let (_, _, token) = api.grant().await;
    for _ in 0..2 {
        assert_eq!(api.get("doc_1", Some(&token)).await.status(), StatusCode::OK);
    }
    let response = api.get("doc_1", Some(&token)).await;
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    let seconds: u64 = response.headers()[header::RETRY_AFTER].to_str().unwrap().parse().unwrap();
    assert!((1..=61).contains(&seconds), "{seconds}");
    assert!(!response.headers().contains_key("insufficient-authorization-details"));
    let body: Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!((&body["code"], &body["error"]), (&json!("too_many_requests"), &json!(true)));
    assert_eq!(api.calls("/oauth/introspect"), 2);
    api.bench.clock.advance(61);
    assert_eq!(api.get("doc_1", Some(&token)).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn questions_about_tokens_take_nothing_from_the_clients_other_calls() {
    let limits = RateLimits::default().api_calls(3);
    let bench = Bench::build(|builder| builder.rate_limits(limits)).await;
    let token = bench.agent_token("b").await;
    let pairs = [("client_id", "agt_b"), ("client_secret", "secret b"), ("token", "unknown")];
    for expected in [StatusCode::OK, StatusCode::OK, StatusCode::OK, StatusCode::TOO_MANY_REQUESTS] {
        assert_eq!(bench.form("/orgs/acme-corp/api/v1/oauth/introspect", &pairs).await.status, expected);
    }
    assert_eq!(bench.api("POST", "/jit/task", &token, Value::Null).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn an_agent_at_the_turn_of_a_minute_turns_nobody_away() {
    let limits = RateLimits::default().api_calls(20);
    let api = Api::of(Bench::build(|builder| builder.rate_limits(limits)).await);
    let verifier = TokenVerifier::builder(api.bench.authority.url(), "acme-corp")
        .audience(API)
        .client("agt_b", "secret b")
        .clock(api.bench.clock.clone())
        .introspections_per_agent(10)
        .build()
        .unwrap();
    let api = Api { verifier, ..api };
    let (greedy, honest) = (api.grant().await.2, api.grant_to("b").await);
    // The authority's minute begins with the first question, and the agent's with its own.
    assert_eq!(api.get("doc_1", Some(&honest)).await.status(), StatusCode::OK);
    api.bench.clock.advance(40);
    api.get("doc_1", Some(&greedy)).await;
    api.bench.clock.advance(21);
    for _ in 0..20 {
        api.get("doc_1", Some(&greedy)).await;
    }
    api.bench.clock.advance(41);
    for _ in 0..20 {
        api.get("doc_1", Some(&greedy)).await;
    }
    for _ in 0..5 {
        assert_eq!(api.get("doc_1", Some(&honest)).await.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn several_verifiers_of_one_api_let_nobody_be_turned_away() {
    let limits = RateLimits::default().api_calls(20);
    let mut api = Api::of(Bench::build(|builder| builder.rate_limits(limits)).await);
    let (greedy, ended, honest) = (api.grant().await.2, api.grant().await.2, api.grant_to("b").await);
    let pairs = [("client_id", "agt_a"), ("client_secret", "secret a"), ("token", ended.as_str())];
    api.bench.form("/orgs/acme-corp/api/v1/oauth/revoke", &pairs).await;
    for _ in 0..30 {
        // As another process has it.
        api.verifier = TokenVerifier::builder(api.bench.authority.url(), "acme-corp")
            .audience(API)
            .client("agt_b", "secret b")
            .clock(api.bench.clock.clone())
            .build()
            .unwrap();
        api.get("doc_1", Some(&greedy)).await;
        api.get("doc_1", Some(&ended)).await;
    }
    assert_eq!(api.get("doc_1", Some(&greedy)).await.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(api.get("doc_1", Some(&honest)).await.status(), StatusCode::OK);
}
