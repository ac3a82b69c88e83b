//! What a task leaves in its journal, and what a sweep makes of it.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use jit_tools::{
    FileJournal, JitContext, LumoAuthAgent, TaskError,
    authority::TaskId,
    session::{
        SharedJournal,
        journal::{Abandoned, Journal, JournalEntry, JournalError, OpenedTask, Taken, TaskIntent, TaskOwner},
    },
};

use crate::{
    faults::{Folder, agent_with_faults, completed_tasks, open_tasks, until},
    support::{AUTHORITY, World, note},
};

async fn file(folder: &Folder) -> SharedJournal {
    FileJournal::open(folder.path()).await.unwrap().shared()
}

async fn create(agent: &LumoAuthAgent, journal: &SharedJournal) -> JitContext {
    JitContext::builder(agent, "report").journal(Arc::clone(journal)).without_sweep().create_task().await.unwrap()
}

async fn hold_a_token(jit: &JitContext) -> String {
    let permission = jit.request_permission(&note("read", "n1"), None).await.unwrap();
    jit.get_token(&permission).await.unwrap().token.expose().to_owned()
}

/// Drops what a process had where nothing can be done for its tasks any more, as at its end.
pub fn end_of_process(left: impl Send) {
    std::thread::scope(|scope| scope.spawn(|| drop(left)).join().unwrap());
}

#[tokio::test]
async fn a_task_is_in_the_journal_while_it_is_open_without_any_secret() {
    let (world, folder) = (World::new(), Folder::new());
    let journal = file(&folder).await;
    let jit = create(&world.agent, &journal).await;
    let child = jit.create_child_task("child").await.unwrap();
    let secrets = [hold_a_token(&jit).await, hold_a_token(&child).await, "s3cret".to_owned()];
    let agent_token = world.agent.access_token().await.unwrap();

    let files = folder.files();
    assert_eq!(files.len(), 2);
    for text in &files {
        assert!(text.contains(AUTHORITY) && text.contains("acme-corp") && text.contains("agt_x"), "{text}");
        assert!(text.contains(jit.task_id().as_str()), "{text}");
        assert!(!secrets.iter().any(|secret| text.contains(secret)) && !text.contains(agent_token.expose()), "{text}");
    }
    child.complete_task().await.unwrap();
    assert_eq!(folder.files().len(), 1);
    jit.complete_task().await.unwrap();
    assert!(folder.files().is_empty());
}

#[tokio::test]
async fn a_task_that_is_dropped_is_completed_in_the_background_and_leaves_the_journal() {
    let (world, folder) = (World::new(), Folder::new());
    let journal = file(&folder).await;
    let jit = create(&world.agent, &journal).await;
    hold_a_token(&jit).await;
    drop(jit);
    until(|| folder.files().is_empty()).await;
    assert!(open_tasks(&world.authority).is_empty());
}

#[tokio::test]
async fn creating_a_task_first_completes_what_a_crash_left_open() {
    let (world, folder) = (World::new(), Folder::new());
    let journal = file(&folder).await;
    let jit = create(&world.agent, &journal).await;
    hold_a_token(&jit).await;
    end_of_process(jit);
    assert_eq!(world.asked("/complete"), 0);
    let jit = JitContext::builder(&world.agent, "next").journal(journal).create_task().await.unwrap();
    assert_eq!(jit.swept().unwrap().completed.len(), 1);
    assert!(world.authority.live_tokens().is_empty());
    assert_eq!(open_tasks(&world.authority), [jit.task_id().to_string()]);
    jit.complete_task().await.unwrap();
    assert!(folder.files().is_empty());
}

