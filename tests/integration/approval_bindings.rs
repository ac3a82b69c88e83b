//! What a person approved is what happens: a grant serves only what it was approved for.

use axum::{Json, Router, extract::Request, response::IntoResponse as _, routing::any};
use futures_util::future::join_all;
use http::{Method, StatusCode};
use jit_tools::{
    ApprovalWait, AuthorizationDetail, JitContext, PendingApproval, Policy, ToolContext, ToolError, jit_tool,
    policy::Entitlement, tools, url,
};

use crate::{
    denials::Person,
    support::{API, World},
};

/// A person has to approve each of these, whatever is done with it.
fn payment() -> AuthorizationDetail {
    AuthorizationDetail::new("payment").actions(["create"])
}

/// Nobody has to approve this.
fn draft() -> AuthorizationDetail {
    AuthorizationDetail::new("draft").actions(["create"])
}

/// An API that needs the same permission for all that is below a path, whatever else is asked of it.
fn api() -> Router {
    let needing = |detail: fn() -> AuthorizationDetail| {
        any(move |request: Request| async move {
            if request.headers().contains_key("authorization") {
                return "done".into_response();
            }
            (StatusCode::FORBIDDEN, Json(hint(&detail()))).into_response()
        })
    };
    Router::new().route("/pay/{id}", needing(payment)).route("/drafts/{id}", needing(draft))
}

fn hint(detail: &AuthorizationDetail) -> serde_json::Value {
    serde_json::json!({"error": "insufficient_authorization_details", "authorization_details_hint": detail})
}

/// A world with that API, and a person who approves this often.
fn world(approvals: usize) -> World {
    let world = Person::decides(World::with_clock, vec![true; approvals]);
    World::with_api_and_clock_of(world, API, api())
}

async fn send(jit: &JitContext, (method, path, body): (Method, &'static str, &'static str)) {
    let call = jit.escalating(Entitlement::default().may_request(payment()).may_request(draft()));
    let response = call.http().request(method, format!("{API}{path}")).body(body).send().await.unwrap();
    assert!(response.status().is_success(), "{:?}", response.escalation_error());
}

#[tokio::test]
async fn a_person_is_asked_about_each_thing_that_changes_something_and_once_about_what_only_reads() {
    let small = (Method::POST, "/pay/1", "1 to alice");
    let large = (Method::POST, "/pay/1", "10000 to mallory");
    let there = (Method::POST, "/pay/2", "1 to alice");
    let put = (Method::PUT, "/pay/1", "1 to alice");
    let page = |path| (Method::GET, path, "");
    // The requests one after the other, and how often a person was asked then.
    let cases = [
        ("the same again", vec![small.clone(), small.clone()], 1),
        ("another body", vec![small.clone(), large.clone()], 2),
        ("and back", vec![small.clone(), large.clone(), small.clone(), large.clone()], 2),
        ("another address", vec![small.clone(), there.clone()], 2),
        ("another method", vec![small.clone(), put.clone()], 2),
        ("three pages", vec![page("/pay/1"), page("/pay/2"), page("/pay/3")], 1),
        ("read, and then written", vec![page("/pay/1"), small.clone(), page("/pay/2")], 2),
        ("written, and then read", vec![small.clone(), page("/pay/1"), small.clone()], 2),
    ];
    for (name, requests, prompts) in cases {
        let world = world(prompts);
        let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
        for request in requests {
            send(&jit, request).await;
        }
        assert_eq!(world.asked("/jit/request"), prompts, "{name}");
    }
}

