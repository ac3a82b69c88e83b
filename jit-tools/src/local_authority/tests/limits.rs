//! Limits on calls, and budgets.

use serde_json::json;

use super::*;
use crate::local_authority::RateLimits;

fn number(answer: &Answer, name: &str) -> u64 {
    answer.headers[name].to_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn the_token_endpoint_answers_thirty_calls_a_minute() {
    let bench = Bench::start().await;
    let log_in = |secret: &'static str| {
        let pairs = [("grant_type", "client_credentials"), ("client_id", "agt_a"), ("client_secret", secret)];
        let bench = &bench;
        async move { bench.form("/orgs/acme-corp/api/v1/oauth/token", &pairs).await }
    };
    for call in 1..=30 {
        let answer = log_in("secret a").await;
        assert_eq!(number(&answer, "x-ratelimit-limit"), 30);
        assert_eq!(number(&answer, "x-ratelimit-remaining"), 30 - call);
    }
    bench.clock.advance(20);
    let answer = log_in("secret a").await;
    assert_eq!((answer.status, number(&answer, "retry-after")), (StatusCode::TOO_MANY_REQUESTS, 40));
    assert_eq!(number(&answer, "x-ratelimit-reset"), 1_700_000_060);
    assert_eq!(answer.json()["error"], "rate_limited");
    bench.agent_token("b").await;
    bench.clock.advance(40);
    assert_eq!(log_in("secret a").await.status, StatusCode::OK);
}

#[tokio::test]
async fn wrong_secrets_lock_nobody_out_who_has_the_right_one() {
    let bench = Bench::start().await;
    let call = |path: &'static str, secret: &'static str| {
        let pairs = [
            ("grant_type", "client_credentials"),
            ("client_id", "agt_a"),
            ("client_secret", secret),
            ("token", "unknown"),
        ];
        let bench = &bench;
        async move { bench.form(&format!("/orgs/acme-corp/api/v1/oauth/{path}"), &pairs).await }
    };
    // As many wrong ones as right ones are answered; each of the others is told to wait.
    for guess in 1..=90 {
        let answer = call(["token", "introspect", "revoke"][guess % 3], "guess").await;
        let expected = if guess <= 30 { StatusCode::UNAUTHORIZED } else { StatusCode::TOO_MANY_REQUESTS };
        assert_eq!(answer.status, expected, "{guess}");
    }
    for path in ["token", "introspect", "revoke"] {
        assert_eq!(call(path, "secret a").await.status, StatusCode::OK, "{path}");
    }
    let answer = call("token", "secret a").await;
    assert_eq!(number(&answer, "x-ratelimit-remaining"), 28, "guesses take nothing from the client");
    // The count of one client is not that of another, nor of those that there are not.
    bench.agent_token("b").await;
    bench.clock.advance(60);
    assert_eq!(call("token", "guess").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn other_calls_have_a_limit_of_their_own_and_the_platforms_shape_of_error() {
    let bench = Bench::build(|builder| builder.rate_limits(RateLimits::default().api_calls(2))).await;
    let agent = bench.agent_token("a").await;
    bench.task(&agent).await;
    bench.task(&agent).await;
    let answer = bench.api("POST", "/jit/task", &agent, json!(null)).await;
    assert_eq!((answer.status, number(&answer, "retry-after")), (StatusCode::TOO_MANY_REQUESTS, 60));
    let told = answer.json();
    assert_eq!((&told["error"], &told["code"], &told["status"]), (&json!(true), &json!("rate_limited"), &json!(429)));
    // A reviewer is a person, and is not counted.
    let reviewer = bench.authority.reviewer_token();
    for _ in 0..3 {
        assert_eq!(bench.api("GET", "/jit/pending", reviewer.expose(), json!(null)).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_budget_that_is_used_up_says_so_until_the_day_ends() {
    let bench = Bench::build(|builder| builder.budget("agt_a", 1)).await;
    let agent = bench.agent_token("a").await;
    let task = bench.task(&agent).await;
    let request = text(&bench.ask(&agent, &task, "read").await, "request_id");
    assert_eq!(bench.exchange(&agent, &request).await.status, StatusCode::OK);
    let info = bench.api("GET", "/oauth/userinfo", &agent, json!(null)).await.json();
    assert_eq!(info["budget_policy"], json!({ "tokens_used_today": 1, "max_tokens_per_day": 1 }));
    let answer = bench.exchange(&agent, &request).await;
    assert_eq!((answer.status, &answer.json()["code"]), (StatusCode::TOO_MANY_REQUESTS, &json!("budget_exceeded")));
    assert_eq!(number(&answer, "retry-after"), 86_400 - 1_700_000_000 % 86_400);
    let answer = bench.delegate(&bench.user_token().await, &agent, &[]).await;
    assert_eq!((answer.status, &answer.json()["error"]), (StatusCode::TOO_MANY_REQUESTS, &json!("budget_exceeded")));
}
