//! What is written down.

use std::sync::{Arc, Mutex};

use axum::{
    body::Bytes,
    http::{Request, Response},
};
use futures_util::future::FutureExt as _;
use jit_tools::{
    ApprovalWait, JitContext, LumoAuthAgent, Policy, ToolContext, ToolError,
    audit::{Audit, AuditEvent, AuditKind, JsonLinesAudit},
    jit_tool, tools,
    transport::{ResponseBody, Transport, TransportError},
    url,
};
use serde_json::{Value, json};

use crate::support::{API, EventfulClock, Lines, Traced, World, known_at, note, note_there};

#[derive(Debug, Default)]
struct Kept(Mutex<Vec<AuditEvent>>);

impl Audit for Kept {
    fn record(&self, event: &AuditEvent) {
        self.0.lock().unwrap().push(event.clone());
    }
}

impl Kept {
    fn kinds(&self) -> Vec<AuditKind> {
        self.0.lock().unwrap().iter().map(|event| event.event).collect()
    }
}

async fn task(world: &World, audit: &Arc<Kept>) -> JitContext {
    let policy = known_at(API).allow_types(["note"]);
    JitContext::builder(&world.agent, "test").policy(policy).audit(audit.clone()).create_task().await.unwrap()
}

#[tokio::test]
async fn a_permission_leaves_one_event_for_each_step() {
    let (world, audit) = (World::new(), Arc::new(Kept::default()));
    let jit = task(&world, &audit).await;
    ToolContext::new(&jit).http().get(url!("{API}/notes/n1")).send().await.unwrap();
    jit.complete_task().await.unwrap();
    assert_eq!(
        audit.kinds(),
        [
            AuditKind::Used,
            AuditKind::Asked,
            AuditKind::Approved,
            AuditKind::Issued,
            AuditKind::Used,
            AuditKind::Revoked
        ]
    );
    let events = audit.0.lock().unwrap().clone();
    assert!(events.iter().all(|event| event.agent == "agt_x" && event.task == jit.task_id().as_str()));
    assert_eq!(events[1].detail, Some(note_there("read", "n1")));
    assert!([0, 1, 4].into_iter().all(|at| events[at].origin.as_deref() == Some(API)));
    // The digest tells that the token that was issued is the one that was used, and the agent's own another.
    assert!(events[3].token.is_some() && events[3].token == events[4].token);
    assert!(events[0].token.is_some() && events[0].token != events[4].token);
}

#[tokio::test]
async fn a_denial_and_a_refusal_are_written_down() {
    let audit = Arc::new(Kept::default());
    let world = World::with_clock(|clock, authority| {
        let event = move || {
            for request in authority.pending() {
                let deny = authority.deny(&request.request_id, None, None);
                futures_util::future::FutureExt::now_or_never(deny).unwrap().unwrap();
            }
        };
        Arc::new(EventfulClock { clock, after: 1, event })
    });
    let jit = task(&world, &audit).await;
    ToolContext::new(&jit).http().delete(url!("{API}/notes/n1")).send().await.unwrap();
    assert_eq!(audit.kinds(), [AuditKind::Used, AuditKind::Asked, AuditKind::Pending, AuditKind::Denied]);

    let refusing = JitContext::builder(&world.agent, "test").audit(audit.clone()).create_task().await.unwrap();
    ToolContext::new(&refusing).http().get(url!("{API}/notes/n1")).send().await.unwrap();
    let events = audit.0.lock().unwrap().clone();
    let refused = events.last().unwrap();
    assert_eq!((refused.event, refused.detail.as_ref()), (AuditKind::Refused, Some(&note_there("read", "n1"))));
}

#[tokio::test]
async fn no_token_is_ever_written_down() {
    let (world, lines) = (World::new(), Lines::default());
    let jit = JitContext::builder(&world.agent, "test")
        .policy(known_at(API))
        .audit(Arc::new(JsonLinesAudit::new(lines.clone())))
        .create_task()
        .await
        .unwrap();
    ToolContext::new(&jit).http().get(url!("{API}/notes/n1")).send().await.unwrap();
    jit.complete_task().await.unwrap();

    let written = lines.text();
    assert_eq!(written.lines().count(), 6);
    assert!(written.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()));
    for token in world.network.sent().into_iter().filter_map(|sent| sent.token) {
        assert!(!written.contains(&token));
    }
}

/// What a scripted authority does with a request for a note, and with the revocation of its token.
#[derive(Clone, Debug)]
struct Script {
    request: Answer,
    token: Answer,
    revocation: Answer,
}

