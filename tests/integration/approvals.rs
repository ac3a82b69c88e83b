//! Waiting for a person: denied, approved late, never decided.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use http::StatusCode;
use jit_tools::{
    ApprovalWait, JitContext, Policy, ToolContext, ToolError, jit_tool, local_authority::LocalAuthority,
    testing::ManualClock, tools, url,
};

use crate::{
    faults::agent_with_faults,
    support::{API, EventfulClock, World, note},
};

/// Deletes a note. A person has to approve that.
#[jit_tool(may_request(type = "note", actions = ["delete"], identifier = "{id}"))]
async fn delete_note(cx: &ToolContext, id: String) -> Result<String, ToolError> {
    let response = cx.http().delete(url!("{API}/notes/{id}")).send().await?;
    let (status, escalated) = (response.status(), response.escalation_error().is_some());
    SEEN.with(|seen| seen.lock().unwrap().push((status, escalated)));
    Ok(response.error_for_status()?.text().await?)
}

thread_local! {
    /// What the tool itself saw.
    static SEEN: Mutex<Vec<(StatusCode, bool)>> = const { Mutex::new(Vec::new()) };
}

/// A person who decides about all that is pending after so many sleeps of the agent.
fn person(
    after: usize,
    decide: impl Fn(&LocalAuthority, &str) + Send + Sync + 'static,
) -> impl FnOnce(ManualClock, Arc<LocalAuthority>) -> Arc<dyn jit_tools::Clock> {
    move |clock, authority| {
        let event = move || {
            for request in authority.pending() {
                decide(&authority, &request.request_id);
            }
        };
        Arc::new(EventfulClock { clock, after, event })
    }
}

fn approve(authority: &LocalAuthority, id: &str) {
    futures_util::future::FutureExt::now_or_never(authority.approve(id)).unwrap().unwrap();
}

fn deny(authority: &LocalAuthority, id: &str) {
    let deny = authority.deny(id, Some("canary: internal reason"), Some("canary: ask Ada instead"));
    futures_util::future::FutureExt::now_or_never(deny).unwrap().unwrap();
}

