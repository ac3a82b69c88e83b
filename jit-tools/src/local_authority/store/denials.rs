//! What people said no to: counted for a task, and for its agent whatever task it tries in next.

use std::collections::{HashMap, VecDeque};

use super::{Request, RequestState, Store};
use crate::local_authority::audit::DecidedBy;

/// How many denials suspend a task: those of the task and the tasks below it, or those of its agent lately.
const DENIALS_TO_SUSPENSION: u32 = 3;
/// How long a denial counts for its agent, in seconds.
const COUNTS_FOR: u64 = 3600;
/// How many denials of one agent are remembered. More than suspend a task change nothing.
const MAX_REMEMBERED: usize = 8;

/// When each agent was denied something, by the agent and the user for whom it asked. A user is one whose token it came
/// with: what one user was denied is not held against another, and a user that an agent only names is not one.
#[derive(Debug, Default)]
pub(super) struct Denials {
    /// Known agents and users alone come here, so this has a bound.
    times: HashMap<(String, Option<String>), VecDeque<u64>>,
}

impl Denials {
    fn add(&mut self, request: &Request, now: u64) {
        let times = self.times.entry(key(request)).or_default();
        times.push_back(now);
        if times.len() > MAX_REMEMBERED {
            times.pop_front();
        }
    }

    fn count(&self, agent_id: &str, user: Option<&str>, now: u64) -> u32 {
        let times = self.times.get(&(agent_id.to_owned(), user.map(str::to_owned)));
        let counts = |at: &&u64| now < at.saturating_add(COUNTS_FOR);
        times.map_or(0, |times| u32::try_from(times.iter().filter(counts).count()).unwrap_or(u32::MAX))
    }
}

fn key(request: &Request) -> (String, Option<String>) {
    (request.agent_id.clone(), request.user.clone())
}

impl Request {
    /// Whether it is a denial that counts still. It is not forgotten before, so that a restart knows of it.
    pub(super) fn is_recent_denial(&self, now: u64) -> bool {
        let at = self.decided_at.filter(|_| self.state == RequestState::Denied);
        at.is_some_and(|at| now < at.saturating_add(COUNTS_FOR))
    }
}

impl Store {
    /// Counts a denial for the agent, for the task and for those above it, and suspends each that has had enough (the
    /// vendor's use of CAEP): an agent that starts another task for each try, below this one or beside it, does not start
    /// at zero.
    pub(super) fn count_denial(&mut self, request: &Request, now: u64) {
        self.denials.add(request, now);
        for task_id in self.ancestors(&request.task_id) {
            let Some(task) = self.tasks.get_mut(&task_id) else { continue };
            task.denials = task.denials.saturating_add(1);
            if task.denials >= DENIALS_TO_SUSPENSION {
                self.suspend(&task_id, now);
            }
        }
        if self.recent_denials_like(request, now) >= DENIALS_TO_SUSPENSION {
            self.suspend(&request.task_id, now);
        }
    }

    /// How often the agent of a request was denied something for the same user in the last hour.
    pub(in super::super) fn recent_denials_like(&self, request: &Request, now: u64) -> u32 {
        self.denials.count(&request.agent_id, request.user.as_deref(), now)
    }

    /// How often this task or one above it was denied something, or its agent lately, whichever is more.
    pub(super) fn denials(&self, task_id: &str, agent_id: &str, user: Option<&str>, now: u64) -> u32 {
        let of = |task_id: &String| self.tasks.get(task_id).map(|task| task.denials);
        let of_task = self.ancestors(task_id).iter().filter_map(of).max().unwrap_or(0);
        of_task.max(self.denials.count(agent_id, user, now))
    }

    /// Counts a denial again that was made before a restart.
    pub(super) fn recount_denial(&mut self, request: &Request, now: u64) {
        if request.is_recent_denial(now) && request.decided_by == Some(DecidedBy::Reviewer) {
            self.denials.add(request, request.decided_at.unwrap_or(now));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Ask, Caller, Decision, Kept, NewTask, Outcome, Refusal, TaskResult},
        *,
    };
    use crate::{
        authorization_details::AuthorizationDetail,
        local_authority::risk::{self, RiskLevel},
    };

    const AGENT: &str = "agt_a";

    fn task(store: &mut Store, agent: &str) -> String {
        store.create_task(agent, NewTask::default(), 0).unwrap().id.clone()
    }

