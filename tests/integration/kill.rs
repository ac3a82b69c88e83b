//! `kill -9` of a real process at each step of the journal, and what the next process makes of it.
//!
//! The process is this test binary itself, started again for [`a_process`] alone.

#![cfg(unix)]

mod stops;

use std::{env, os::unix::process::ExitStatusExt as _, path::Path, process::Stdio, sync::Arc, time::Duration};

use futures_util::{StreamExt as _, stream};
use jit_tools::{
    FileJournal, JitContext, LumoAuthAgent, TaskError, authority::TaskId, local_authority::LocalAuthority,
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

use self::stops::{Stopping, Stops};
use crate::{
    faults::{Folder, open_tasks},
    support::note,
};

/// Where the process stops: a step, and at which of its occurrences.
const STOP: &str = "JIT_TOOLS_TEST_STOP";
/// Instead of a step: works in `run_task` until a signal comes.
const IN_RUN_TASK: &str = "in run_task";
/// As above, and stops while it completes the child.
const IN_COMPLETION: &str = "in completion";
/// Instead of completing its tasks, the process suspends the parent.
const SUSPENDS: &str = "JIT_TOOLS_TEST_SUSPENDS";
/// Instead of creating a task, the process resumes this one.
const RESUMES: &str = "JIT_TOOLS_TEST_RESUMES";
const FOLDER: &str = "JIT_TOOLS_TEST_FOLDER";
const STOPPED: &str = "stopped at the step";
const SWEPT: &str = "swept:";
const TOLD: &str = "told:";

/// What the next process is to find after a kill at a step.
struct Case {
    stop: &'static str,
    completed: usize,
    unknown: usize,
}

/// The first task is a parent that holds a token, the second is its child. The child is completed first.
const CASES: [Case; 15] = [
    Case { stop: "before the intent 1", completed: 0, unknown: 0 },
    Case { stop: "after the intent 1", completed: 0, unknown: 1 },
    Case { stop: "before the id 1", completed: 0, unknown: 1 },
    Case { stop: "in the middle of the id 1", completed: 0, unknown: 1 },
    Case { stop: "after the id 1", completed: 1, unknown: 0 },
    Case { stop: "before the intent 2", completed: 1, unknown: 0 },
    Case { stop: "after the intent 2", completed: 1, unknown: 1 },
    Case { stop: "before the id 2", completed: 1, unknown: 1 },
    Case { stop: "in the middle of the id 2", completed: 1, unknown: 1 },
    Case { stop: "after the id 2", completed: 2, unknown: 0 },
    Case { stop: "in use 1", completed: 2, unknown: 0 },
    Case { stop: "before the end 1", completed: 2, unknown: 0 },
    Case { stop: "after the end 1", completed: 1, unknown: 0 },
    Case { stop: "before the end 2", completed: 1, unknown: 0 },
    Case { stop: "after the end 2", completed: 0, unknown: 0 },
];

#[tokio::test]
async fn after_a_kill_at_each_step_the_next_process_leaves_no_live_token_and_no_open_task_that_is_not_reported() {
    let killed = CASES.iter().map(|case| async move {
        let (authority, folder) = (LocalAuthority::start().await.unwrap(), Folder::new());
        kill_at(case.stop, &authority, folder.path()).await;
        let swept = Process::start(&authority, folder.path(), "nowhere").report().await;

        let expected = format!("completed {}, unknown {}, failed 0, in use 0", case.completed, case.unknown);
        assert_eq!(swept, expected, "{}", case.stop);
        assert!(authority.live_tokens().is_empty(), "{}", case.stop);
        assert!(folder.files().is_empty(), "{}", case.stop);
        // What is open is what was reported as unknown, and it never held a token.
        let open = open_tasks(&authority);
        assert!(open.len() <= case.unknown, "{}: {open:?}", case.stop);
        assert!(authority.issued_tokens().iter().all(|token| !open.contains(&token.task_id)), "{}", case.stop);
    });
    let () = stream::iter(killed).buffer_unordered(4).collect().await;
}

#[tokio::test]
async fn a_task_whose_suspension_was_killed_is_completed_or_kept_and_a_kept_one_is_resumed() {
    // The child is completed first, so that its end is the first.
    for (stop, completed, kept) in [
        ("before the end 1", 2, 0),
        ("before it is kept 1", 1, 0),
        ("in the middle of keeping it 1", 1, 0),
        ("after it is kept 1", 0, 1),
        ("nowhere", 0, 1),
    ] {
        let (authority, folder) = (LocalAuthority::start().await.unwrap(), Folder::new());
        Process::start_suspending(&authority, folder.path(), stop).end_at(stop).await;
        let swept = Process::start(&authority, folder.path(), "nowhere").report().await;
        assert_eq!(swept, format!("completed {completed}, unknown 0, failed 0, in use 0"), "{stop}");
        let open = open_tasks(&authority);
        assert_eq!((open.len(), folder.files().len()), (kept, kept), "{stop}");

        for task in open {
            resume_and_complete(&authority, folder.path(), task).await;
        }
        assert_eq!((open_tasks(&authority).len(), authority.live_tokens().len()), (0, 0), "{stop}");
        assert!(folder.files().is_empty(), "{stop}");
    }
}

#[tokio::test]
async fn a_task_whose_resumption_was_killed_is_kept_until_it_was_taken_over_and_completed_afterwards() {
    // What the next process finds; the task is still kept where it completes nothing.
    for (stop, completed, unknown) in [
        ("before the intent 1", 0, 0),
        ("after the intent 1", 0, 1),
        ("in the middle of the id 1", 0, 1),
        ("after the id 1", 0, 0),
        ("before the end 1", 0, 0),
        ("after the end 1", 1, 0),
    ] {
        let (authority, folder) = (LocalAuthority::start().await.unwrap(), Folder::new());
        Process::start_suspending(&authority, folder.path(), "nowhere").end_at("nowhere").await;
        let task = open_tasks(&authority).remove(0);
        Process::start_resuming(&authority, folder.path(), stop, &task).end_at(stop).await;

        let swept = Process::start(&authority, folder.path(), "nowhere").report().await;
        assert_eq!(swept, format!("completed {completed}, unknown {unknown}, failed 0, in use 0"), "{stop}");
        assert_eq!(open_tasks(&authority).len(), 1 - completed, "{stop}");
        if completed == 0 {
            resume_and_complete(&authority, folder.path(), task).await;
        }
        assert_eq!((open_tasks(&authority).len(), authority.live_tokens().len()), (0, 0), "{stop}");
        assert!(folder.files().is_empty(), "{stop}");
    }
}

async fn resume_and_complete(authority: &LocalAuthority, folder: &Path, task: String) {
    let agent = LumoAuthAgent::builder()
        .url(authority.url())
        .org(authority.org())
        .client_id(authority.client_id())
        .client_secret(authority.client_secret())
        .build()
        .unwrap();
    let journal = FileJournal::open(folder).await.unwrap().shared();
    let task = TaskId::try_from(task).unwrap();
    let jit = JitContext::builder(&agent, "next").journal(journal).resume_task(task).await.unwrap();
    hold_a_token(&jit).await;
    jit.complete_task().await.unwrap();
}

#[tokio::test]
async fn a_process_that_lives_keeps_its_tasks() {
    let (authority, folder) = (LocalAuthority::start().await.unwrap(), Folder::new());
    let mut process = Process::start(&authority, folder.path(), "in use 1");
    process.line(STOPPED).await;
    let swept = Process::start(&authority, folder.path(), "nowhere").report().await;
    assert_eq!(swept, "completed 0, unknown 0, failed 0, in use 2");
    assert_eq!((authority.live_tokens().len(), open_tasks(&authority).len()), (2, 2));
    process.kill().await;
}

#[tokio::test]
async fn a_sweep_that_is_killed_is_done_again() {
    let (authority, folder) = (LocalAuthority::start().await.unwrap(), Folder::new());
    kill_at("in use 1", &authority, folder.path()).await;
    kill_at("after taking 1", &authority, folder.path()).await;
    assert_eq!(authority.live_tokens().len(), 2);
    // The child is completed and its entry is still there, then the same of the parent.
    kill_at("before the end 1", &authority, folder.path()).await;
    assert_eq!(authority.live_tokens().len(), 1);
    let swept = Process::start(&authority, folder.path(), "nowhere").report().await;
    assert_eq!(swept, "completed 2, unknown 0, failed 0, in use 0");
    assert_eq!((authority.live_tokens().len(), open_tasks(&authority).len()), (0, 0));
}

#[tokio::test]
async fn a_signal_that_can_be_heard_completes_the_children_too() {
    let (authority, folder) = (LocalAuthority::start().await.unwrap(), Folder::new());
    let mut process = Process::start(&authority, folder.path(), IN_RUN_TASK);
    process.line(STOPPED).await;
    assert_eq!((authority.live_tokens().len(), open_tasks(&authority).len()), (1, 2));
    let id = process.child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
    while process.lines.next_line().await.unwrap().is_some() {}
    assert!(process.child.wait().await.unwrap().success());
    assert_eq!((authority.live_tokens().len(), open_tasks(&authority).len()), (0, 0));
    assert!(folder.files().is_empty());
}

#[tokio::test]
async fn a_second_signal_ends_the_completion_and_nobody_is_told_that_the_task_is_completed() {
    let (authority, folder) = (LocalAuthority::start().await.unwrap(), Folder::new());
    let mut process = Process::start(&authority, folder.path(), IN_COMPLETION);
    let id = process.child.id().unwrap().to_string();
    for _ in 0..2 {
        // In its work, and then in the completion of the child.
        process.line(STOPPED).await;
        assert!(Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
    }
    let told = process.line(TOLD).await;
    assert!(process.child.wait().await.unwrap().success());
    let open = open_tasks(&authority);
    assert_eq!(open.len(), 1);
    assert_eq!(
        told,
        format!("a signal came while the task {} was being completed: its tokens may live until they expire", open[0])
    );
}

async fn kill_at(stop: &str, authority: &LocalAuthority, folder: &Path) {
    let mut process = Process::start(authority, folder, stop);
    process.line(STOPPED).await;
    process.kill().await;
}

/// Another process, with tasks of the same agent and a journal in the same folder.
struct Process {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Process {
    fn start(authority: &LocalAuthority, folder: &Path, stop: &str) -> Self {
        Self::start_with(authority, folder, stop, &mut Command::new(env::current_exe().unwrap()))
    }

    fn start_suspending(authority: &LocalAuthority, folder: &Path, stop: &str) -> Self {
        Self::start_with(authority, folder, stop, Command::new(env::current_exe().unwrap()).env(SUSPENDS, "1"))
    }

    fn start_resuming(authority: &LocalAuthority, folder: &Path, stop: &str, task: &str) -> Self {
        Self::start_with(authority, folder, stop, Command::new(env::current_exe().unwrap()).env(RESUMES, task))
    }

    fn start_with(authority: &LocalAuthority, folder: &Path, stop: &str, command: &mut Command) -> Self {
        let mut child = command
            .args(["--exact", "kill::a_process", "--ignored", "--nocapture"])
            .env(STOP, stop)
            .env(FOLDER, folder)
            .env("LUMOAUTH_URL", authority.url())
            .env("LUMOAUTH_ORG_ID", authority.org())
            .env("AGENT_CLIENT_ID", authority.client_id())
            .env("AGENT_CLIENT_SECRET", authority.client_secret())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// The rest of the next line that has this in it.
    async fn line(&mut self, part: &str) -> String {
        while let Some(line) = self.lines.next_line().await.unwrap() {
            if let Some((_, rest)) = line.split_once(part) {
                return rest.trim().to_owned();
            }
        }
        panic!("the process ended without `{part}`");
    }

    async fn kill(&mut self) {
        self.child.start_kill().unwrap();
        assert_eq!(self.child.wait().await.unwrap().signal(), Some(9));
    }

    /// Kills it at its stop, or lets it come to its end where there is none.
    async fn end_at(mut self, stop: &str) {
        if stop == "nowhere" {
            self.report().await;
        } else {
            self.line(STOPPED).await;
            self.kill().await;
        }
    }

    /// What its sweep found, once it has come to its end.
    async fn report(mut self) -> String {
        let swept = self.line(SWEPT).await;
        while self.lines.next_line().await.unwrap().is_some() {}
        assert!(self.child.wait().await.unwrap().success());
        swept
    }
}

/// Sweeps, then works in a task and its child, and completes them. It is no test by itself.
#[tokio::test]
#[ignore = "the process that other tests start and kill"]
async fn a_process() {
    let (Ok(stop), Ok(folder)) = (env::var(STOP), env::var(FOLDER)) else { return };
    let agent = LumoAuthAgent::from_env().unwrap();
    let is_in_run_task = [IN_RUN_TASK, IN_COMPLETION].contains(&stop.as_str());
    let step = if stop == IN_COMPLETION { "before the end 1" } else { &stop };
    let stops = Stops::new(step, &folder);
    let journal = Stopping::open(folder, &stops).await;
    let builder = JitContext::builder(&agent, "parent").journal(Arc::new(journal));
    if is_in_run_task {
        let work = |jit: JitContext| async move {
            let child = jit.create_child_task("child").await.unwrap();
            hold_a_token(&child).await;
            Stops::stop().await;
            Ok::<_, std::io::Error>(())
        };
        match builder.run_task(work).await.unwrap_err() {
            TaskError::Interrupted if stop == IN_RUN_TASK => {}
            error @ TaskError::CutShort { outcome: None, .. } => println!("\n{TOLD} {error}"),
            error => panic!("{error}"),
        }
        return;
    }
    let parent = match env::var(RESUMES) {
        Ok(task) => builder.resume_task(TaskId::try_from(task).unwrap()).await.unwrap(),
        Err(_) => builder.create_task().await.unwrap(),
    };
    let swept = parent.swept().unwrap();
    let (completed, unknown, failed) = (swept.completed.len(), swept.unknown.len(), swept.failed.len());
    println!("\n{SWEPT} completed {completed}, unknown {unknown}, failed {failed}, in use {}", swept.in_use);
    hold_a_token(&parent).await;
    let child = parent.create_child_task("child").await.unwrap();
    hold_a_token(&child).await;
    stops.at("in use").await;
    if env::var_os(SUSPENDS).is_some() {
        parent.suspend(Duration::from_secs(8 * 3600)).await.unwrap();
    } else {
        parent.complete_task().await.unwrap();
    }
}

async fn hold_a_token(jit: &JitContext) {
    let permission = jit.request_permission(&note("read", "n1"), None).await.unwrap();
    jit.get_token(&permission).await.unwrap();
}
