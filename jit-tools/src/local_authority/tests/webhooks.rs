//! Webhooks, as the other side receives them.

use axum::{Router, extract::State, routing::post};
use base64::Engine as _;
use serde_json::json;
use tokio::{
    net::TcpListener,
    sync::mpsc::{Receiver, Sender, channel},
};

use super::*;
use crate::{local_authority::AuditKind, origin::Origin};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

type Taken = (HeaderMap, Bytes);

/// A receiver that first fails so many times.
async fn receiver(failures: usize) -> (String, Receiver<Taken>) {
    let (sender, receiver) = channel(8);
    let left = Arc::new(AtomicU64::new(failures as u64));
    let take = move |State(sender): State<Sender<Taken>>, headers: HeaderMap, body: Bytes| async move {
        if left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
            return StatusCode::BAD_GATEWAY;
        }
        sender.send((headers, body)).await.unwrap();
        StatusCode::NO_CONTENT
    };
    let router = Router::new().route("/jit", post(take)).with_state(sender);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, receiver)
}

/// The URL of a receiver that takes no webhook at `/slow`, ever, and one at `/jit` at once.
async fn slow_receiver() -> (String, Receiver<Bytes>) {
    let (sender, receiver) = channel(8);
    let take = move |body: Bytes| async move { sender.send(body).await.unwrap() };
    let router = Router::new().route("/slow", post(std::future::pending::<()>)).route("/jit", post(take));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, receiver)
}

async fn bench(origin: &str) -> Bench {
    bench_with(&[origin]).await
}

async fn bench_with(origins: &[&str]) -> Bench {
    let origins = origins.iter().map(|origin| Origin::try_from(*origin).unwrap());
    Bench::build(|builder| origins.fold(builder.webhook_secret(SECRET), LocalAuthorityBuilder::webhook_origin)).await
}

/// Asks for something with this callback, and denies it.
async fn denied(bench: &Bench, agent: &str, task: &str, callback: &str) -> String {
    let answer = bench.api("POST", "/jit/request", agent, ask(task, callback)).await;
    let id = text(&answer.json(), "request_id");
    bench.authority.deny(&id, None, None).await.unwrap();
    id
}

fn ask(task: &str, callback: &str) -> Value {
    json!({
        "task_id": task,
        "authorization_details": { "type": "document", "actions": ["delete"] },
        "callback_url": callback,
    })
}

#[tokio::test]
async fn the_news_of_a_decision_is_posted_signed_and_without_what_is_for_the_staff() {
    let (url, mut taken) = receiver(2).await;
    let bench = bench(&url).await;
    let agent = bench.agent_token("a").await;
    let task = bench.task(&agent).await;
    let answer = bench.api("POST", "/jit/request", &agent, ask(&task, &format!("{url}/jit"))).await;
    let id = text(&answer.json(), "request_id");
    bench.authority.deny(&id, Some("looks odd"), Some("ask Ann")).await.unwrap();

    let (headers, body) = taken.recv().await.unwrap();
    let told: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((&told["type"], &told["data"]["status"]), (&json!("jit.request.denied"), &json!("denied")));
    assert_eq!((&told["data"]["request_id"], &told["data"]["agent_message"]), (&json!(id), &json!("ask Ann")));
    assert!(!String::from_utf8_lossy(&body).contains("odd"));

    // Checked as the receiver would.
    let key = base64::prelude::BASE64_STANDARD.decode(SECRET.strip_prefix("whsec_").unwrap()).unwrap();
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &key);
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    let signed = [header("webhook-id").as_bytes(), b".", header("webhook-timestamp").as_bytes(), b".", &body].concat();
    let signature = header("webhook-signature");
    let signature = base64::prelude::BASE64_STANDARD.decode(signature.strip_prefix("v1,").unwrap()).unwrap();
    aws_lc_rs::hmac::verify(&key, &signed, &signature).unwrap();
}

#[tokio::test]
async fn an_origin_that_nobody_named_is_refused() {
    let (url, _taken) = receiver(0).await;
    for bench in [bench("https://hooks.acme.com").await, Bench::start().await] {
        let agent = bench.agent_token("a").await;
        let task = bench.task(&agent).await;
        let answer = bench.api("POST", "/jit/request", &agent, ask(&task, &format!("{url}/jit"))).await;
        assert_eq!((answer.status, &answer.json()["code"]), (StatusCode::BAD_REQUEST, &json!("invalid_request")));
        assert!(bench.authority.pending().is_empty());
    }
}

#[tokio::test]
async fn a_receiver_that_never_takes_it_is_given_up_and_written_down() {
    let (url, mut taken) = receiver(3).await;
    let bench = bench(&url).await;
    let agent = bench.agent_token("a").await;
    let task = bench.task(&agent).await;
    let mut changes = bench.authority.shared.watch();
    let lost = denied(&bench, &agent, &task, &format!("{url}/jit")).await;
    let failed = || {
        let events = bench.authority.audit();
        let failed = events.into_iter().filter(|event| event.event == AuditKind::WebhookFailed);
        failed.filter_map(|event| event.request_id).collect::<Vec<_>>()
    };
    while failed().is_empty() {
        changes.changed().await.unwrap();
    }
    let sent = denied(&bench, &agent, &task, &format!("{url}/jit")).await;
    let (_, body) = taken.recv().await.unwrap();
    assert!(String::from_utf8_lossy(&body).contains(&sent));
    assert_eq!(failed(), [lost]);
}

#[tokio::test]
async fn a_receiver_that_is_slow_holds_up_no_other_one() {
    let (slow, _kept) = slow_receiver().await;
    let (url, mut taken) = receiver(0).await;
    let bench = bench_with(&[&slow, &url]).await;
    let agent = bench.agent_token("a").await;
    for _ in 0..5 {
        // A task of its own for each, since a denial may end one.
        let task = bench.task(&agent).await;
        denied(&bench, &agent, &task, &format!("{slow}/slow")).await;
    }
    let task = bench.task(&agent).await;
    let sent = denied(&bench, &agent, &task, &format!("{url}/jit")).await;
    let (_, body) = taken.recv().await.unwrap();
    assert!(String::from_utf8_lossy(&body).contains(&sent));
}

#[tokio::test]
async fn the_slow_receivers_of_one_agent_hold_up_none_of_another() {
    let (url, mut taken) = slow_receiver().await;
    let bench = bench(&url).await;
    let agent = bench.agent_token("a").await;
    for _ in 0..5 {
        let task = bench.task(&agent).await;
        denied(&bench, &agent, &task, &format!("{url}/slow")).await;
    }
    let other = bench.agent_token("b").await;
    let task = bench.task(&other).await;
    let sent = denied(&bench, &other, &task, &format!("{url}/jit")).await;
    assert!(String::from_utf8_lossy(&taken.recv().await.unwrap()).contains(&sent));
}
