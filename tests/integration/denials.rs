//! What was said no to is not asked for again: in the task, in its children, and in no other form.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::{Duration, Instant, SystemTime},
};

use futures_util::FutureExt as _;
use http::Method;
use jit_tools::{
    AuthorizationDetail, Clock, JitContext, Policy, RiskLevel, ToolContext, local_authority::LocalAuthority,
    testing::ManualClock,
};

use crate::support::{API, World, note};

/// A clock at whose every sleep a person decides about all that waits; true is yes.
#[derive(Debug)]
pub struct Person {
    clock: ManualClock,
    authority: Arc<LocalAuthority>,
    decisions: Mutex<VecDeque<bool>>,
}

impl Person {
    /// A world with a person who decides so, one request after the other.
    pub fn decides(world: impl FnOnce(WorldClock) -> World, decisions: impl IntoIterator<Item = bool>) -> World {
        let decisions = decisions.into_iter().collect();
        world(Box::new(move |clock, authority| Arc::new(Self { clock, authority, decisions: Mutex::new(decisions) })))
    }
}

/// Makes an agent's clock of the world's.
pub type WorldClock = Box<dyn FnOnce(ManualClock, Arc<LocalAuthority>) -> Arc<dyn Clock>>;

#[async_trait::async_trait]
impl Clock for Person {
    fn now(&self) -> Instant {
        self.clock.now()
    }

    fn system_time(&self) -> SystemTime {
        self.clock.system_time()
    }

    async fn sleep(&self, duration: Duration) {
        self.clock.sleep(duration).await;
        for request in self.authority.pending() {
            let decision = self.decisions.lock().unwrap().pop_front().expect("no more to decide than was expected");
            let id = &request.request_id;
            if decision {
                self.authority.approve(id).now_or_never().unwrap().unwrap();
            } else {
                self.authority.deny(id, None, None).now_or_never().unwrap().unwrap();
            }
        }
    }
}

async fn delete(jit: &JitContext, id: &str) -> Result<(), jit_tools::EscalationError> {
    let cx = ToolContext::new(jit);
    match cx.http().delete(format!("{API}/notes/{id}")).send().await.unwrap().escalation_error() {
        Some(error) => Err(error.clone()),
        None => Ok(()),
    }
}

#[tokio::test]
async fn a_denial_of_a_replacement_is_remembered_while_the_grant_still_serves_and_after() {
    let world = Person::decides(World::with_clock, [true, false]);
    let jit = world.trusting_task().await;
    delete(&jit, "n1").await.unwrap();
    // In its last 30 seconds it is replaced, and that is denied: what is held is used, and nobody is asked again.
    world.clock.advance(Duration::from_secs(580));
    for _ in 0..3 {
        delete(&jit, "n1").await.unwrap();
    }
    assert_eq!(world.asked("/jit/request"), 2);
    world.clock.advance(Duration::from_secs(600));
    assert!(delete(&jit, "n1").await.unwrap_err().is_denied());
    assert_eq!(world.asked("/jit/request"), 2);
}

#[tokio::test]
async fn what_was_denied_is_not_asked_for_by_itself_nor_as_a_part_of_more() {
    let world = Person::decides(World::with_clock, [false, true]);
    let jit = world.trusting_task().await;
    assert!(delete(&jit, "n1").await.unwrap_err().is_denied());
    let more = AuthorizationDetail::new("note").actions(["delete", "read"]).identifier("n1");
    for detail in [&note("delete", "n1"), &more] {
        assert!(jit.request_permission(detail, None).await.unwrap_err().is_denied(), "{detail}");
    }
    assert_eq!(world.asked("/jit/request"), 1);
    // Something else is.
    delete(&jit, "n2").await.unwrap();
    assert_eq!(world.asked("/jit/request"), 2);
}

#[tokio::test]
async fn a_denial_holds_for_a_child_and_for_its_parent() {
    let world = Person::decides(World::with_clock, [false, false, true]);
    let parent = world.trusting_task().await;
    let child = parent.create_child_task("child").await.unwrap();
    assert!(delete(&parent, "n1").await.unwrap_err().is_denied());
    assert!(delete(&child, "n1").await.unwrap_err().is_denied());
    assert!(delete(&child, "n2").await.unwrap_err().is_denied());
    let sibling = parent.create_child_task("sibling").await.unwrap();
    for jit in [&parent, &sibling] {
        assert!(delete(jit, "n2").await.unwrap_err().is_denied());
    }
    assert_eq!(world.asked("/jit/request"), 2);
    // Another task asks; the authority, which counts an agent's denials, has a person look at what it would else allow.
    let other = JitContext::create_task(&world.agent, "other").await.unwrap();
    let permission = other.request_permission(&note("read", "n1"), None).await.unwrap();
    assert_eq!((permission.risk_level, world.asked("/jit/request")), (Some(RiskLevel::Critical), 3));
}

#[tokio::test]
async fn a_task_and_its_children_have_one_budget() {
    let world = World::new();
    let policy = Policy::new().max_requests(3);
    let parent = JitContext::builder(&world.agent, "test").policy(policy).create_task().await.unwrap();
    let child = parent.create_child_task("child").await.unwrap();
    let grandchild = child.create_child_task("grandchild").await.unwrap();
    for jit in [&parent, &child, &grandchild] {
        jit.request_permission(&note("read", "n1"), None).await.unwrap();
    }
    for jit in [&parent, &child, &grandchild] {
        let error = jit.request_permission(&note("read", "n2"), None).await.unwrap_err();
        assert!(error.to_string().contains("the task has asked for as many permissions"), "{error}");
    }
    assert_eq!(world.asked("/jit/request"), 3);
}

#[tokio::test]
async fn what_is_too_risky_is_asked_for_once() {
    let world = World::new();
    for (risk, method) in [(RiskLevel::Medium, Method::DELETE), (RiskLevel::Low, Method::POST)] {
        let before = world.asked("/jit/request");
        let policy = Policy::new().trust_origin(API).unwrap().max_risk(risk);
        let jit = JitContext::builder(&world.agent, "test").policy(policy).create_task().await.unwrap();
        for _ in 0..2 {
            let cx = ToolContext::new(&jit);
            let response = cx.http().request(method.clone(), format!("{API}/notes/n1")).send().await.unwrap();
            let error = response.escalation_error().unwrap().clone();
            assert!(error.is_refused() && error.to_string().contains("which the policy does not allow"), "{error}");
        }
        assert_eq!(world.asked("/jit/request") - before, 1);
    }
}
