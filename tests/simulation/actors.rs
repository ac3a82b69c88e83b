//! What the tasks of an agent do.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Either, join_all, select},
};
use http::Method;
use jit_tools::{
    ApprovalWait, AuthorizationDetail, Clock as _, JitContext, PendingApproval, ResourceError, ToolContext, Toolset,
    authority::TaskId, policy::Entitlement, tool::State, tools, url,
};

use crate::{
    bodies::{Tooling, change_note, change_note_again},
    faults::Process,
    seen::{Account, Event},
    world::{APIS, EVIL, USERS, World},
};

/// What the application keeps about a task that it leaves to another process.
#[derive(Clone, Debug)]
pub struct Left {
    task: TaskId,
    pending: String,
    call: Call,
    /// Whether another process has begun to make the call.
    is_called: bool,
}

/// The store of the application, which does not fail.
pub type Store = Arc<Mutex<Vec<Left>>>;

/// A request of a tool.
#[derive(Clone, Debug)]
struct Call {
    method: Method,
    api: usize,
    path: &'static str,
    note: usize,
    operation: String,
}

/// All that an agent's program in one process needs.
#[derive(Clone)]
pub struct Program {
    pub world: World,
    pub process: Process,
    pub account: Account,
    pub store: Store,
    tools: Arc<Toolset>,
}

impl Program {
    pub fn new(world: &World, process: &Process, account: &Account, store: &Store) -> Self {
        let tooling = Tooling::new(world.network(process), account.clone());
        let tools = Arc::new(tools![change_note, change_note_again].with_state(State::new(tooling)));
        let (world, process) = (world.clone(), process.clone());
        Self { world, process, account: account.clone(), store: Arc::clone(store), tools }
    }

    /// A task that makes some calls, some at once, and is completed, or left to another process.
    pub async fn task(self, number: usize, has_journal: bool) {
        let Self { world, .. } = &self;
        let mut builder = world.builder(&self.process, &format!("task {number}"));
        if has_journal {
            builder = builder.journal(world.journal(&self.process));
        }
        let is_left = has_journal && world.random.one_in(3);
        if is_left {
            builder = builder.approval_wait(ApprovalWait::none());
        }
        let jit = match builder.create_task().await {
            Ok(jit) => jit,
            Err(error) => return world.told.creation(&error),
        };
        let Some(within) = self.within(&jit).await else { return self.complete(&jit).await };
        join_all((0..3).map(|index| self.act(&within, format!("{number}-{index}")))).await;
        self.act(&jit, format!("{number}-3")).await;
        if is_left && self.leave(&jit, format!("{number}-4")).await {
            return;
        }
        self.complete(&jit).await;
    }

    /// The task itself, a part of it, or one in which it acts for a user; `None` where that was not to be had.
    async fn within(&self, jit: &JitContext) -> Option<JitContext> {
        let created = match self.world.random.below(4) {
            0 => {
                let child = jit.create_child_task("a part").await;
                self.account.note(Event::ChildTask);
                child
            }
            1 => {
                let user = USERS[self.world.random.below(USERS.len())];
                let token = self.world.authority.user_token(user).now_or_never().flatten().unwrap();
                let for_user = jit.delegate_on_behalf_of(&token).await;
                self.account.note(Event::ForUser);
                for_user
            }
            _ => Ok(jit.clone()),
        };
        created.inspect_err(|error| self.world.told.creation(error)).ok()
    }