#[derive(Clone, Debug)]
enum Answer {
    Json(u16, Value),
    /// None, ever.
    Silence,
}

impl Script {
    fn approving() -> Self {
        let granted = json!([note("read", "n1")]);
        Self {
            request: Answer::Json(201, json!({"request_id": "req_1", "status": "approved"})),
            token: Answer::Json(200, json!({"access_token": "jit", "authorization_details": granted})),
            revocation: Answer::Json(200, json!({})),
        }
    }

    fn granting_more(self) -> Self {
        let granted = json!([note("read", "n1"), note("delete", "n1")]);
        Self { token: Answer::Json(200, json!({"access_token": "jit", "authorization_details": granted})), ..self }
    }
}

/// An authority with such a script, and an API that wants a token which it issued.
#[async_trait::async_trait]
impl Transport for Script {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<ResponseBody>, TransportError> {
        use http_body_util::{BodyExt as _, Full};
        let path = request.uri().path();
        let answer = match path.rsplit_once("/api/v1").map_or(path, |(_, path)| path) {
            "/oauth/token" => Answer::Json(200, json!({"access_token": "agent", "expires_in": 3600})),
            "/oauth/revoke" => self.revocation.clone(),
            "/jit/task" => Answer::Json(201, json!({"task_id": "task_1"})),
            "/jit/request" => self.request.clone(),
            "/jit/request/req_1/token" => self.token.clone(),
            _ if request.headers().get("authorization").is_some_and(|value| value == "Bearer jit") => {
                Answer::Json(200, json!("a note"))
            }
            _ => Answer::Json(403, json!({"authorization_details": [note("read", "n1")]})),
        };
        let Answer::Json(status, body) = answer else { return std::future::pending().await };
        let body = Full::new(Bytes::from(body.to_string())).map_err(|never| match never {}).boxed_unsync();
        Ok(Response::builder().status(status).body(body).unwrap())
    }
}

#[tokio::test]
async fn what_happens_to_a_permission_leaves_the_events_of_this_table() {
    use AuditKind::{Approved, Asked, Denied, Failed, Issued, Pending, Refused, Revoked, Used};

    let ok = Script::approving;
    let request = |status, body| Script { request: Answer::Json(status, body), ..ok() };
    let refused_revocation = Answer::Json(400, json!({"error": "invalid_request"}));
    let may_read = Policy::new().send_agent_token_to(API).unwrap().trust_origin(API).unwrap();
    let silent = Policy::new();
    let cases: [(&str, Script, &Policy, &[AuditKind]); 13] = [
        ("it is granted", ok(), &may_read, &[Used, Asked, Approved, Issued, Used]),
        ("nobody may ask", ok(), &silent, &[Refused]),
        ("it may not be asked for", ok(), &may_read.clone().allow_actions(["write"]), &[Used, Refused]),
        ("it was asked for too often", ok(), &may_read.clone().max_requests(0), &[Used, Refused]),
        (
            "it is denied",
            request(201, json!({"request_id": "req_1", "status": "denied"})),
            &may_read,
            &[Used, Asked, Denied],
        ),
        (
            "a person has to decide",
            request(201, json!({"request_id": "req_1", "status": "pending"})),
            &may_read,
            &[Used, Asked, Pending],
        ),
        ("the authority fails", request(500, json!({})), &may_read, &[Used, Asked, Failed]),
        (
            "the token is not issued",
            Script { token: Answer::Json(400, json!({"error": "invalid_request"})), ..ok() },
            &may_read,
            &[Used, Asked, Approved, Failed],
        ),
        ("more is granted", ok().granting_more(), &may_read, &[Used, Asked, Approved, Issued, Revoked]),
        (
            "more is granted, and cannot be revoked",
            Script { revocation: refused_revocation, ..ok().granting_more() },
            &may_read,
            &[Used, Asked, Approved, Issued, Failed],
        ),
        (
            "more is granted, and it is given up while that is revoked",
            Script { revocation: Answer::Silence, ..ok().granting_more() },
            &may_read,
            &[Used, Asked, Approved, Issued, Failed],
        ),
        (
            "it is given up while the authority is asked",
            Script { request: Answer::Silence, ..ok() },
            &may_read,
            &[Used, Asked, Failed],
        ),
        (
            "it is given up while the token is issued",
            Script { token: Answer::Silence, ..ok() },
            &may_read,
            &[Used, Asked, Approved, Failed],
        ),
    ];
    for (name, script, policy, expected) in cases {
        let audit = Arc::new(Kept::default());
        let agent = LumoAuthAgent::builder()
            .url("https://authority.test")
            .org("acme-corp")
            .client_id("agt_x")
            .client_secret("s3cret")
            .clock(jit_tools::testing::ManualClock::new().shared())
            .transport(Arc::new(script))
            .build()
            .unwrap();
        let jit = JitContext::builder(&agent, "test")
            .policy(policy.clone())
            .approval_wait(ApprovalWait::none())
            .audit(audit.clone())
            .create_task()
            .await
            .unwrap();
        let cx = ToolContext::new(&jit);
        // Nothing here takes its time: what is not there at once never comes.
        let _ = cx.http().get(url!("{API}/notes/n1")).send().now_or_never();
        assert_eq!(audit.kinds(), expected, "{name}");
        let events = audit.0.lock().unwrap().clone();
        assert!(events.iter().all(|event| event.origin.is_some() || event.request.is_some()), "{name}: {events:?}");
    }
}

