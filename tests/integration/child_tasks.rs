//! A child ends with its parent at the latest, whatever happens to either.

use std::sync::Arc;

use futures_util::FutureExt as _;
use jit_tools::{JitContext, TaskError};
use tokio::sync::Notify;

use crate::{
    faults::{agent_with_faults, completed_tasks, open_tasks, until},
    support::{World, note},
};

async fn hold_a_token(jit: &JitContext, id: &str) {
    let permission = jit.request_permission(&note("read", id), None).await.unwrap();
    jit.get_token(&permission).await.unwrap();
}

fn id(jit: &JitContext) -> String {
    jit.task_id().to_string()
}

#[tokio::test]
async fn children_are_completed_before_their_parent() {
    let world = World::new();
    let parent = JitContext::create_task(&world.agent, "parent").await.unwrap();
    let child = parent.create_child_task("child").await.unwrap();
    let grandchild = child.create_child_task("grandchild").await.unwrap();
    let sibling = parent.create_child_task("sibling").await.unwrap();
    for jit in [&parent, &child, &grandchild, &sibling] {
        hold_a_token(jit, "n1").await;
    }
    assert_eq!(world.authority.live_tokens().len(), 4);
    parent.complete_task().await.unwrap();

    let completed = completed_tasks(&world.authority);
    let place = |jit: &JitContext| completed.iter().position(|task| *task == id(jit)).unwrap();
    assert!(place(&grandchild) < place(&child) && place(&child) < place(&parent) && place(&sibling) < place(&parent));
    assert_eq!((world.authority.live_tokens().len(), world.asked("/complete")), (0, 4));
    assert!(grandchild.request_permission(&note("read", "n1"), None).await.unwrap_err().is_task_over());
}

#[tokio::test]
async fn a_child_holds_permissions_of_its_own() {
    let world = World::new();
    let parent = world.trusting_task().await;
    let child = parent.create_child_task("child").await.unwrap();
    for jit in [&parent, &child] {
        let cx = jit_tools::ToolContext::new(jit);
        let url = format!("{}/notes/n1", crate::support::API);
        assert!(cx.http().get(url).send().await.unwrap().status().is_success());
    }
    let tasks: Vec<_> = world.authority.issued_tokens().into_iter().map(|token| token.task_id).collect();
    assert_eq!(tasks, [id(&parent), id(&child)]);
}

#[tokio::test]
async fn a_child_that_is_completed_leaves_its_parent_open() {
    let world = World::new();
    let parent = JitContext::create_task(&world.agent, "parent").await.unwrap();
    let child = parent.create_child_task("child").await.unwrap();
    child.complete_task().await.unwrap();
    assert_eq!(open_tasks(&world.authority), [id(&parent)]);
    hold_a_token(&parent, "n1").await;
    parent.complete_task().await.unwrap();
    assert_eq!(world.asked("/complete"), 2);
}

#[tokio::test]
async fn one_that_fails_keeps_no_other_from_being_completed_and_is_reported_by_name() {
    let world = World::new();
    let (agent, faults) = agent_with_faults(&world);
    let parent = JitContext::create_task(&agent, "parent").await.unwrap();
    let stuck = parent.create_child_task("stuck").await.unwrap();
    let sibling = parent.create_child_task("sibling").await.unwrap();
    hold_a_token(&stuck, "n1").await;
    faults.cut(&format!("/{}/complete", id(&stuck)));

    let error = parent.complete_task().await.unwrap_err();
    let [unfinished] = error.unfinished() else { panic!("{error}") };
    assert_eq!((unfinished.id.to_string(), unfinished.name.as_str()), (id(&stuck), "stuck"));
    let [token] = unfinished.tokens.as_deref().unwrap() else { panic!("{error}") };
    assert_eq!(token.permits, [note("read", "n1")]);
    assert!(error.is_transient());
    let text = error.to_string();
    assert!(
        text.starts_with(&format!(
            "the task \"stuck\" ({}) was not completed, and its tokens may live: for \"note\" [\"read\"] \"n1\" until ",
            id(&stuck)
        )) && text.ends_with("could not connect to https://authority.test"),
        "{text}"
    );
    assert!(completed_tasks(&world.authority).contains(&id(&sibling)));
    assert!(completed_tasks(&world.authority).contains(&id(&parent)));

    // Again, for what is left alone.
    let asked = world.asked("/complete");
    faults.heal();
    parent.complete_task().await.unwrap();
    parent.complete_task().await.unwrap();
    assert_eq!(world.asked("/complete"), asked + 1);
}

#[tokio::test]
async fn the_report_says_until_when_the_tokens_live_and_nothing_of_those_that_ended() {
    let world = World::new();
    let (agent, faults) = agent_with_faults(&world);
    let jit = JitContext::create_task(&agent, "report").await.unwrap();
    hold_a_token(&jit, "n1").await;
    faults.cut("/complete");
    let error = jit.complete_task().await.unwrap_err();
    let live = world.authority.live_tokens();
    let end = error.tokens_end_by().unwrap();
    // The authority counts whole seconds.
    assert!(end >= live[0].expires_at && end.duration_since(live[0].expires_at).unwrap().as_secs() < 2);

    world.clock.advance(std::time::Duration::from_secs(601));
    let error = jit.complete_task().await.unwrap_err();
    assert_eq!(error.tokens_end_by(), None);
    assert!(error.to_string().contains("was not completed, and holds no token: "), "{error}");
}