    /// Does something, which may not be waited for to its end. Whatever comes of it, it is not done again.
    async fn act(&self, jit: &JitContext, operation: String) {
        let random = &self.world.random;
        let work: BoxFuture<'_, ()> = match random.below(8) {
            0 | 1 => Box::pin(self.use_tool(jit, operation)),
            2 | 3 => {
                // It changes nothing, so that there are several of the same: when one is dropped, another goes on.
                let call = Call { method: Method::DELETE, api: random.below(2), ..self.a_call(operation) };
                Box::pin(self.call(jit, Call { path: "moved", ..call }))
            }
            4 => Box::pin(async {
                // Somebody had it call where it should not. What is asked for there is not obtained.
                let _ = ToolContext::new(jit).http().post(url!("{EVIL}/notes/n0")).body("x").send().await;
            }),
            _ => Box::pin(self.call(jit, self.a_call(operation))),
        };
        if !random.one_in(4) {
            return work.await;
        }
        let patience = Duration::from_millis(random.next() % 20_000);
        if let Either::Right(_) = select(work, self.world.clock.sleep(patience)).await {
            self.account.note(Event::Cancelled);
        }
    }

    fn a_call(&self, operation: String) -> Call {
        let random = &self.world.random;
        let method = if random.one_in(3) { Method::DELETE } else { Method::POST };
        Call { method, api: random.below(APIS.len()), path: "notes", note: random.below(2), operation }
    }

    async fn call(&self, jit: &JitContext, call: Call) {
        let Call { method, api, path, note, operation } = call;
        let (url, kind) = APIS[api];
        let url =
            if path == "moved" { format!("{url}/moved/m{note}") } else { format!("{url}/notes/n{note}?{operation}") };
        let outcome = if api < 2 {
            ToolContext::new(jit).http().request(method, url).body("x").send().await
        } else {
            // Whom nobody trusts gets what the call's own ceiling has.
            let ceiling = ["write", "delete"]
                .map(|action| AuthorizationDetail::new(kind).actions([action]).identifier(format!("n{note}")));
            let entitlement = ceiling.into_iter().fold(Entitlement::default(), Entitlement::may_request);
            jit.escalating(entitlement).http().request(method, url).body("x").send().await
        };
        match outcome {
            Ok(answer) if answer.escalation_error().is_some_and(|error| error.is_denied()) => {
                self.account.note(Event::Denied);
            }
            Err(ResourceError::Redirect { .. }) => self.account.note(Event::Redirect),
            _ => {}
        }
    }

    async fn use_tool(&self, jit: &JitContext, operation: String) {
        let Self { world: World { random, .. }, .. } = self;
        let tool = if random.one_in(2) { "change_note" } else { "change_note_again" };
        let arguments = serde_json::json!({
            "id": format!("n{}", random.below(2)), "operation": operation, "changes_first": random.one_in(3),
        });
        if let Err(error) = self.tools.call(jit, tool, arguments.to_string()).await
            && error.to_string().contains("running it again would do that twice")
        {
            self.account.note(Event::EffectKept);
        }
    }

    /// Makes a call that needs a person, and leaves it to another process. Whether it did.
    async fn leave(&self, jit: &JitContext, operation: String) -> bool {
        let call = Call { method: Method::DELETE, api: self.world.random.below(2), ..self.a_call(operation) };
        let url = format!("{}/notes/n{}?{}", APIS[call.api].0, call.note, call.operation);
        let answer = ToolContext::new(jit).http().delete(url).body("x").send().await;
        let Some(pending) = answer.as_ref().ok().and_then(|answer| answer.escalation_error()?.pending()) else {
            return false;
        };
        let pending = serde_json::to_string(pending).unwrap();
        let task = jit.task_id().clone();
        self.store.lock().unwrap().push(Left { task, pending, call, is_called: false });
        let suspended = jit.suspend(Duration::from_secs(3600)).await;
        suspended.inspect(|suspended| self.world.told.suspension(suspended)).is_ok()
    }

    /// Goes on with what another process left, and completes what a crash left open.
    pub async fn restart(self, swept: Arc<Mutex<u64>>) {
        // A process takes its time to start.
        self.world.clock.sleep(Duration::from_secs(5)).await;
        let journal = self.world.journal(&self.process);
        let left = self.store.lock().unwrap().clone();
        for left in left {
            self.go_on(left).await;
        }
        // Where that fails, the next process tries again.
        if let Ok(report) = JitContext::sweep(&self.world.agent(&self.process), &*journal).await {
            *swept.lock().unwrap() += report.completed.len() as u64;
            self.world.told.tasks(&report.failed);
        }
    }

    async fn go_on(&self, left: Left) {
        let journal = self.world.journal(&self.process);
        let builder = self.world.builder(&self.process, "resumed").journal(journal);
        let jit = match builder.resume_task(left.task.clone()).await {
            Ok(jit) => jit,
            Err(error) => return self.world.told.creation(&error),
        };
        if !left.is_called {
            self.change(&left.task, |left| left.is_called = true);
            let pending: PendingApproval = serde_json::from_str(&left.pending).unwrap();
            jit.adopt(pending).unwrap();
            self.call(&jit, left.call).await;
            self.account.note(Event::Resumed);
        }
        match jit.complete_task().await {
            Ok(()) => self.store.lock().unwrap().retain(|kept| kept.task != left.task),
            Err(error) => self.world.told.completion(&error),
        }
    }

    fn change(&self, task: &TaskId, change: impl Fn(&mut Left)) {
        self.store.lock().unwrap().iter_mut().filter(|left| left.task == *task).for_each(change);
    }

    async fn complete(&self, jit: &JitContext) {
        if let Err(error) = jit.complete_task().await {
            self.world.told.completion(&error);
        }
    }
}

impl Left {
    pub fn task(&self) -> &str {
        self.task.as_str()
    }
}
