//! How tasks, requests and tokens may change.

use super::{tasks::TASK_LIFETIME, *};
use crate::local_authority::audit::{AuditKind, DecidedBy, Retained};
use crate::{
    authorization_details::AuthorizationDetail,
    local_authority::risk::{self, RiskLevel},
};

const AGENT: &str = "agt_a";
const BUDGET: u64 = 100;

fn ask(task_id: &str, action: &str) -> Ask {
    let detail = AuthorizationDetail::new("document").actions([action]).identifier("1");
    Ask {
        task_id: task_id.to_owned(),
        risk: risk::assess(&detail, &[]),
        detail,
        justification: None,
        ttl: 600,
        callback_url: None,
    }
}

fn store_with_task() -> (Store, String) {
    let mut store = Store::new(1);
    let task = store.create_task(AGENT, NewTask::default(), 0).unwrap().id.clone();
    (store, task)
}

#[test]
fn a_completed_task_has_no_live_token() {
    let (mut store, task) = store_with_task();
    let request = store.ask(&Caller::itself(AGENT), ask(&task, "read"), 0).unwrap().id.clone();
    let token = store.exchange(&Caller::itself(AGENT), &request, BUDGET, 0).unwrap().jti;
    assert!(store.live_token(&token, 0).is_some());
    store.complete_task(AGENT, &task, 1).unwrap();
    assert!(store.live_token(&token, 1).is_none());
}

#[test]
fn completing_a_task_twice_keeps_the_first_time() {
    let (mut store, task) = store_with_task();
    assert_eq!(store.complete_task(AGENT, &task, 5).unwrap().ended_at, Some(5));
    assert_eq!(store.complete_task(AGENT, &task, 9).unwrap().ended_at, Some(5));
}

#[test]
fn a_completed_task_takes_those_below_it_along() {
    let (mut store, task) = store_with_task();
    let mut below = |parent: &str| {
        let new = NewTask { parent: Some(parent.to_owned()), ..NewTask::default() };
        store.create_task(AGENT, new, 0).unwrap().id.clone()
    };
    let child = below(&task);
    let grandchild = below(&child);
    let request = store.ask(&Caller::itself(AGENT), ask(&grandchild, "read"), 0).unwrap().id.clone();
    let token = store.exchange(&Caller::itself(AGENT), &request, BUDGET, 0).unwrap().jti;
    store.complete_task(AGENT, &task, 5).unwrap();
    assert!(store.live_token(&token, 5).is_none());
    for task in [&child, &grandchild] {
        assert_eq!(store.complete_task(AGENT, task, 9).unwrap().ended_at, Some(5));
    }
}

#[test]
fn a_task_of_another_agent_does_not_exist() {
    let (mut store, task) = store_with_task();
    let request = store.ask(&Caller::itself(AGENT), ask(&task, "read"), 0).unwrap().id.clone();
    assert_eq!(store.ask(&Caller::itself("agt_b"), ask(&task, "read"), 0).unwrap_err(), Refusal::NoSuchTask);
    assert_eq!(store.complete_task("agt_b", &task, 0).unwrap_err(), Refusal::NoSuchTask);
    assert_eq!(store.exchange(&Caller::itself("agt_b"), &request, BUDGET, 0).unwrap_err(), Refusal::NoSuchRequest);
    let child = NewTask { parent: Some(task), ..NewTask::default() };
    assert_eq!(store.create_task("agt_b", child, 0).unwrap_err(), Refusal::NoSuchTask);
}

#[test]
fn an_ended_task_refuses_requests_and_exchanges() {
    let (mut store, task) = store_with_task();
    let request = store.ask(&Caller::itself(AGENT), ask(&task, "read"), 0).unwrap().id.clone();
    assert_eq!(store.ask(&Caller::itself(AGENT), ask(&task, "read"), 3600).unwrap_err(), Refusal::TaskExpired);
    assert_eq!(store.exchange(&Caller::itself(AGENT), &request, BUDGET, 3600).unwrap_err(), Refusal::TaskExpired);
    store.complete_task(AGENT, &task, 3600).unwrap();
    assert_eq!(store.ask(&Caller::itself(AGENT), ask(&task, "read"), 0).unwrap_err(), Refusal::TaskCompleted);
    assert_eq!(store.exchange(&Caller::itself(AGENT), &request, BUDGET, 0).unwrap_err(), Refusal::TaskCompleted);
}