#[tokio::test]
async fn a_request_that_a_person_approves_after_three_polls_goes_on() {
    let world = World::with_clock(person(4, approve));
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    let output = tools![delete_note].call(&jit, "delete_note", r#"{"id":"n1"}"#).await.unwrap();
    assert_eq!(output.as_text(), "a note");
    // Three polls found it pending, the fourth approved; one every 5 s, as the vendor's SDK does.
    assert_eq!(world.asked("/status"), 4);
    assert_eq!(world.clock.sleeps(), [Duration::from_secs(5); 4]);
}

#[tokio::test]
async fn a_denial_is_told_to_the_model_and_the_tool_sees_the_original_403() {
    let world = World::with_clock(person(1, deny));
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    let tools = tools![delete_note];
    let error = tools.call(&jit, "delete_note", r#"{"id":"n1"}"#).await.unwrap_err();
    assert!(error.is_denied());
    assert_eq!(
        error.for_model(),
        "The permission that the API requires was requested and denied. Do not try again; say that it was denied."
    );
    assert_eq!(SEEN.with(|seen| seen.lock().unwrap().clone()), [(StatusCode::FORBIDDEN, true)]);
    // What a reviewer wrote reaches the author on request, and nobody else.
    assert_eq!(error.escalation().unwrap().agent_message(), Some("canary: ask Ada instead"));
    assert!(!format!("{error} {error:?} {}", error.for_model()).contains("canary"));

    // The answer holds for the rest of the task: nobody is asked again.
    let again = tools.call(&jit, "delete_note", r#"{"id":"n1"}"#).await.unwrap_err();
    assert!(again.is_denied());
    assert_eq!(world.asked("/jit/request"), 1);
}

#[tokio::test]
async fn a_tool_that_hides_a_denial_behind_its_own_words_cannot_keep_it_from_the_model() {
    /// Deletes a note, and says only that it failed.
    #[jit_tool(may_request(type = "note", actions = ["delete"], identifier = "{id}"))]
    async fn vague(cx: &ToolContext, id: String) -> Result<String, ToolError> {
        match cx.http().delete(url!("{API}/notes/{id}")).send().await?.status() {
            StatusCode::OK => Ok("done".to_owned()),
            _ => Err(ToolError::new("It did not work.")),
        }
    }

    let world = World::with_clock(person(1, deny));
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    let error = tools![vague].call(&jit, "vague", r#"{"id":"n1"}"#).await.unwrap_err();
    assert!(error.is_denied());
    assert!(error.for_model().contains("denied") && error.for_model().ends_with("It did not work."));
}

#[tokio::test]
async fn a_request_that_is_never_decided_ends_with_a_clear_error() {
    let world = World::with_clock(|clock, _| clock.shared());
    let jit = JitContext::builder(&world.agent, "test")
        .policy(Policy::new())
        .approval_wait(ApprovalWait { interval: Duration::from_secs(5), limit: Duration::from_secs(60) })
        .create_task()
        .await
        .unwrap();
    let error = tools![delete_note].call(&jit, "delete_note", r#"{"id":"n1"}"#).await.unwrap_err();
    assert!(error.is_pending());
    assert!(error.to_string().contains("nobody approved or denied the permission within 60 s"), "{error}");
    assert!(error.for_model().contains("nobody has decided about it yet"));
    assert_eq!(world.asked("/status"), 12);
    assert_eq!(world.clock.sleeps().iter().sum::<Duration>(), Duration::from_secs(60));
}

#[tokio::test]
async fn the_wait_ends_with_the_request_itself() {
    let world = World::with_clock(|clock, _| clock.shared());
    let jit = JitContext::builder(&world.agent, "test")
        .approval_wait(ApprovalWait { interval: Duration::from_secs(7), limit: Duration::from_secs(3600) })
        .create_task()
        .await
        .unwrap();
    let error = jit.request_permission(&note("delete", "n1"), None).await.unwrap_err();
    assert!(error.is_pending() || error.is_expired(), "{error}");
    assert!(world.clock.sleeps().iter().sum::<Duration>() <= Duration::from_secs(300));
}

#[tokio::test]
async fn a_permission_can_be_asked_for_without_any_tool() {
    let world = World::new();
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    let permission = jit.request_permission(&note("read", "n1"), Some("for the user")).await.unwrap();
    let token = jit.get_token(&permission).await.unwrap();
    assert_eq!(token.granted, Some(vec![note("read", "n1")]));
    assert_eq!(token.lifetime, Duration::from_secs(600));
    assert!(!format!("{token:?}").contains(token.token.expose()));

    let short = jit.request_permission_for(&note("read", "n2"), None, Some(Duration::from_secs(300))).await.unwrap();
    assert_eq!(jit.get_token(&short).await.unwrap().lifetime, Duration::from_secs(300));
}

#[tokio::test]
async fn what_was_approved_is_asked_for_once_though_its_exchange_fails_or_is_cancelled() {
    for is_cancelled in [false, true] {
        let world = World::new();
        let (agent, faults) = agent_with_faults(&world);
        let jit = JitContext::builder(&agent, "test").approval_wait(ApprovalWait::none()).create_task().await.unwrap();
        let tools = tools![delete_note];
        let call = || tools.call(&jit, "delete_note", r#"{"id":"n1"}"#);
        assert!(call().await.unwrap_err().is_pending());
        approve(&world.authority, &world.authority.pending()[0].request_id);
        world.clock.advance(Duration::from_secs(5));
        if is_cancelled {
            faults.then("/token", std::future::pending());
            assert!(futures_util::future::FutureExt::now_or_never(call()).is_none());
        } else {
            faults.cut("/token");
            let error = call().await.unwrap_err();
            assert!(error.escalation().unwrap().authority_error().unwrap().is_transient(), "{error}");
        }
        faults.heal();
        assert_eq!(call().await.unwrap().as_text(), "a note");
        assert_eq!((world.asked("/jit/request"), world.asked("/status")), (1, 1), "the person is asked once");

        // What was exchanged is not approved for another time.
        assert!(jit.request_permission(&note("delete", "n1"), None).await.unwrap_err().is_pending());
    }
}

#[tokio::test]
async fn an_approval_that_the_authority_refuses_to_exchange_is_forgotten() {
    let world = World::new();
    let jit =
        JitContext::builder(&world.agent, "test").approval_wait(ApprovalWait::none()).create_task().await.unwrap();
    let detail = note("delete", "n1");
    let ask = || jit.request_permission(&detail, None);
    assert!(ask().await.unwrap_err().is_pending());
    approve(&world.authority, &world.authority.pending()[0].request_id);
    world.clock.advance(Duration::from_secs(5));
    let permission = ask().await.unwrap();
    // Asked for again, it is what was approved.
    assert_eq!(ask().await.unwrap(), permission);
    let mut other = permission.clone();
    other.request_id = String::from("req_unknown").try_into().unwrap();
    jit.get_token(&other).await.unwrap_err();
    assert_eq!(ask().await.unwrap(), permission, "another one was refused");
    jit.get_token(&permission).await.unwrap();
    assert!(ask().await.unwrap_err().is_pending());
    assert_eq!(world.asked("/jit/request"), 2);
}

#[tokio::test]
async fn an_approval_that_was_kept_until_it_was_over_is_asked_for_anew() {
    let world = World::new();
    let (agent, faults) = agent_with_faults(&world);
    let jit = JitContext::builder(&agent, "test").approval_wait(ApprovalWait::none()).create_task().await.unwrap();
    let tools = tools![delete_note];
    let call = || tools.call(&jit, "delete_note", r#"{"id":"n1"}"#);
    assert!(call().await.unwrap_err().is_pending());
    approve(&world.authority, &world.authority.pending()[0].request_id);
    world.clock.advance(Duration::from_secs(5));
    faults.cut("/token");
    let error = call().await.unwrap_err();
    assert!(error.escalation().unwrap().authority_error().unwrap().is_transient(), "{error}");
    faults.heal();

    // What was approved for ten minutes is over by now, so a person decides again, once.
    world.clock.advance(Duration::from_secs(600));
    assert!(call().await.unwrap_err().is_pending());
    assert_eq!((world.asked("/jit/request"), world.authority.pending().len()), (2, 1));
    approve(&world.authority, &world.authority.pending()[0].request_id);
    world.clock.advance(Duration::from_secs(5));
    assert_eq!(call().await.unwrap().as_text(), "a note");
}

#[tokio::test]
async fn a_second_exchange_of_one_approval_ends_the_first_token() {
    let world = World::new();
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    let permission = jit.request_permission(&note("read", "n1"), None).await.unwrap();
    let first = jit.get_token(&permission).await.unwrap();
    world.clock.advance(Duration::from_secs(60));
    let second = jit.get_token(&permission).await.unwrap();
    assert_eq!((first.lifetime, second.lifetime), (Duration::from_secs(600), Duration::from_secs(540)));
    assert_eq!(world.authority.live_tokens().len(), 1);
    world.clock.advance(Duration::from_secs(540));
    assert!(jit.get_token(&permission).await.unwrap_err().is_expired());
}
