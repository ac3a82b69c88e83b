//! The ends of tasks: good ones, bad ones, and those that another process brings about.

use std::{io::Write as _, time::Duration};

use futures_util::FutureExt as _;
use jit_tools::{
    ApprovalWait, AuthorizationDetail, FileJournal, JitContext, LumoAuthAgent,
    session::{CreationError, SweepReport, TaskError},
    tools,
    transport::SharedTransport,
};

use crate::{
    tools::touch,
    world::{SECRET, World},
    written::written,
};

/// A folder for a journal, which is gone afterwards.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("jit-tools-canaries-{name}-{}", std::process::id())))
    }

    /// Takes all that is in it.
    fn take(&self) {
        for entry in std::fs::read_dir(&self.0).unwrap() {
            written().write_all(&std::fs::read(entry.unwrap().path()).unwrap()).unwrap();
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn wrong_credentials_write_no_secret() {
    let world = World::start().await;
    let wrong = LumoAuthAgent::builder()
        .url(world.authority.url())
        .org(world.authority.org())
        .client_id("agt_x")
        .client_secret(format!("{SECRET}-wrong"))
        .transport(world.transport.clone() as SharedTransport)
        .build()
        .unwrap();
    let error = JitContext::create_task(&wrong, "test").await.unwrap_err();
    written().add_error(&error);
    let work = |_| async { Ok::<_, std::io::Error>(()) };
    written().add_error(&JitContext::run_task(&wrong, "test", work).await.unwrap_err());
    world.task().await.complete_task().await.unwrap();
    let jit = world.task().await;
    tools![touch].call(&jit, "touch", world.arguments("GET", "n1")).await.unwrap();
    jit.complete_task().await.unwrap();
    world.assert_nothing_leaked();
}

#[tokio::test]
async fn work_that_fails_or_panics_with_a_token_in_hand_writes_no_secret() {
    let world = World::start().await;
    let failed = world.builder().run_task(async |jit| {
        let arguments = world.arguments("GET", "n1");
        let output = tools![touch].call(&jit, "touch", arguments).await.unwrap();
        Err::<(), _>(std::io::Error::other(format!("{output:?} {jit:?}")))
    });
    written().add_error(&failed.await.unwrap_err());
    let agent = world.agent();
    let work = JitContext::run_task(&agent, "test", |jit| async move {
        let token = jit.agent().access_token().await.unwrap();
        if jit.task_id().as_str() != "none" {
            panic!("with a token in hand: {token:?} {jit:?}");
        }
        Ok::<_, std::io::Error>(())
    });
    assert!(std::panic::AssertUnwindSafe(work).catch_unwind().await.is_err());
    world.assert_nothing_leaked();
}

#[tokio::test]
async fn tasks_that_cannot_be_completed_write_no_secret() {
    let world = World::start().await;
    let folder = Folder::new("unfinished");
    let journal = FileJournal::open(&folder.0).await.unwrap();
    written().add_debug(&journal);
    let builder = world.builder().journal(journal.shared());
    let jit = builder.clone().create_task().await.unwrap();
    let child = jit.delegate_on_behalf_of(&world.user_token().await).await.unwrap();
    for task in [&jit, &child] {
        tools![touch].call(task, "touch", world.arguments("GET", "n1")).await.unwrap();
    }
    world.transport.cut(true);
    let error = jit.complete_task().await.unwrap_err();
    assert_eq!(error.unfinished().len(), 2);
    written().add_error(&error);
    for unfinished in error.unfinished() {
        written().add(unfinished);
        written().add_debug(&unfinished.tokens);
        written().add_error(&unfinished.error);
    }
    let late = jit.request_permission(&AuthorizationDetail::new("note"), None).await.unwrap_err();
    written().add_error(&late);
    folder.take();
    drop((jit, child));

    let journal = FileJournal::open(&folder.0).await.unwrap();
    let report = sweep(&world, &journal).await;
    assert_eq!(report.failed.len(), 2, "{report:?}");

    let unfinished: Result<(), TaskError<(), _>> =
        world.builder().run_task(async |_| Err(std::io::Error::other("it failed"))).await;
    let unfinished = unfinished.unwrap_err();
    assert!(matches!(unfinished, TaskError::NotCompleted { .. }));
    written().add_error(&unfinished);

    let created: Result<JitContext, CreationError> = late_child(&world).await;
    written().add_error(&created.unwrap_err());
    world.transport.cut(false);
    let report = sweep(&world, &journal).await;
    assert_eq!(report.completed.len(), 2, "{report:?}");
    world.assert_nothing_leaked();
}

/// What is left open, once nobody is busy with it any more.
async fn sweep(world: &World, journal: &FileJournal) -> SweepReport {
    loop {
        let report = JitContext::sweep(&world.agent(), journal).await.unwrap();
        written().add_debug(&report);
        if report.in_use == 0 {
            return report;
        }
        tokio::task::yield_now().await;
    }
}

/// A child of a task that is over.
async fn late_child(world: &World) -> Result<JitContext, CreationError> {
    let jit = world.task().await;
    let _ = jit.complete_task().await;
    jit.create_child_task("late").await
}

#[tokio::test]
async fn a_task_that_is_written_down_suspended_and_resumed_writes_no_secret() {
    let world = World::start().await;
    let folder = Folder::new("suspended");
    let journal = FileJournal::open(&folder.0).await.unwrap();
    let builder = world.builder().approval_wait(ApprovalWait::none()).journal(journal.shared());
    written().add_debug(&builder);
    let jit = builder.clone().create_task().await.unwrap();
    tools![touch].call(&jit, "touch", world.arguments("GET", "n1")).await.unwrap();
    let waits = tools![touch].call(&jit, "touch", world.arguments("DELETE", "n1")).await.unwrap_err();
    written().add_tool_error(&waits);
    let pending = waits.escalation().unwrap().pending().unwrap();
    written().add_debug(pending);
    written().add_debug(serde_json::to_string(pending).unwrap());
    let suspended = jit.suspend(Duration::from_secs(60)).await.unwrap();
    written().add_debug(&suspended);
    let task = suspended.task;
    written().add_error(&jit.suspend(Duration::from_secs(60)).await.unwrap_err());
    folder.take();
    assert!(written().text().contains(r#""kept":"#), "the journal is not taken");
    let again = builder.resume_task(task).await.unwrap();
    again.adopt(pending.clone()).unwrap();
    written().add_debug(&again);
    again.complete_task().await.unwrap();
    world.assert_nothing_leaked();
}