#[test]
fn a_child_task_does_not_outlive_its_parent_and_tasks_nest_only_so_deep() {
    let (mut store, mut parent) = store_with_task();
    for depth in 1..10 {
        let child = NewTask { parent: Some(parent.clone()), ..NewTask::default() };
        match store.create_task(AGENT, child, 10) {
            Ok(task) => {
                assert_eq!((task.expires_at, depth < 8), (TASK_LIFETIME, true));
                parent = task.id.clone();
            }
            Err(refusal) => assert_eq!((refusal, depth >= 8), (Refusal::TooDeep, true)),
        }
    }
}

#[test]
fn denials_of_child_tasks_count_for_the_parent() {
    let (mut store, task) = store_with_task();
    for _ in 0..3 {
        let new = NewTask { parent: Some(task.clone()), ..NewTask::default() };
        let child = store.create_task(AGENT, new, 0).unwrap().id.clone();
        let request = store.ask(&Caller::itself(AGENT), ask(&child, "delete"), 0).unwrap().id.clone();
        store.decide(&request, Decision::deny(), 0).unwrap();
    }
    assert_eq!(store.ask(&Caller::itself(AGENT), ask(&task, "read"), 0).unwrap_err(), Refusal::TaskSuspended);
    let new = NewTask { parent: Some(task), ..NewTask::default() };
    assert_eq!(store.create_task(AGENT, new, 0).unwrap_err(), Refusal::TaskSuspended);
}

#[test]
fn a_budget_is_for_a_day() {
    let (mut store, task) = store_with_task();
    let request = store.ask(&Caller::itself(AGENT), ask(&task, "read"), 0).unwrap().id.clone();
    let mut exchange = |budget, now| store.exchange(&Caller::itself(AGENT), &request, budget, now).map(drop);
    assert_eq!(exchange(1, 0), Ok(()));
    assert_eq!(exchange(1, 10), Err(Refusal::BudgetExceeded));
    assert_eq!(exchange(2, 10), Ok(()));
    assert_eq!(store.tokens_today(AGENT, 86_399), 2);
    assert_eq!(store.tokens_today(AGENT, 86_400), 0);
}

#[test]
fn a_token_never_outlives_its_task() {
    let (mut store, task) = store_with_task();
    let request = store.ask(&Caller::itself(AGENT), ask(&task, "read"), 3500).unwrap().id.clone();
    assert_eq!(store.exchange(&Caller::itself(AGENT), &request, BUDGET, 3500).unwrap().expires_at, 3600);
}

#[test]
fn what_was_granted_ends_with_the_lifetime_that_the_decision_gave() {
    let (mut store, task) = store_with_task();
    let request = store.ask(&Caller::itself(AGENT), ask(&task, "delete"), 0).unwrap().id.clone();
    store.decide(&request, Decision::approve(Some(20)), 100).unwrap();
    let mut exchange = |now| store.exchange(&Caller::itself(AGENT), &request, BUDGET, now).map(|it| it.expires_at);
    assert_eq!((exchange(100), exchange(105), exchange(119)), (Ok(120), Ok(120), Ok(120)));
    assert_eq!(exchange(120), Err(Refusal::RequestExpired));
    let state = |now| store.request(AGENT, &request).unwrap().as_of(now).state;
    assert_eq!((state(119), state(120)), (RequestState::Approved, RequestState::Expired));
}

#[test]
fn one_approval_has_one_live_token_and_is_not_exchanged_for_ever() {
    let (mut store, task) = store_with_task();
    let request = store.ask(&Caller::itself(AGENT), ask(&task, "read"), 0).unwrap().id.clone();
    let other = store.ask(&Caller::itself(AGENT), ask(&task, "read"), 0).unwrap().id.clone();
    let other = store.exchange(&Caller::itself(AGENT), &other, BUDGET, 0).unwrap().jti;
    for _ in 0..requests::MAX_EXCHANGES {
        let token = store.exchange(&Caller::itself(AGENT), &request, BUDGET, 0).unwrap().jti;
        let live: Vec<_> = store.tokens().filter(|token| !token.is_revoked()).map(|token| &token.jti).collect();
        assert_eq!(live, [&other, &token]);
    }
    let once_more = store.exchange(&Caller::itself(AGENT), &request, BUDGET, 0);
    assert_eq!(once_more.unwrap_err(), Refusal::TooManyExchanges);
    assert_eq!(store.tokens_today(AGENT, 0), 1 + u64::from(requests::MAX_EXCHANGES));
}

