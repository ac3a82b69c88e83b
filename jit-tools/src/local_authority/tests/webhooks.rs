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

async fn bench(origin: &str) -> Bench {
    let origin = Origin::try_from(origin).unwrap();
    Bench::build(|builder| builder.webhook_origin(origin).webhook_secret(SECRET)).await
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
    for action in ["lost", "taken"] {
        let answer = bench.api("POST", "/jit/request", &agent, ask(&task, &format!("{url}/jit"))).await;
        bench.authority.deny(&text(&answer.json(), "request_id"), None, Some(action)).await.unwrap();
    }
    // They are sent one after the other, so the first has been given up when the second arrives.
    let (_, body) = taken.recv().await.unwrap();
    assert!(String::from_utf8_lossy(&body).contains("taken"));
    let failed = bench.authority.audit().iter().filter(|event| event.event == AuditKind::WebhookFailed).count();
    assert_eq!(failed, 1);
}
