//! Tasks that are left open for whoever goes on with them.

use std::{pin::pin, sync::Arc, time::Duration};

use futures_util::FutureExt as _;
use jit_tools::{
    ApprovalWait, FileJournal, JitContext, Policy, ToolContext,
    session::{JitContextBuilder, SharedJournal, SuspensionError},
    url,
};

use crate::{
    faults::{Folder, agent_with_faults, open_tasks, until},
    journal::end_of_process,
    support::{API, World, note, note_there},
};

const HOUR: Duration = Duration::from_secs(3600);

async fn journal(folder: &Folder) -> SharedJournal {
    FileJournal::open(folder.path()).await.unwrap().shared()
}

fn builder(world: &World, journal: &SharedJournal) -> JitContextBuilder {
    JitContext::builder(&world.agent, "test")
        .policy(Policy::new().trust_origin(API).unwrap())
        .approval_wait(ApprovalWait::none())
        .journal(Arc::clone(journal))
}

#[tokio::test]
async fn a_person_may_take_longer_than_the_process_lives() {
    let (world, folder) = (World::new(), Folder::new());
    let journal = journal(&folder).await;
    let jit = builder(&world, &journal).create_task().await.unwrap();
    let cx = ToolContext::new(&jit);
    cx.http().get(url!("{API}/notes/n1")).send().await.unwrap();
    let denied = cx.http().delete(url!("{API}/notes/n1")).send().await.unwrap();
    let pending = denied.escalation_error().unwrap().pending().unwrap().clone();
    assert_eq!(world.authority.live_tokens().len(), 1);
    let task = jit.suspend(HOUR).await.unwrap().task;
    // The token for reading is given back; the task, and what was asked for in it, stay.
    assert!(world.authority.live_tokens().is_empty());
    let after = cx.http().get(url!("{API}/notes/n1")).send().await.unwrap();
    assert!(after.escalation_error().unwrap().to_string().contains("over"), "{:?}", after.escalation_error());
    drop((cx, jit));

    // Another process sweeps first, and leaves it alone.
    let swept = JitContext::sweep(&world.agent, &*journal).await.unwrap();
    assert_eq!((swept.suspended, swept.completed.len(), swept.in_use), (vec![task.clone()], 0, 0));
    world.authority.approve(pending.request_id.as_str()).await.unwrap();

    let jit = builder(&world, &journal).resume_task(task.clone()).await.unwrap();
    jit.adopt(pending).unwrap();
    let answer = ToolContext::new(&jit).http().delete(url!("{API}/notes/n1")).send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "a note");
    assert_eq!(open_tasks(&world.authority), [task.to_string()]);
    jit.complete_task().await.unwrap();
    assert!(folder.files().is_empty() && open_tasks(&world.authority).is_empty());
}

#[tokio::test]
async fn a_task_that_nobody_resumes_in_time_is_completed() {
    let (world, folder) = (World::new(), Folder::new());
    let journal = journal(&folder).await;
    let jit = builder(&world, &journal).create_task().await.unwrap();
    let task = jit.suspend(HOUR).await.unwrap().task;
    world.clock.advance(HOUR - Duration::from_secs(1));
    assert_eq!(JitContext::sweep(&world.agent, &*journal).await.unwrap().suspended, vec![task.clone()]);
    world.clock.advance(Duration::from_secs(1));
    let swept = JitContext::sweep(&world.agent, &*journal).await.unwrap();
    assert_eq!((swept.suspended.len(), swept.completed), (0, vec![task]));
    assert!(folder.files().is_empty() && open_tasks(&world.authority).is_empty());
}

#[tokio::test]
async fn a_crash_after_a_task_was_resumed_leaves_it_to_the_next_sweep() {
    let (world, folder) = (World::new(), Folder::new());
    let journal = journal(&folder).await;
    let jit = builder(&world, &journal).create_task().await.unwrap();
    let task = jit.suspend(HOUR).await.unwrap().task;
    let jit = builder(&world, &journal).resume_task(task.clone()).await.unwrap();
    assert_eq!(JitContext::sweep(&world.agent, &*journal).await.unwrap().in_use, 1);
    // It may be suspended as often as it takes.
    assert_eq!(jit.suspend(HOUR).await.unwrap().task, task);
    let jit = builder(&world, &journal).resume_task(task.clone()).await.unwrap();
    end_of_process(jit);
    assert_eq!(JitContext::sweep(&world.agent, &*journal).await.unwrap().completed, [task]);
    assert!(folder.files().is_empty());
}