#[test]
fn a_budget_that_is_spent_leaves_the_token_that_is_there() {
    let (mut store, task) = store_with_task();
    let request = store.ask(&Caller::itself(AGENT), ask(&task, "read"), 0).unwrap().id.clone();
    let token = store.exchange(&Caller::itself(AGENT), &request, 1, 0).unwrap().jti;
    assert_eq!(store.exchange(&Caller::itself(AGENT), &request, 1, 0).unwrap_err(), Refusal::BudgetExceeded);
    assert!(store.live_token(&token, 0).is_some());
}

#[test]
fn three_denials_suspend_a_task_and_revoke_its_tokens() {
    let (mut store, task) = store_with_task();
    let read = store.ask(&Caller::itself(AGENT), ask(&task, "read"), 0).unwrap().id.clone();
    let token = store.exchange(&Caller::itself(AGENT), &read, BUDGET, 0).unwrap().jti;
    for expected in [RiskLevel::High, RiskLevel::High, RiskLevel::Critical] {
        let request = store.ask(&Caller::itself(AGENT), ask(&task, "delete"), 0).unwrap();
        assert_eq!(request.risk, expected);
        let id = request.id.clone();
        store.decide(&id, Decision::deny(), 0).unwrap();
    }
    assert!(store.live_token(&token, 0).is_none());
    assert_eq!(store.ask(&Caller::itself(AGENT), ask(&task, "read"), 0).unwrap_err(), Refusal::TaskSuspended);
    let kinds: Vec<_> = store.events.iter().map(|event| event.event).collect();
    assert!(kinds.contains(&AuditKind::TaskSuspended) && kinds.contains(&AuditKind::TokenRevoked));
}

#[test]
fn a_pending_request_expires_and_is_then_past_deciding() {
    let (mut store, task) = store_with_task();
    let request = store.ask(&Caller::itself(AGENT), ask(&task, "delete"), 0).unwrap().id.clone();
    assert_eq!(store.exchange(&Caller::itself(AGENT), &request, BUDGET, 299).unwrap_err(), Refusal::RequestPending);
    store.expire_requests(300);
    assert_eq!(store.request(AGENT, &request).unwrap().state, RequestState::Expired);
    let late = store.decide(&request, Decision::approve(None), 300);
    assert_eq!(late.unwrap_err(), Refusal::RequestExpired);
}

#[test]
fn a_decision_is_made_once() {
    let (mut store, task) = store_with_task();
    let request = store.ask(&Caller::itself(AGENT), ask(&task, "delete"), 0).unwrap().id.clone();
    store.decide(&request, Decision::approve(Some(9000)), 0).unwrap();
    assert_eq!(store.request(AGENT, &request).unwrap().ttl, 600);
    let again = store.decide(&request, Decision::deny(), 0);
    assert_eq!(again.unwrap_err(), Refusal::AlreadyDecided);
}

#[test]
fn live_tasks_are_never_evicted() {
    let mut store = Store::new(1);
    for _ in 0..MAX_TASKS.0 {
        store.create_task(AGENT, NewTask::default(), 0).unwrap();
    }
    assert_eq!(store.create_task(AGENT, NewTask::default(), 0).unwrap_err(), Refusal::Full);
    assert!(store.create_task(AGENT, NewTask::default(), TASK_LIFETIME).is_ok());
}

/// Does something until the store refuses, and says how often it did not.
fn until_full(mut act: impl FnMut() -> Result<(), Refusal>) -> usize {
    let mut times = 0;
    loop {
        match act() {
            Ok(()) => times += 1,
            Err(refusal) => {
                assert_eq!(refusal, Refusal::Full);
                return times;
            }
        }
    }
}

