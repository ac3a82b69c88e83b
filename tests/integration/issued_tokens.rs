//! A token that comes back is held against what was asked for: used, or revoked at once.

use std::time::Duration;

use jit_tools::{
    AuthorizationDetail, EscalationError, JitContext, LumoAuthAgent, Policy, authority::JitToken, testing::ManualClock,
};
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

const BASE: &str = "/orgs/acme-corp/api/v1";

/// Asks for `detail` in a task with this policy, of an authority that approves with these members and gives this token.
/// Tells what came of it, and whether the token was revoked.
async fn exchange(
    policy: Policy,
    (detail, ttl): (AuthorizationDetail, Option<u64>),
    (approved, issued): (Value, Value),
    revocation: u16,
) -> (Result<JitToken, EscalationError>, bool) {
    let server = MockServer::start().await;
    let with = |mut answer: Value, more: Value| {
        answer.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        answer
    };
    for (at, status, body) in [
        ("/oauth/token", 200, json!({"access_token": "agent-token", "token_type": "Bearer", "expires_in": 3600})),
        ("/oauth/revoke", revocation, json!({})),
        ("/jit/task", 201, json!({"task_id": "task_1"})),
        ("/jit/task/task_1/complete", 200, json!({})),
        ("/jit/request", 201, with(json!({"request_id": "req_1", "status": "approved"}), approved)),
        ("/jit/request/req_1/token", 200, with(json!({"access_token": "odd-token"}), issued)),
    ] {
        let answer = ResponseTemplate::new(status).set_body_json(body);
        Mock::given(method("POST")).and(path(format!("{BASE}{at}"))).respond_with(answer).mount(&server).await;
    }
    let agent = LumoAuthAgent::builder().url(server.uri()).org("acme-corp").client_id("agt_x").client_secret("s3cret");
    let agent = agent.clock(ManualClock::new().shared()).build().unwrap();
    let jit = JitContext::builder(&agent, "test").policy(policy).create_task().await.unwrap();
    let permission = jit.request_permission_for(&detail, None, ttl.map(Duration::from_secs)).await.unwrap();
    let outcome = jit.get_token(&permission).await;
    let requests = server.received_requests().await.unwrap();
    let is_revocation = |request: &&wiremock::Request| {
        request.url.path().ends_with("/oauth/revoke")
            && String::from_utf8_lossy(&request.body).contains("token=odd-token")
    };
    (outcome, requests.iter().any(|request| is_revocation(&request)))
}

#[tokio::test]
async fn a_token_is_used_or_revoked_by_what_it_grants_as_this_table_says() {
    let asked = || AuthorizationDetail::new("note").actions(["read", "write"]).identifier("n1");
    let note = |actions: &[&str]| json!({"type": "note", "actions": actions, "identifier": "n1"});
    let same = || note(&["read", "write"]);
    let granting = |granted: Value| json!({"expires_in": 600, "authorization_details": granted});
    let cases = [
        (json!({"expires_in": 600}), None),
        (json!({"expires_in": 600, "token_type": "bearer"}), None),
        (granting(Value::Null), None),
        (granting(json!([same()])), None),
        (granting(json!([note(&["write", "read"])])), None),
        (granting(json!([same(), note(&["read"])])), None),
        (granting(json!([note(&["read"])])), Some("grants less than was asked for")),
        (granting(json!([])), Some("grants less than was asked for")),
        (granting(json!([note(&["read", "write", "delete"])])), Some("more than was asked for")),
        (granting(json!([same(), note(&["delete"])])), Some("more than was asked for")),
        (granting(json!([note(&["*"])])), Some("more than was asked for")),
        (granting(json!([{"type": "memo", "actions": ["read", "write"]}])), Some("or something else")),
        (granting(same()), Some("cannot be read")),
        (granting(json!("note")), Some("cannot be read")),
        (granting(json!([{"actions": ["read"]}])), Some("cannot be read")),
        (json!({"expires_in": 600, "token_type": "DPoP"}), Some("is no Bearer token")),
    ];
    for (issued, problem) in cases {
        let outcome = exchange(Policy::new(), (asked(), None), (json!({}), issued.clone()), 200).await;
        assert_eq!(outcome.1, problem.is_some(), "{issued}");
        match (outcome.0, problem) {
            (Ok(token), None) => assert_eq!(token.lifetime, Duration::from_secs(600)),
            (Err(error), Some(problem)) => {
                assert!(error.is_not_as_asked() && error.to_string().contains(problem), "{issued}: {error}");
                assert!(error.to_string().ends_with("it was revoked"), "{error}");
                assert!(error.for_model().contains("the authorization server failed"));
            }
            (outcome, _) => panic!("{issued}: {outcome:?}"),
        }
    }
}

