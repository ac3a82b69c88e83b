//! A task is completed whatever happens to the work in it.

use std::{sync::Arc, time::Duration};

use futures_util::FutureExt as _;
use jit_tools::{JitContext, TaskError, local_authority::PathStyles};

use crate::{
    faults::until,
    support::{World, note},
};

async fn hold_a_token(jit: &JitContext) {
    let permission = jit.request_permission(&note("read", "n1"), None).await.unwrap();
    jit.get_token(&permission).await.unwrap();
}

#[tokio::test]
async fn after_success() {
    let world = World::new();
    let result: Result<u8, TaskError<u8, std::io::Error>> =
        JitContext::run_task(&world.agent, "test", |jit| async move {
            hold_a_token(&jit).await;
            Ok(5)
        })
        .await;
    assert_eq!(result.unwrap(), 5);
    assert_eq!((world.authority.issued_tokens().len(), world.authority.live_tokens().len()), (1, 0));
}

#[tokio::test]
async fn after_an_error() {
    let world = World::new();
    let result: Result<(), TaskError<(), std::io::Error>> =
        JitContext::run_task(&world.agent, "test", |jit| async move {
            hold_a_token(&jit).await;
            Err(std::io::Error::other("the work failed"))
        })
        .await;
    assert_eq!(result.unwrap_err().to_string(), "the work failed");
    assert!(world.authority.live_tokens().is_empty());
}

#[tokio::test]
async fn after_a_panic() {
    let world = World::new();
    let work = JitContext::run_task(&world.agent, "test", |jit| async move {
        hold_a_token(&jit).await;
        if jit.task_id().as_str() != "nothing" {
            panic!("the work panicked");
        }
        Ok::<_, std::io::Error>(())
    });
    let panic = std::panic::AssertUnwindSafe(work).catch_unwind().await.unwrap_err();
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"the work panicked"));
    assert!(world.authority.live_tokens().is_empty());
}

#[tokio::test]
async fn when_the_work_is_cancelled() {
    let world = World::new();
    let kept = Arc::new(std::sync::Mutex::new(None));
    let keep = Arc::clone(&kept);
    let work = JitContext::run_task(&world.agent, "test", |jit| async move {
        hold_a_token(&jit).await;
        // Somebody else still holds the context; the task is over all the same.
        *keep.lock().unwrap() = Some(jit.clone());
        std::future::pending::<Result<(), std::io::Error>>().await
    });
    let mut work = Box::pin(work);
    until(|| {
        let _ = work.as_mut().now_or_never();
        world.authority.live_tokens().len() == 1
    })
    .await;
    drop(work);
    until(|| world.authority.live_tokens().is_empty()).await;
    assert!(kept.lock().unwrap().is_some());
}

#[tokio::test]
async fn when_the_last_context_is_dropped() {
    let world = World::new();
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    hold_a_token(&jit).await;
    drop(jit);
    until(|| world.authority.live_tokens().is_empty()).await;
}

#[tokio::test]
async fn completing_twice_completes_once_and_nothing_can_be_asked_for_afterwards() {
    let world = World::new();
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    jit.complete_task().await.unwrap();
    jit.complete_task().await.unwrap();
    assert_eq!(world.asked("/complete"), 1);
    assert!(jit.request_permission(&note("read", "n1"), None).await.unwrap_err().is_task_over());
}

#[tokio::test]
async fn an_agent_token_that_is_not_accepted_is_replaced_once() {
    let world = World::new();
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    world.authority.revoke_agent_tokens();
    hold_a_token(&jit).await;
    assert_eq!(world.asked("/oauth/token"), 2);
    jit.complete_task().await.unwrap();
}

#[tokio::test]
async fn an_agent_token_is_replaced_early_and_once() {
    let world = World::new();
    world.agent.access_token().await.unwrap();
    world.clock.advance(Duration::from_secs(3600 - 61));
    world.agent.access_token().await.unwrap();
    assert_eq!(world.asked("/oauth/token"), 1);
    world.clock.advance(Duration::from_secs(2));
    let tokens = futures_util::future::join_all((0..50).map(|_| world.agent.access_token())).await;
    assert!(tokens.iter().all(Result::is_ok));
    assert_eq!(world.asked("/oauth/token"), 2);
}

#[tokio::test]
async fn either_path_style_is_found_when_the_other_was_configured() {
    for (styles, named_org) in [(PathStyles::OrgsOnly, false), (PathStyles::TenantsOnly, true)] {
        let world = World::with(
            styles,
            |builder| if named_org { builder.org("acme-corp") } else { builder.tenant("acme-corp") },
            |clock, _| clock.shared(),
        );
        let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
        hold_a_token(&jit).await;
        jit.complete_task().await.unwrap();
        // The other style is tried once, and remembered.
        let wrong = if named_org { "/orgs/" } else { "/t/" };
        let wrong = world.network.sent().iter().filter(|sent| sent.line.contains(wrong)).count();
        assert_eq!(wrong, 1, "{styles:?}");
    }
}

#[tokio::test]
async fn wrong_credentials_are_told_as_such_and_not_as_a_wrong_path() {
    let world = World::with(PathStyles::Both, |builder| builder.org("no-such-org"), |clock, _| clock.shared());
    let error = JitContext::create_task(&world.agent, "test").await.unwrap_err();
    assert!(!error.to_string().contains("s3cret"), "{error}");
    assert!(error.to_string().starts_with("LumoAuth could not issue the agent's token"), "{error}");
}