    fn ask(store: &mut Store, caller: &Caller, task_id: &str, action: &str, now: u64) -> Result<Request, Refusal> {
        let detail = AuthorizationDetail::new("document").actions([action]).identifier("1");
        let (task_id, risk) = (task_id.to_owned(), risk::assess(&detail, &[]));
        let ask = Ask { task_id, detail, risk, justification: None, ttl: 600, callback_url: None };
        store.ask(caller, ask, now).cloned()
    }

    /// Denied something three times, in a task that is suspended with that.
    fn denied_thrice() -> (Store, String) {
        let mut store = Store::new(1);
        let first = task(&mut store, AGENT);
        for _ in 0..3 {
            let request = ask(&mut store, &Caller::itself(AGENT), &first, "delete", 0).unwrap().id;
            store.decide(&request, Decision::deny(), 0).unwrap();
        }
        (store, first)
    }

    #[test]
    fn an_agent_does_not_start_at_zero_denials_in_a_new_task() {
        let (mut store, _) = denied_thrice();
        let next = task(&mut store, AGENT);
        let read = ask(&mut store, &Caller::itself(AGENT), &next, "read", 10).unwrap();
        assert_eq!((read.risk, read.state), (RiskLevel::Critical, RequestState::Pending));
        // One more no, and this task is over as well.
        store.decide(&read.id, Decision::deny(), 10).unwrap();
        let again = ask(&mut store, &Caller::itself(AGENT), &next, "read", 10);
        assert_eq!(again.unwrap_err(), Refusal::TaskSuspended);
    }

    #[test]
    fn a_denial_counts_for_an_hour_and_for_its_agent_and_user_alone() {
        let (mut store, _) = denied_thrice();
        let (next, other) = (task(&mut store, AGENT), task(&mut store, "agt_b"));
        let mut risk = |caller: &Caller, task: &str, now| ask(&mut store, caller, task, "read", now).unwrap().risk;
        assert_eq!(risk(&Caller::itself(AGENT), &next, 3599), RiskLevel::Critical);
        assert_eq!(risk(&Caller::for_user(AGENT, "ann@acme.com"), &next, 0), RiskLevel::Low);
        assert_eq!(risk(&Caller::itself("agt_b"), &other, 0), RiskLevel::Low);
        let late = store.create_task(AGENT, NewTask::default(), 3600).unwrap().id.clone();
        let read = ask(&mut store, &Caller::itself(AGENT), &late, "read", 3600).unwrap();
        assert_eq!(read.risk, RiskLevel::Low);
    }

    #[test]
    fn denials_are_counted_again_after_a_restart() {
        let (mut store, _) = denied_thrice();
        let next = task(&mut store, AGENT);
        let kept = Kept {
            tasks: store.tasks().cloned().collect(),
            requests: store.requests().cloned().collect(),
            tokens: store.tokens().cloned().collect(),
        };
        let mut store = Store::restore(kept, 1, 100);
        assert_eq!(store.denials.count(AGENT, None, 100), 3);
        let read = ask(&mut store, &Caller::itself(AGENT), &next, "read", 100).unwrap();
        assert_eq!(read.risk, RiskLevel::Critical);
    }

    #[test]
    fn new_tasks_do_not_push_a_suspension_out_of_sight() {
        let (mut store, first) = denied_thrice();
        let mut begin_and_complete = |now| {
            for _ in 0..2000 {
                let next = store.create_task(AGENT, NewTask::default(), now).unwrap().id.clone();
                store.complete_task(AGENT, &next, now).unwrap();
            }
            store.tasks().any(|task| task.id == first)
        };
        assert!(begin_and_complete(3599));
        assert!(!begin_and_complete(3600), "there is room for others an hour later");
    }

    #[test]
    fn completing_or_judging_a_suspended_task_leaves_the_suspension_to_be_seen() {
        let (mut store, first) = denied_thrice();
        assert_eq!(store.complete_task(AGENT, &first, 50).unwrap().state_name(50), "suspended");
        let outcome = Outcome { result: TaskResult::Completed, notes: Some("all went well".to_owned()) };
        let task = store.evaluate_task(AGENT, &first, outcome, 60).unwrap();
        assert_eq!((task.state_name(60), task.ended_at, task.denials), ("suspended", Some(0), 3));
        let again = ask(&mut store, &Caller::itself(AGENT), &first, "read", 60);
        assert_eq!(again.unwrap_err(), Refusal::TaskSuspended);
    }
}