#[tokio::test]
async fn a_token_is_used_or_revoked_by_its_lifetime_as_this_table_says() {
    // Asked for, allowed by the policy, told as `expires_in` and as `granted_ttl`, in seconds; for how long it is used.
    let cases = [
        (None, None, Some(600), None, Some(600)),
        (None, None, Some(900), None, Some(900)),
        (None, None, Some(901), None, None),
        (None, None, None, None, Some(300)),
        (None, None, None, Some(200), Some(200)),
        (None, None, None, Some(901), None),
        (Some(300), None, Some(300), Some(300), Some(300)),
        (Some(300), None, Some(200), None, Some(200)),
        (Some(300), None, Some(301), None, None),
        (Some(300), None, None, Some(300), Some(300)),
        (Some(300), None, None, Some(301), None),
        (Some(300), None, None, None, None),
        (Some(3600), None, Some(900), None, Some(900)),
        (None, Some(300), Some(300), None, Some(300)),
        (None, Some(300), Some(301), None, None),
        (None, Some(300), None, Some(300), Some(300)),
        (None, Some(300), None, None, None),
        (Some(600), Some(300), Some(400), None, None),
        (Some(200), Some(300), Some(250), None, None),
    ];
    for case in cases {
        let (asked, allowed, expires_in, granted_ttl, used) = case;
        let policy = allowed.map_or(Policy::new(), |seconds| Policy::new().max_lifetime(Duration::from_secs(seconds)));
        let answers = (json!({"granted_ttl": granted_ttl}), json!({"expires_in": expires_in}));
        let (outcome, is_revoked) = exchange(policy, (AuthorizationDetail::new("note"), asked), answers, 200).await;
        assert_eq!(is_revoked, used.is_none(), "{case:?}");
        assert!(outcome.as_ref().err().is_none_or(EscalationError::is_not_as_asked), "{outcome:?}");
        assert_eq!(outcome.ok().map(|token| token.lifetime.as_secs()), used, "{case:?}");
    }
}

#[tokio::test]
async fn a_token_that_is_not_as_asked_and_cannot_be_revoked_is_not_used_either() {
    let issued = json!({"expires_in": 901});
    let asked = (AuthorizationDetail::new("note"), None);
    let (outcome, is_tried) = exchange(Policy::new(), asked, (json!({}), issued), 503).await;
    let error = outcome.unwrap_err();
    assert!(is_tried && error.is_not_as_asked());
    assert!(error.to_string().contains("it was discarded, and is live until the task is completed"), "{error}");
}

#[tokio::test]
async fn what_is_granted_is_compared_as_its_type_says() {
    let quota = |limit: u64| -> AuthorizationDetail {
        serde_json::from_value(json!({"type": "quota", "actions": ["read"], "limit": limit})).unwrap()
    };
    for (granted, is_used) in [(500, true), (501, false), (499, false)] {
        let policy = Policy::new().comparisons(crate::comparisons::by_limit());
        let issued = json!({"expires_in": 600, "authorization_details": [quota(granted)]});
        let (outcome, is_revoked) = exchange(policy, (quota(500), None), (json!({}), issued), 200).await;
        assert_eq!((outcome.is_ok(), is_revoked), (is_used, !is_used), "{granted}");
    }
}