#[tokio::test]
async fn children_of_a_suspended_task_are_completed() {
    let (world, folder) = (World::new(), Folder::new());
    let jit = builder(&world, &journal(&folder).await).create_task().await.unwrap();
    let child = jit.create_child_task("child").await.unwrap();
    let task = jit.suspend(HOUR).await.unwrap().task;
    assert_eq!(open_tasks(&world.authority), [task.to_string()]);
    assert!(child.request_permission(&note("read", "n1"), None).await.is_err());
}

#[tokio::test]
async fn what_cannot_be_kept_is_not_suspended() {
    let (world, folder) = (World::new(), Folder::new());
    let unrecorded = JitContext::create_task(&world.agent, "test").await.unwrap();
    assert!(matches!(unrecorded.suspend(HOUR).await, Err(SuspensionError::NoJournal)));
    unrecorded.complete_task().await.unwrap();

    let jit = builder(&world, &journal(&folder).await).create_task().await.unwrap();
    jit.suspend(HOUR).await.unwrap();
    assert!(matches!(jit.suspend(HOUR).await, Err(SuspensionError::Over)));
    assert!(jit.complete_task().await.is_ok(), "nothing is left to be done here");
    assert_eq!(open_tasks(&world.authority).len(), 1);

    let jit = builder(&world, &journal(&folder).await).without_sweep().create_task().await.unwrap();
    jit.complete_task().await.unwrap();
    assert!(matches!(jit.suspend(HOUR).await, Err(SuspensionError::Over)));
}

#[tokio::test]
async fn one_process_only_goes_on_with_a_task() {
    let (world, folder) = (World::new(), Folder::new());
    // Two journals on one folder are as two processes.
    let (journal, others) = (journal(&folder).await, journal(&folder).await);
    let jit = builder(&world, &journal).create_task().await.unwrap();
    let task = jit.task_id().clone();
    let resume = |journal| builder(&world, journal).resume_task(task.clone());
    let error = resume(&others).await.unwrap_err();
    assert!(error.is_in_use() && error.to_string().contains(task.as_str()), "{error}");
    jit.suspend(HOUR).await.unwrap();
    let first = resume(&journal).await.unwrap();
    assert!(resume(&others).await.unwrap_err().is_in_use());
    assert_eq!(folder.files().len(), 1);
    end_of_process(first);
    resume(&others).await.unwrap().complete_task().await.unwrap();
    assert!(folder.files().is_empty());
}

#[tokio::test]
async fn a_task_that_is_kept_can_be_resumed_while_a_sweep_goes_on() {
    let (world, folder) = (World::new(), Folder::new());
    let (agent, faults) = agent_with_faults(&world);
    let journal = journal(&folder).await;
    let task = builder(&world, &journal).create_task().await.unwrap().suspend(HOUR).await.unwrap().task;
    end_of_process(builder(&world, &journal).create_task().await.unwrap());

    faults.then("/complete", std::future::pending());
    let mut sweep = pin!(JitContext::sweep(&agent, &*journal));
    until(|| sweep.as_mut().now_or_never().is_some() || open_tasks(&world.authority).len() == 1).await;
    let jit = builder(&world, &journal).without_sweep().resume_task(task).await.unwrap();
    jit.complete_task().await.unwrap();
}