#[tokio::test]
async fn a_person_is_asked_anew_where_a_header_says_something_else() {
    let put = Method::PUT;
    let get = Method::GET;
    let copy = |source| vec![("x-amz-copy-source", source)];
    let cases = [
        ("the same headers", [(put.clone(), copy("/mine/a")), (put.clone(), copy("/mine/a"))], 1),
        ("another source of a copy", [(put.clone(), copy("/mine/a")), (put.clone(), copy("/theirs/a"))], 2),
        ("a header more", [(put.clone(), vec![]), (put.clone(), vec![("x-original-url", "/admin")])], 2),
        ("another method of its own", [(put.clone(), vec![]), (put.clone(), vec![("x-http-method", "DELETE")])], 2),
        ("two that read", [(get.clone(), vec![]), (get.clone(), vec![("accept", "text/plain")])], 1),
        ("read, and deleted", [(get.clone(), vec![]), (get.clone(), vec![("X-HTTP-Method-Override", "DELETE")])], 2),
        (
            "and in CGI's spelling",
            [(get.clone(), vec![]), (get.clone(), vec![("X_HTTP_Method_Override", "DELETE")])],
            2,
        ),
        ("another try", [(put.clone(), vec![("idempotency-key", "1")]), (put, vec![("idempotency-key", "2")])], 1),
    ];
    for (name, requests, prompts) in cases {
        let world = world(prompts);
        let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
        for (method, headers) in requests {
            let call = jit.escalating(Entitlement::default().may_request(payment()));
            let request = call.http().request(method, format!("{API}/pay/1"));
            let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
            let response = request.send().await.unwrap();
            assert!(response.status().is_success(), "{name}: {:?}", response.escalation_error());
        }
        assert_eq!(world.asked("/jit/request"), prompts, "{name}");
    }
}

#[tokio::test]
async fn a_request_with_a_host_header_of_the_author_is_not_sent() {
    let world = world(0);
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    for header in ["Host", "Content-Length", "Transfer-Encoding", "Connection", "TE"] {
        let request = ToolContext::new(&jit).http().get(format!("{API}/pay/1")).header(header, "1").send().await;
        assert!(request.unwrap_err().to_string().starts_with("the request is not valid: it has a "), "{header}");
    }
    assert!(world.network.sent_to(API).is_empty());
}

#[tokio::test]
async fn an_approval_that_binds_no_headers_is_not_read() {
    let world = World::new();
    let world = World::with_api_and_clock_of(world, API, api());
    let jit =
        JitContext::builder(&world.agent, "test").approval_wait(ApprovalWait::none()).create_task().await.unwrap();
    let call = jit.escalating(Entitlement::default().may_request(payment()));
    let response = call.http().post(format!("{API}/pay/1")).send().await.unwrap();
    let pending = response.escalation_error().unwrap().pending().unwrap();
    let mut stored = serde_json::to_value(pending).unwrap();
    assert_eq!(&serde_json::from_value::<PendingApproval>(stored.clone()).unwrap(), pending);
    // As it was stored before headers were bound.
    stored["binding"] = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into();
    let error = serde_json::from_value::<PendingApproval>(stored).unwrap_err().to_string();
    assert!(error.contains("drop it, and have it asked for again"), "{error}");
}

#[tokio::test]
async fn what_differs_is_asked_about_apart_also_where_it_is_needed_at_the_same_time() {
    let small = (Method::POST, "/pay/1", "1 to alice");
    let large = (Method::POST, "/pay/1", "10000 to mallory");
    let cases = [
        ("two that differ", vec![small.clone(), large.clone()], 2),
        ("two of each", vec![small.clone(), large.clone(), large.clone(), small.clone()], 2),
        ("a thousand that do not", vec![small.clone(); 1000], 1),
        ("three pages", ["/pay/1", "/pay/2", "/pay/3"].map(|path| (Method::GET, path, "")).to_vec(), 1),
    ];
    for (name, requests, prompts) in cases {
        let world = world(prompts);
        let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
        join_all(requests.into_iter().map(|request| send(&jit, request))).await;
        assert_eq!(world.asked("/jit/request"), prompts, "{name}");
    }
}

#[tokio::test]
async fn what_no_person_had_to_approve_is_used_again_for_anything_that_it_covers() {
    let world = world(0);
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    for request in [(Method::POST, "/drafts/1", "a"), (Method::POST, "/drafts/2", "b"), (Method::GET, "/drafts/1", "")]
    {
        send(&jit, request).await;
    }
    assert_eq!(world.asked("/jit/request"), 1);
}

/// Pays with a client of its own.
#[jit_tool(may_request(type = "payment", actions = ["create"]))]
async fn pay(cx: &ToolContext, amount: u32) -> Result<String, ToolError> {
    paid(cx, amount).await
}