/// Is never sure that it may be repeated.
#[jit_tool(may_request(type = "note", actions = ["read"], identifier = "n1"))]
async fn after_an_effect(cx: &ToolContext) -> Result<String, ToolError> {
    cx.note_effect();
    let missing = json!({"authorization_details": [note("read", "n1")]}).to_string();
    let denied = axum::http::StatusCode::FORBIDDEN;
    Err(cx.challenge(API, denied, &http::HeaderMap::new(), missing.as_bytes()).unwrap())
}

#[tokio::test]
async fn what_is_not_followed_since_it_cannot_be_done_again_is_written_down() {
    let (world, audit) = (World::new(), Arc::new(Kept::default()));
    let jit = task(&world, &audit).await;
    tools![after_an_effect].call(&jit, "after_an_effect", "{}").await.unwrap_err();
    let body = http_body_util::Full::new(Bytes::from_static(b"x"));
    ToolContext::new(&jit).http().put(url!("{API}/notes/n2")).stream(body).send().await.unwrap();
    assert_eq!(audit.kinds(), [AuditKind::Refused, AuditKind::Used, AuditKind::Refused]);
    let events = audit.0.lock().unwrap().clone();
    assert_eq!(
        (events[0].tool.as_deref(), events[0].detail.as_ref()),
        (Some("after_an_effect"), Some(&note("read", "n1")))
    );
    assert!(events[2].reason.as_ref().unwrap().contains("is a stream"), "{:?}", events[2]);
}

#[tokio::test]
async fn by_default_events_are_traced_with_their_fields_and_without_tokens() {
    let (world, traced) = (World::new(), Traced::new());
    let jit = JitContext::builder(&world.agent, "test").policy(known_at(API)).create_task().await.unwrap();
    ToolContext::new(&jit).http().get(url!("{API}/notes/n1")).send().await.unwrap();
    let refusing = JitContext::create_task(&world.agent, "test").await.unwrap();
    ToolContext::new(&refusing).http().get(url!("{API}/notes/n1")).send().await.unwrap();
    jit.complete_task().await.unwrap();

    let text = traced.text();
    let events: Vec<_> = text.lines().filter(|line| line.contains("jit_tools::audit:")).collect();
    let task = format!("task=\"{}\"", jit.task_id().as_str());
    for (at, level, fields) in [
        (0, "INFO", &["event=Used", "token=\"", "origin=\"https://api.test\""][..]),
        (
            1,
            "INFO",
            &["event=Asked", "agent=\"agt_x\"", task.as_str(), r#"detail="\"note\" [\"read\"] \"n1\" +1 more member""#],
        ),
        (2, "INFO", &["event=Approved", "request=\"", "risk=\"low\"", "seconds=600"]),
        (3, "INFO", &["event=Issued", "seconds=600", "token=\""]),
        (4, "INFO", &["event=Used", "token=\"", "origin=\"https://api.test\""]),
        (
            5,
            "WARN",
            &[
                "event=Refused",
                r#"reason="the API asks for `\"note\" [\"read\"] \"n1\" +1 more member`, and this tool declares no ceiling"#,
            ],
        ),
        (6, "INFO", &["event=Revoked", "reason=\"the task is completed\""]),
    ] {
        assert!(events[at].contains(level), "{level}: {}", events[at]);
        for field in fields {
            assert!(events[at].contains(field), "{field}: {}", events[at]);
        }
    }
    assert_eq!(events.len(), 7);
    for token in world.network.sent().into_iter().filter_map(|sent| sent.token) {
        assert!(!text.contains(&token));
    }
}
