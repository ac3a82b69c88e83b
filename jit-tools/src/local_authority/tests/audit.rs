//! What the audit log keeps, and what happens where it cannot be written.

use std::{
    io::{self, Write},
    sync::atomic::AtomicBool,
};

use serde_json::json;

use super::*;
use crate::local_authority::{AuditKind, DecidedBy};

const TOKEN: &str = "/orgs/acme-corp/api/v1/oauth/token";

#[tokio::test]
async fn calls_that_are_refused_push_no_grant_out_of_the_log() {
    let bench = Bench::start().await;
    let agent = bench.agent_token("a").await;
    let task = bench.task(&agent).await;
    let request = text(&bench.ask(&agent, &task, "delete").await, "request_id");
    bench.authority.approve(&request).await.unwrap();
    bench.exchange(&agent, &request).await;
    let before = bench.authority.audit();
    for _ in 0..4_300 {
        bench.form(TOKEN, &[("client_id", "nobody"), ("client_secret", "guess")]).await;
    }
    let after = bench.authority.audit();
    assert_eq!(after[..before.len()].iter().map(|event| event.event).collect::<Vec<_>>(), {
        before.iter().map(|event| event.event).collect::<Vec<_>>()
    });
    let refused = &after[before.len()..];
    assert!(refused.len() <= 4 && refused.iter().all(|event| event.event == AuditKind::TokenRefused), "{refused:?}");
    assert_eq!(refused.iter().map(|event| event.count.unwrap_or(1)).sum::<u64>(), 4_300);
    // Nor out of the calls that a test looks at.
    assert_eq!(bench.authority.requests()[1].path, "/orgs/acme-corp/api/v1/jit/task");
}

#[tokio::test]
async fn an_event_says_whether_a_person_or_a_rule_decided() {
    let bench = Bench::start().await;
    let agent = bench.agent_token("a").await;
    let task = bench.task(&agent).await;
    let by_rule = text(&bench.ask(&agent, &task, "read").await, "request_id");
    let by_a_person = text(&bench.ask(&agent, &task, "delete").await, "request_id");
    bench.authority.approve(&by_a_person).await.unwrap();
    let events = bench.authority.audit();
    let decided_by = |id: &str, kind| {
        let is_it = |event: &&crate::local_authority::AuditEvent| {
            event.request_id.as_deref() == Some(id) && event.event == kind
        };
        events.iter().find(is_it).unwrap().decided_by
    };
    assert_eq!(decided_by(&by_rule, AuditKind::RequestApproved), Some(DecidedBy::Rule));
    assert_eq!(decided_by(&by_a_person, AuditKind::RequestPending), None);
    assert_eq!(decided_by(&by_a_person, AuditKind::RequestApproved), Some(DecidedBy::Reviewer));
}

/// A stream that can be written until the disk is full.
#[derive(Clone, Default)]
struct Filling(Arc<AtomicBool>);

impl Write for Filling {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.load(Ordering::SeqCst) { Err(io::ErrorKind::StorageFull.into()) } else { Ok(bytes.len()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn nothing_is_granted_while_the_audit_log_cannot_be_written() {
    let disk = Filling::default();
    let bench = Bench::build(|builder| builder.audit_writer(disk.clone())).await;
    let agent = bench.agent_token("a").await;
    let task = bench.task(&agent).await;
    let granted = text(&bench.ask(&agent, &task, "read").await, "request_id");
    let token = text(&bench.exchange(&agent, &granted).await.json(), "access_token");
    let pending = text(&bench.ask(&agent, &task, "delete").await, "request_id");
    let denied = text(&bench.ask(&agent, &task, "delete").await, "request_id");
    assert!(bench.is_active(&token).await);

    disk.0.store(true, Ordering::SeqCst);
    let reviewer = bench.authority.reviewer_token();
    let approval = bench.api("POST", &format!("/jit/approve/{pending}"), reviewer.expose(), json!(null)).await;
    let exchange = bench.exchange(&agent, &pending).await;
    let again = bench.exchange(&agent, &granted).await;
    let body = json!({ "task_id": task, "authorization_details": { "type": "document", "actions": ["read"] } });
    let ask = bench.api("POST", "/jit/request", &agent, body).await;
    let pairs = [("grant_type", "client_credentials"), ("client_id", "agt_a"), ("client_secret", "secret a")];
    let log_in = bench.form(TOKEN, &pairs).await;
    for answer in [approval, exchange, again, ask, log_in] {
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.text());
        assert_eq!(answer.json()["code"], "audit_unavailable");
        assert!(answer.json()["message"].as_str().unwrap().contains("the audit log cannot be written"));
    }
    let error = bench.authority.approve(&denied).await.unwrap_err().to_string();
    assert!(error.contains("the audit log cannot be written"), "{error}");
    assert!(bench.authority.user_token("ann@acme.com").await.is_none());

    // What was granted is given back, and what waits is denied.
    let answer = bench.api("POST", &format!("/jit/deny/{denied}"), reviewer.expose(), json!(null)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let answer = bench.api("POST", &format!("/jit/task/{task}/complete"), &agent, json!(null)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert!(bench.authority.live_tokens().is_empty());
}