#[tokio::test]
async fn a_task_of_a_process_that_died_is_resumed_and_what_else_it_left_is_completed() {
    let (world, folder) = (World::new(), Folder::new());
    let journal = file(&folder).await;
    let jit = create(&world.agent, &journal).await;
    let child = jit.create_child_task("child").await.unwrap();
    let (task, left) = (jit.task_id().clone(), child.task_id().clone());
    hold_a_token(&jit).await;
    hold_a_token(&child).await;
    end_of_process((jit, child));

    let builder = JitContext::builder(&world.agent, "resumed").journal(Arc::clone(&journal));
    let jit = builder.clone().resume_task(task.clone()).await.unwrap();
    assert_eq!(jit.swept().unwrap().completed, [left]);
    assert_eq!((open_tasks(&world.authority), world.authority.live_tokens().len()), (vec![task.to_string()], 1));
    // It is held here now, and may be used.
    assert_eq!(JitContext::sweep(&world.agent, &*journal).await.unwrap().in_use, 1);
    hold_a_token(&jit).await;
    jit.complete_task().await.unwrap();
    assert!(folder.files().is_empty() && world.authority.live_tokens().is_empty());
}

#[tokio::test]
async fn a_task_that_is_resumed_without_an_entry_gets_one() {
    let (world, folder) = (World::new(), Folder::new());
    let journal = file(&folder).await;
    let unknown_to_it = JitContext::create_task(&world.agent, "test").await.unwrap();
    let builder = JitContext::builder(&world.agent, "resumed").journal(Arc::clone(&journal));
    let jit = builder.resume_task(unknown_to_it.task_id().clone()).await.unwrap();
    end_of_process((jit, unknown_to_it));
    assert_eq!(JitContext::sweep(&world.agent, &*journal).await.unwrap().completed.len(), 1);
    assert!(open_tasks(&world.authority).is_empty());
}