#[test]
fn an_agent_that_takes_all_there_is_leaves_another_its_part() {
    let mut store = Store::new(2);
    let (greedy, other) = (Caller::itself("agt_greedy"), Caller::itself("agt_b"));
    let task = store.create_task("agt_greedy", NewTask::default(), 0).unwrap().id.clone();
    let take = |store: &mut Store, caller: &Caller, task: &str| {
        let request = store.ask(caller, ask(task, "read"), 0)?.id.clone();
        store.exchange(caller, &request, u64::MAX, 0).map(drop)
    };
    let user = store.issue_user_token("sign-in", "ann@acme.com", 0).unwrap();
    let part = until_full(|| {
        let exchange = Exchange { subject: &user, actor: "agt_greedy", scope: String::new(), audience: None };
        store.delegate(exchange, u64::MAX, 0).map(drop)
    });
    assert_eq!(part, MAX_TOKENS.0 / 2);
    assert_eq!(until_full(|| store.ask(&greedy, ask(&task, "delete"), 0).map(drop)), MAX_REQUESTS.0 / 2);
    until_full(|| store.create_task("agt_greedy", NewTask::default(), 0).map(drop));

    store.issue_agent_token("agt_b", String::new(), None, 0).unwrap();
    let task_b = store.create_task("agt_b", NewTask::default(), 0).unwrap().id.clone();
    take(&mut store, &other, &task_b).unwrap();
    store.complete_task("agt_b", &task_b, 0).unwrap();
    // The greedy one can still put an end to it.
    store.issue_agent_token("agt_greedy", String::new(), None, 0).unwrap();
    store.complete_task("agt_greedy", &task, 0).unwrap();
}

#[test]
fn an_agent_can_always_log_in_and_its_oldest_login_makes_room() {
    let mut store = Store::new(2);
    let first = store.issue_agent_token(AGENT, String::new(), None, 0).unwrap().jti;
    let other = store.issue_agent_token("agt_b", String::new(), None, 0).unwrap().jti;
    for _ in 1..MAX_LOGINS.0 / 2 {
        store.issue_agent_token(AGENT, String::new(), None, 0).unwrap();
    }
    assert!(store.live_token(&first, 0).is_some());
    let last = store.issue_agent_token(AGENT, String::new(), None, 0).unwrap().jti;
    assert!(store.live_token(&first, 0).is_none());
    assert!(store.live_token(&other, 0).is_some() && store.live_token(&last, 0).is_some());
    let ended = store.events.iter().find(|event| event.event == AuditKind::TokenRevoked).unwrap();
    assert_eq!(ended.jti.as_ref(), Some(&first));
}

#[test]
fn many_clients_have_a_part_that_is_enough_to_work_with() {
    let mut store = Store::new(10_000);
    assert_eq!(until_full(|| store.create_task(AGENT, NewTask::default(), 0).map(drop)), MAX_TASKS.1);
    assert!(store.create_task("agt_b", NewTask::default(), 0).is_ok());
}

#[test]
fn tasks_that_are_suspended_with_another_push_no_decision_out_of_the_log() {
    let (mut store, task) = store_with_task();
    let approved = store.ask(&Caller::itself(AGENT), ask(&task, "delete"), 0).unwrap().id.clone();
    store.decide(&approved, Decision::approve(None), 0).unwrap();
    let below = || NewTask { parent: Some(task.clone()), ..NewTask::default() };
    until_full(|| store.create_task(AGENT, below(), 0).map(drop));
    for _ in 0..3 {
        let denied = store.ask(&Caller::itself(AGENT), ask(&task, "delete"), 0).unwrap().id.clone();
        store.decide(&denied, Decision::deny(), 0).unwrap();
    }
    let kept = store.events.drain(..).collect::<Retained>().events();
    let decided: Vec<_> =
        kept.iter().filter(|it| it.decided_by == Some(DecidedBy::Reviewer)).map(|it| it.event).collect();
    let denied = AuditKind::RequestDenied;
    assert_eq!(decided, [AuditKind::RequestApproved, denied, denied, denied, AuditKind::TaskSuspended]);
}