#[tokio::test]
async fn a_token_whose_answer_got_lost_is_in_the_report() {
    let world = World::new();
    let (agent, faults) = agent_with_faults(&world);
    let jit = JitContext::create_task(&agent, "report").await.unwrap();
    let permission = jit.request_permission(&note("read", "n1"), None).await.unwrap();
    faults.lose_answers("/token");
    jit.get_token(&permission).await.unwrap_err();
    assert!(!world.authority.live_tokens().is_empty());
    faults.cut("/complete");
    let error = jit.complete_task().await.unwrap_err();
    let latest = world.authority.live_tokens().into_iter().map(|token| token.expires_at).max();
    assert!(error.tokens_end_by() >= latest, "{error}");
}

#[tokio::test]
async fn dropping_the_parent_completes_its_children_while_somebody_holds_one() {
    let world = World::new();
    let parent = JitContext::create_task(&world.agent, "parent").await.unwrap();
    let child = parent.create_child_task("child").await.unwrap();
    hold_a_token(&child, "n1").await;
    drop(parent);
    until(|| open_tasks(&world.authority).is_empty()).await;
    assert!(world.authority.live_tokens().is_empty());
    assert!(child.request_permission(&note("read", "n1"), None).await.unwrap_err().is_task_over());
}

#[tokio::test]
async fn dropping_a_child_completes_it() {
    let world = World::new();
    let parent = JitContext::create_task(&world.agent, "parent").await.unwrap();
    let child = parent.create_child_task("child").await.unwrap();
    hold_a_token(&child, "n1").await;
    drop(child);
    until(|| open_tasks(&world.authority) == [id(&parent)]).await;
    assert!(world.authority.live_tokens().is_empty());
}

#[tokio::test]
async fn a_panic_and_a_cancellation_complete_the_children() {
    let world = World::new();
    let (agent, _) = agent_with_faults(&world);
    let panicking = JitContext::run_task(&agent, "test", |jit| async move {
        let child = jit.create_child_task("child").await.unwrap();
        hold_a_token(&child, "n1").await;
        std::mem::forget(child);
        if jit.task_id().as_str() != "nothing" {
            panic!("the work panicked");
        }
        Ok::<_, std::io::Error>(())
    });
    std::panic::AssertUnwindSafe(panicking).catch_unwind().await.unwrap_err();
    assert_eq!((open_tasks(&world.authority).len(), world.authority.live_tokens().len()), (0, 0));

    let mut cancelled = Box::pin(JitContext::run_task(&agent, "test", |jit| async move {
        let child = jit.create_child_task("child").await.unwrap();
        hold_a_token(&child, "n1").await;
        std::mem::forget((jit, child));
        std::future::pending::<Result<(), std::io::Error>>().await
    }));
    until(|| {
        let _ = cancelled.as_mut().now_or_never();
        world.authority.live_tokens().len() == 1
    })
    .await;
    drop(cancelled);
    until(|| open_tasks(&world.authority).is_empty()).await;
    assert!(world.authority.live_tokens().is_empty());
}

#[tokio::test]
async fn run_task_names_the_child_that_was_not_completed() {
    let world = World::new();
    let (agent, faults) = agent_with_faults(&world);
    let error = JitContext::run_task(&agent, "parent", |jit| async move {
        let child = jit.create_child_task("stuck").await.unwrap();
        faults.cut(&format!("/{}/complete", id(&child)));
        Ok::<_, std::io::Error>(7)
    })
    .await
    .unwrap_err();
    let TaskError::NotCompleted { outcome: Some(Ok(7)), error } = error else { panic!("{error}") };
    assert_eq!(error.unfinished()[0].name, "stuck");
}

#[tokio::test]
async fn no_child_is_created_in_a_task_that_is_over() {
    let world = World::new();
    let parent = JitContext::create_task(&world.agent, "parent").await.unwrap();
    parent.complete_task().await.unwrap();
    assert!(parent.create_child_task("child").await.unwrap_err().is_parent_over());
    assert_eq!(world.asked("/jit/task"), 1);
}

#[tokio::test]
async fn a_child_that_comes_into_being_while_its_parent_is_completed_is_completed_at_once() {
    let world = World::new();
    let (agent, faults) = agent_with_faults(&world);
    let parent = JitContext::create_task(&agent, "parent").await.unwrap();
    let completing = parent.clone();
    faults.then("/jit/task", async move { completing.complete_task().await.unwrap() });
    assert!(parent.create_child_task("child").await.unwrap_err().is_parent_over());
    assert_eq!(world.asked("/complete"), 2);
    assert!(open_tasks(&world.authority).is_empty());
}

#[tokio::test]
async fn a_task_whose_creator_no_longer_waits_is_completed() {
    let world = World::new();
    let (agent, faults) = agent_with_faults(&world);
    let (arrived, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (telling, waiting) = (Arc::clone(&arrived), Arc::clone(&release));
    faults.then("/jit/task", async move {
        telling.notify_one();
        waiting.notified().await;
    });
    // Dropped between the authority's answer and its arrival.
    tokio::select! {
        _ = JitContext::create_task(&agent, "test") => panic!("it was created"),
        () = arrived.notified() => {}
    }
    release.notify_one();
    until(|| completed_tasks(&world.authority).len() == 1).await;
}

#[tokio::test]
async fn a_token_that_was_revoked_early_is_not_told_to_be_live() {
    let world = World::new();
    let (agent, faults) = agent_with_faults(&world);
    let jit = JitContext::create_task(&agent, "test").await.unwrap();
    let permission = jit.request_permission(&note("read", "n1"), None).await.unwrap();
    let token = jit.get_token(&permission).await.unwrap();
    jit.revoke(&token.token).await.unwrap();
    faults.cut("/complete");
    let error = jit.complete_task().await.unwrap_err();
    assert_eq!(error.unfinished()[0].tokens, Some(Vec::new()), "{error}");
    std::mem::forget(jit);
}