#[tokio::test]
async fn a_sweep_leaves_alone_what_is_in_use_and_what_is_another_agents() {
    let (world, folder) = (World::new(), Folder::new());
    let journal = file(&folder).await;
    let jit = create(&world.agent, &journal).await;
    let report = JitContext::sweep(&world.agent, &*journal).await.unwrap();
    assert_eq!((report.in_use, report.completed.len(), report.is_clean()), (1, 0, true));
    let other = |builder: jit_tools::authority::LumoAuthAgentBuilder| builder.client_secret("s3cret").build().unwrap();
    for agent in [
        other(LumoAuthAgent::builder().url(AUTHORITY).org("acme-corp").client_id("agt_y")),
        other(LumoAuthAgent::builder().url(AUTHORITY).org("other-corp").client_id("agt_x")),
        other(LumoAuthAgent::builder().url("https://elsewhere.test").org("acme-corp").client_id("agt_x")),
    ] {
        assert_eq!(JitContext::sweep(&agent, &*journal).await.unwrap().in_use, 0, "{agent:?}");
    }
    jit.complete_task().await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_completed_stays_in_the_journal_until_it_can() {
    let (world, folder) = (World::new(), Folder::new());
    let (agent, faults) = agent_with_faults(&world);
    let journal = file(&folder).await;
    let jit = create(&agent, &journal).await;
    let id = jit.task_id().clone();
    faults.cut("/complete");
    drop(jit);
    // What failed in the background is let go of, also within the process.
    let mut report = JitContext::sweep(&agent, &*journal).await.unwrap();
    while report.in_use == 1 {
        tokio::task::yield_now().await;
        report = JitContext::sweep(&agent, &*journal).await.unwrap();
    }
    assert_eq!((report.failed.len(), report.failed[0].id == id, report.is_clean()), (1, true, false));
    assert_eq!((report.failed[0].name.as_str(), &report.failed[0].tokens), ("report", &None));
    assert!(report.failed[0].error.is_transient());
    assert_eq!(folder.files().len(), 1);

    // A task that cannot be swept keeps nobody from working.
    faults.heal();
    let next = create(&agent, &journal).await;
    let report = JitContext::sweep(&agent, &*journal).await.unwrap();
    assert_eq!((report.completed, report.in_use), (vec![id], 1));
    next.complete_task().await.unwrap();
    assert!(folder.files().is_empty());
}

#[tokio::test]
async fn an_authority_that_gives_no_token_is_asked_once_for_all_that_is_left() {
    let (world, folder) = (World::new(), Folder::new());
    let (agent, faults) = agent_with_faults(&world);
    let journal = file(&folder).await;
    end_of_process((create(&world.agent, &journal).await, create(&world.agent, &journal).await));
    faults.cut("/oauth/token");
    let report = JitContext::sweep(&agent, &*journal).await.unwrap();
    assert_eq!((report.failed.len(), world.clock.sleeps().len()), (2, 3));
}

#[tokio::test]
async fn children_are_swept_before_their_parents() {
    let (world, folder) = (World::new(), Folder::new());
    let journal = file(&folder).await;
    let parent = create(&world.agent, &journal).await;
    let child = parent.create_child_task("child").await.unwrap();
    let grandchild = child.create_child_task("grandchild").await.unwrap();
    let ids = [&grandchild, &child, &parent].map(|jit| jit.task_id().to_string());
    end_of_process((parent, child, grandchild));
    let report = JitContext::sweep(&world.agent, &*journal).await.unwrap();
    assert_eq!(report.completed.len(), 3);
    assert_eq!(completed_tasks(&world.authority), ids);
}

#[tokio::test]
async fn an_answer_that_got_lost_is_reported_once_as_unknown() {
    let (world, folder) = (World::new(), Folder::new());
    let (agent, faults) = agent_with_faults(&world);
    let journal = file(&folder).await;
    faults.lose_answers("/jit/task");
    let error = JitContext::builder(&agent, "lost").journal(Arc::clone(&journal)).create_task().await.unwrap_err();
    assert!(error.authority_error().unwrap().is_transient());
    faults.heal();
    let report = JitContext::sweep(&agent, &*journal).await.unwrap();
    assert_eq!((report.unknown.len(), report.unknown[0].name.as_str(), report.is_clean()), (1, "lost", false));
    assert!(JitContext::sweep(&agent, &*journal).await.unwrap().is_clean());
    // It exists, and was never used.
    assert_eq!((open_tasks(&world.authority).len(), world.authority.issued_tokens().len()), (1, 0));
}

#[tokio::test]
async fn a_task_that_certainly_was_not_created_leaves_nothing_in_the_journal() {
    let (world, folder) = (World::new(), Folder::new());
    let (agent, faults) = agent_with_faults(&world);
    let journal = file(&folder).await;
    for path in ["/jit/task", "/oauth/token"] {
        faults.cut(path);
        JitContext::builder(&agent, "none").journal(Arc::clone(&journal)).create_task().await.unwrap_err();
        assert!(folder.files().is_empty());
    }
}

#[tokio::test]
async fn a_task_that_ended_long_ago_leaves_the_journal_although_nobody_can_complete_it() {
    let (world, folder) = (World::new(), Folder::new());
    let (agent, faults) = agent_with_faults(&world);
    let journal = file(&folder).await;
    let jit = create(&agent, &journal).await;
    let id = jit.task_id().clone();
    end_of_process(jit);
    faults.cut("/complete");
    // The task itself lives for an hour, a token for 15 minutes, and clocks differ.
    world.clock.advance(Duration::from_secs(3600 + 900));
    let report = JitContext::sweep(&agent, &*journal).await.unwrap();
    assert_eq!((report.failed.len(), report.ended.len()), (1, 0));
    world.clock.advance(Duration::from_secs(301));
    let report = JitContext::sweep(&agent, &*journal).await.unwrap();
    assert_eq!((report.ended, report.failed.is_empty()), (vec![id], true));
    assert!(folder.files().is_empty());
}

/// A journal that fails at one step.
#[derive(Debug)]
struct Failing {
    journal: SharedJournal,
    at: &'static str,
}

#[derive(Debug)]
struct FailingEntry {
    entry: Box<dyn JournalEntry>,
    at: &'static str,
}

fn fail(step: &str, at: &str) -> Result<(), JournalError> {
    if step == at { Err(JournalError::new("written", "of a test", "the disk is full")) } else { Ok(()) }
}

#[async_trait::async_trait]
impl Journal for Failing {
    async fn begin(&self, intent: &TaskIntent) -> Result<Box<dyn JournalEntry>, JournalError> {
        fail("begin", self.at)?;
        Ok(Box::new(FailingEntry { entry: self.journal.begin(intent).await?, at: self.at }))
    }

    async fn abandoned(&self, owner: &TaskOwner, now: SystemTime) -> Result<Abandoned, JournalError> {
        fail("abandoned", self.at)?;
        self.journal.abandoned(owner, now).await
    }

    async fn take(&self, owner: &TaskOwner, task: &TaskId) -> Result<Taken, JournalError> {
        fail("take", self.at)?;
        self.journal.take(owner, task).await
    }
}

#[async_trait::async_trait]
impl JournalEntry for FailingEntry {
    async fn opened(&self, task: &OpenedTask) -> Result<(), JournalError> {
        fail("opened", self.at)?;
        self.entry.opened(task).await
    }

    async fn kept(&self, until: SystemTime) -> Result<(), JournalError> {
        fail("kept", self.at)?;
        self.entry.kept(until).await
    }

    async fn closed(self: Box<Self>) -> Result<(), JournalError> {
        fail("closed", self.at)?;
        self.entry.closed().await
    }
}

#[tokio::test]
async fn a_task_that_cannot_be_written_down_is_not_used() {
    // Where the journal fails, how often a task is asked for, and how many are completed.
    for (at, created, completed) in [("abandoned", 0, 0), ("begin", 0, 0), ("opened", 1, 1)] {
        let (world, folder) = (World::new(), Folder::new());
        let journal: SharedJournal = Arc::new(Failing { journal: file(&folder).await, at });
        let result: Result<(), TaskError<(), std::io::Error>> =
            JitContext::builder(&world.agent, "report").journal(journal).run_task(|_| async { panic!("used") }).await;
        let Err(TaskError::NotCreated(error)) = result else { panic!("{at}") };
        assert!(error.journal_error().is_some() && error.to_string().contains("the disk is full"), "{error}");
        assert_eq!((world.asked("/jit/task"), world.asked("/complete")), (created, completed), "{at}");
        assert!(folder.files().is_empty(), "{at}");
    }
}

#[tokio::test]
async fn an_entry_that_cannot_be_removed_is_completed_once_more_by_a_sweep() {
    let (world, folder) = (World::new(), Folder::new());
    let journal = file(&folder).await;
    let failing: SharedJournal = Arc::new(Failing { journal: Arc::clone(&journal), at: "closed" });
    let jit = create(&world.agent, &failing).await;
    jit.complete_task().await.unwrap();
    assert_eq!(folder.files().len(), 1);
    assert_eq!(JitContext::sweep(&world.agent, &*journal).await.unwrap().completed, [jit.task_id().clone()]);
    assert!(folder.files().is_empty());
}

#[tokio::test]
async fn a_task_that_is_not_created_leaves_the_report_of_the_sweep_before() {
    let (world, folder) = (World::new(), Folder::new());
    let (agent, faults) = agent_with_faults(&world);
    let journal = file(&folder).await;
    let left = create(&world.agent, &journal).await;
    let id = left.task_id().clone();
    end_of_process(left);
    faults.cut("/complete");
    faults.cut("/jit/task");
    let error = JitContext::builder(&agent, "next").journal(journal).create_task().await.unwrap_err();
    assert_eq!(error.swept().unwrap().failed.iter().map(|task| &task.id).collect::<Vec<_>>(), [&id]);
}