/// Looks at payments with a client of its own.
#[jit_tool(read_only, may_request(type = "payment", actions = ["create"]))]
async fn look(cx: &ToolContext, amount: u32) -> Result<String, ToolError> {
    paid(cx, amount).await
}

async fn paid(cx: &ToolContext, amount: u32) -> Result<String, ToolError> {
    let url = format!("{API}/pay/1");
    match cx.access_token(&url).await? {
        Some(_) => Ok(format!("paid {amount}")),
        None => {
            let body = hint(&payment()).to_string();
            let challenge = cx.challenge(&url, StatusCode::FORBIDDEN, &http::HeaderMap::new(), body.as_bytes());
            Err(challenge.unwrap_or_else(|| ToolError::new("not a challenge")))
        }
    }
}

#[tokio::test]
async fn a_call_with_other_arguments_is_approved_anew_unless_the_tool_only_reads() {
    for (tool, prompts) in [("pay", 2), ("look", 1)] {
        let world = world(prompts);
        let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
        for amount in [1, 10_000, 1] {
            let arguments = serde_json::json!({ "amount": amount }).to_string();
            tools![pay, look].call(&jit, tool, arguments).await.unwrap();
        }
        assert_eq!(world.asked("/jit/request"), prompts, "{tool}");
    }
}

#[tokio::test]
async fn an_open_request_of_another_api_or_for_something_else_is_not_taken_up() {
    let world = World::new();
    let world = World::with_api_and_clock_of(world, API, api());
    let suspending = || JitContext::builder(&world.agent, "test").approval_wait(ApprovalWait::none());
    let jit = suspending().policy(Policy::new()).create_task().await.unwrap();
    let call = async |jit: &JitContext| {
        let call = jit.escalating(Entitlement::default().may_request(payment()));
        let response = call.http().post(url!("{API}/pay/1")).body("1").send().await.unwrap();
        response.escalation_error().unwrap().pending().unwrap().clone()
    };
    let open = call(&jit).await;
    let changed = |change: fn(&mut PendingApproval)| {
        let mut open = open.clone();
        change(&mut open);
        open
    };
    let cases = [
        (open.clone(), true),
        (changed(|open| open.origin = Some("https://evil.test".parse().unwrap())), false),
        (changed(|open| open.origin = None), false),
        (changed(|open| open.detail = draft()), false),
    ];
    for (adopted, is_taken_up) in cases {
        // As another process would.
        let later = suspending().attach(jit.task_id().clone());
        later.adopt(adopted.clone()).unwrap();
        assert_eq!(call(&later).await.request_id == open.request_id, is_taken_up, "{adopted:?}");
        std::mem::forget(later);
    }
}

#[tokio::test]
async fn who_waits_for_a_person_is_not_turned_away_by_one_who_does_not() {
    /// Pays, and does not wait.
    #[jit_tool(approval = "suspend", ttl = "5m", may_request(type = "payment", actions = ["create"]))]
    async fn hasty(cx: &ToolContext) -> Result<String, ToolError> {
        Ok(cx.http().post(url!("{API}/pay/1")).send().await?.error_for_status()?.text().await?)
    }
    /// Pays, and waits.
    #[jit_tool(approval = "wait", ttl = "5m", may_request(type = "payment", actions = ["create"]))]
    async fn patient(cx: &ToolContext) -> Result<String, ToolError> {
        Ok(cx.http().post(url!("{API}/pay/1")).send().await?.error_for_status()?.text().await?)
    }
    let world = world(1);
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    let tools = tools![hasty, patient];
    let calls = ["hasty", "patient", "hasty", "patient"].map(|tool| tools.call(&jit, tool, "{}"));
    let outcomes = join_all(calls).await;
    let waited: Vec<_> = outcomes.iter().skip(1).step_by(2).map(Result::is_ok).collect();
    assert_eq!(waited, [true, true], "{outcomes:?}");
    assert!(outcomes[0].as_ref().is_err_and(ToolError::is_pending), "{:?}", outcomes[0]);
    assert_eq!(world.asked("/jit/request"), 1);
}
