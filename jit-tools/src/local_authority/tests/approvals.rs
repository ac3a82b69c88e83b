//! What one approval is good for, and how long.

use serde_json::json;

use super::*;

#[tokio::test]
async fn no_approval_is_longer_than_what_was_asked_for() {
    let bench = Bench::start().await;
    let agent = bench.agent_token("a").await;
    let reviewer = bench.authority.reviewer_token();
    let task = bench.task(&agent).await;
    let id = text(&bench.ask(&agent, &task, "delete").await, "request_id");
    let answer = bench.api("POST", &format!("/jit/approve/{id}"), reviewer.expose(), json!({ "ttl": 900 })).await;
    assert_eq!(answer.json()["granted_ttl"], 600);
    assert_eq!(bench.exchange(&agent, &id).await.json()["expires_in"], 600);
}

#[tokio::test]
async fn an_approval_for_two_seconds_is_worth_nothing_after_twelve() {
    let bench = Bench::start().await;
    let agent = bench.agent_token("a").await;
    let reviewer = bench.authority.reviewer_token();
    let task = bench.task(&agent).await;
    let id = text(&bench.ask(&agent, &task, "delete").await, "request_id");
    bench.api("POST", &format!("/jit/approve/{id}"), reviewer.expose(), json!({ "ttl": 2 })).await;
    bench.clock.advance(12);
    let late = bench.exchange(&agent, &id).await;
    assert_eq!((late.status, &late.json()["code"]), (StatusCode::CONFLICT, &json!("request_expired")));
    assert!(bench.authority.live_tokens().is_empty());
    let status = bench.api("GET", &format!("/jit/request/{id}/status"), &agent, json!(null)).await.json();
    assert_eq!((&status["status"], &status["granted_ttl"]), (&json!("expired"), &json!(null)));
    // The person sees what was decided, and when that ended.
    let decided = bench.api("GET", "/jit/decided", reviewer.expose(), json!(null)).await.json();
    assert_eq!(decided["data"][0]["status"], "approved");
    assert_eq!(decided["data"][0]["granted_until"], "2023-11-14T22:13:22Z");
}

#[tokio::test]
async fn an_agent_that_polls_every_five_seconds_gets_what_is_left() {
    let bench = Bench::start().await;
    let agent = bench.agent_token("a").await;
    let task = bench.task(&agent).await;
    let id = text(&bench.ask(&agent, &task, "delete").await, "request_id");
    bench.authority.approve(&id).await.unwrap();
    bench.clock.advance(5);
    assert_eq!(bench.exchange(&agent, &id).await.json()["expires_in"], 595);
}

#[tokio::test]
async fn one_approval_has_one_live_token_however_often_it_is_exchanged() {
    let bench = Bench::start().await;
    let agent = bench.agent_token("a").await;
    let task = bench.task(&agent).await;
    let id = text(&bench.ask(&agent, &task, "read").await, "request_id");
    let mut tokens = Vec::new();
    let refused = loop {
        let answer = bench.exchange(&agent, &id).await;
        if answer.status != StatusCode::OK {
            break answer;
        }
        tokens.push(text(&answer.json(), "access_token"));
        assert!(tokens.len() <= 16 && bench.authority.live_tokens().len() == 1, "{}", tokens.len());
    };
    assert_eq!((refused.status, &refused.json()["code"]), (StatusCode::CONFLICT, &json!("too_many_exchanges")));
    let (last, before) = tokens.split_last().unwrap();
    assert!(bench.is_active(last).await);
    for token in before {
        assert!(!bench.is_active(token).await);
    }
}