#[tokio::test]
async fn one_who_no_longer_waits_to_go_on_with_a_task_leaves_it_as_it_was() {
    let (world, folder) = (World::new(), Folder::new());
    let (agent, faults) = agent_with_faults(&world);
    let journal = journal(&folder).await;
    let task = builder(&world, &journal).create_task().await.unwrap().suspend(HOUR).await.unwrap().task;
    end_of_process(builder(&world, &journal).create_task().await.unwrap());

    faults.then("/complete", std::future::pending());
    {
        let builder = JitContext::builder(&agent, "test").journal(Arc::clone(&journal));
        let mut resuming = pin!(builder.resume_task(task.clone()));
        until(|| resuming.as_mut().now_or_never().is_some() || open_tasks(&world.authority).len() == 1).await;
    }
    // What would be done in the background is done.
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(open_tasks(&world.authority), [task.to_string()]);
    faults.heal();
    let jit = builder(&world, &journal).resume_task(task.clone()).await.unwrap();
    // What it is about itself is not in its own report.
    assert!(jit.swept().unwrap().suspended.is_empty() && jit.swept().unwrap().in_use == 0);
    assert_eq!(jit.swept().unwrap().completed.len(), 1);
    jit.complete_task().await.unwrap();
}

#[tokio::test]
async fn a_call_that_waits_while_its_task_is_suspended_sends_nothing_more() {
    let (world, folder) = (World::new(), Folder::new());
    let builder = builder(&world, &journal(&folder).await).approval_wait(ApprovalWait::default());
    let jit = builder.create_task().await.unwrap();
    let cx = ToolContext::new(&jit);
    let mut call = pin!(cx.http().delete(url!("{API}/notes/n1")).send());
    while world.authority.pending().is_empty() {
        assert!(call.as_mut().now_or_never().is_none());
    }
    let polled = world.asked("/status");
    assert!(jit.suspend(HOUR).await.unwrap().is_clean());
    world.authority.approve(&world.authority.pending()[0].request_id.clone()).await.unwrap();
    let answer = call.await.unwrap();
    assert!(answer.escalation_error().unwrap().is_task_over(), "{:?}", answer.escalation_error());
    assert_eq!((world.asked("/status"), world.served()), (polled, 0));
    assert!(world.authority.issued_tokens().is_empty());
}

#[tokio::test]
async fn a_token_that_arrives_while_its_task_is_suspended_is_revoked_and_not_used() {
    let (world, folder) = (World::new(), Folder::new());
    let (agent, faults) = agent_with_faults(&world);
    let builder = JitContext::builder(&agent, "test").policy(Policy::new().trust_origin(API).unwrap());
    let jit = builder.journal(journal(&folder).await).create_task().await.unwrap();
    let (suspending, report) = (jit.clone(), Arc::new(std::sync::Mutex::new(None)));
    let told = Arc::clone(&report);
    faults.then("/token", async move {
        *told.lock().unwrap() = Some(suspending.suspend(HOUR).await.unwrap());
    });
    let answer = ToolContext::new(&jit).http().get(url!("{API}/notes/n1")).send().await.unwrap();
    assert!(answer.escalation_error().unwrap().is_task_over(), "{:?}", answer.escalation_error());
    assert_eq!((world.served(), world.authority.issued_tokens().len()), (0, 1));
    assert!(world.authority.live_tokens().is_empty());
    // At that moment nobody knew what would come of the exchange.
    assert_eq!(report.lock().unwrap().as_ref().unwrap().tokens.len(), 1);
}

#[tokio::test]
async fn what_a_suspension_could_not_give_back_is_reported() {
    let (world, folder) = (World::new(), Folder::new());
    let (agent, faults) = agent_with_faults(&world);
    let builder = JitContext::builder(&agent, "test").policy(Policy::new().trust_origin(API).unwrap());
    let jit = builder.journal(journal(&folder).await).create_task().await.unwrap();
    let child = jit.create_child_task("child").await.unwrap();
    ToolContext::new(&jit).http().get(url!("{API}/notes/n1")).send().await.unwrap().error_for_status().unwrap();
    let permission = jit.request_permission(&note("read", "n2"), None).await.unwrap();
    let handed_out = jit.get_token(&permission).await.unwrap();
    jit.revoke(&handed_out.token).await.unwrap();
    faults.cut("/oauth/revoke");
    faults.cut("/complete");
    let report = jit.suspend(HOUR).await.unwrap();
    let permits: Vec<_> = report.tokens.iter().flat_map(|token| token.permits.clone()).collect();
    assert_eq!((permits, report.is_clean()), (vec![note_there("read", "n1")], false));
    assert_eq!(report.unfinished.iter().map(|task| &task.id).collect::<Vec<_>>(), [child.task_id()]);
    std::mem::forget((jit, child));
}
