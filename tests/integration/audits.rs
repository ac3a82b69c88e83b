//! What is written down.

use std::sync::{Arc, Mutex};

use jit_tools::{
    JitContext, Policy, ToolContext,
    audit::{Audit, AuditEvent, AuditKind, JsonLinesAudit},
};

use crate::support::{API, EventfulClock, World, note};

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
    let policy = Policy::new().trust_origin(API).unwrap().allow_types(["note"]);
    JitContext::builder(&world.agent, "test").policy(policy).audit(audit.clone()).create_task().await.unwrap()
}

#[tokio::test]
async fn a_permission_leaves_one_event_for_each_step() {
    let (world, audit) = (World::new(), Arc::new(Kept::default()));
    let jit = task(&world, &audit).await;
    ToolContext::new(&jit).http().get(format!("{API}/notes/n1")).send().await.unwrap();
    jit.complete_task().await.unwrap();
    assert_eq!(
        audit.kinds(),
        [AuditKind::Asked, AuditKind::Approved, AuditKind::Issued, AuditKind::Used, AuditKind::Revoked]
    );
    let events = audit.0.lock().unwrap().clone();
    assert!(events.iter().all(|event| event.agent == "agt_x" && event.task == jit.task_id().as_str()));
    assert_eq!(events[0].detail, Some(note("read", "n1")));
    assert_eq!((events[0].origin.as_deref(), events[3].origin.as_deref()), (Some(API), Some(API)));
    // The digest tells that the token that was issued is the one that was used.
    assert!(events[2].token.is_some() && events[2].token == events[3].token);
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
    ToolContext::new(&jit).http().delete(format!("{API}/notes/n1")).send().await.unwrap();
    assert_eq!(audit.kinds(), [AuditKind::Asked, AuditKind::Pending, AuditKind::Denied]);

    let refusing = JitContext::builder(&world.agent, "test").audit(audit.clone()).create_task().await.unwrap();
    ToolContext::new(&refusing).http().get(format!("{API}/notes/n1")).send().await.unwrap();
    let events = audit.0.lock().unwrap().clone();
    let refused = events.last().unwrap();
    assert_eq!((refused.event, refused.detail.as_ref()), (AuditKind::Refused, Some(&note("read", "n1"))));
}

#[tokio::test]
async fn no_token_is_ever_written_down() {
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    let (world, lines) = (World::new(), Lines::default());
    let jit = JitContext::builder(&world.agent, "test")
        .policy(Policy::new().trust_origin(API).unwrap())
        .audit(Arc::new(JsonLinesAudit::new(lines.clone())))
        .create_task()
        .await
        .unwrap();
    ToolContext::new(&jit).http().get(format!("{API}/notes/n1")).send().await.unwrap();
    jit.complete_task().await.unwrap();

    let written = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert_eq!(written.lines().count(), 5);
    assert!(written.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()));
    for token in world.network.sent().into_iter().filter_map(|sent| sent.token) {
        assert!(!written.contains(&token));
    }
}
