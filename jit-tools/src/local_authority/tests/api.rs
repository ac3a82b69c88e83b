//! The HTTP API.

use http::Request;
use serde_json::json;

use super::*;
use crate::local_authority::AuditKind;

#[tokio::test]
async fn the_whole_flow_ends_without_a_live_token() {
    let bench = Bench::start().await;
    let agent = bench.agent_token("a").await;
    let task = bench.task(&agent).await;
    let request = bench.ask(&agent, &task, "read").await;
    assert_eq!((&request["status"], &request["risk_level"]), (&json!("approved"), &json!("low")));
    assert_eq!(request["granted_ttl"], 600);

    let answer = bench.exchange(&agent, &text(&request, "request_id")).await;
    let granted = answer.json();
    assert_eq!(granted["expires_in"], 600);
    assert_eq!(
        granted["authorization_details"],
        json!([{ "type": "document", "actions": ["read"], "identifier": "doc_1" }])
    );
    let token = text(&granted, "access_token");
    assert!(bench.is_active(&token).await);
    assert_eq!(bench.authority.live_tokens().len(), 1);

    let done = bench.api("POST", &format!("/jit/task/{task}/complete"), &agent, json!(null)).await;
    assert_eq!((done.status, &done.json()["status"]), (StatusCode::OK, &json!("completed")));
    assert!(!bench.is_active(&token).await);
    assert!(bench.authority.live_tokens().is_empty());
    assert_eq!(bench.authority.issued_tokens().len(), 1);

    let again = bench.api("POST", &format!("/jit/task/{task}/complete"), &agent, json!(null)).await;
    assert_eq!((again.status, again.json()), (done.status, done.json()));
    let late = bench.exchange(&agent, &text(&request, "request_id")).await;
    assert_eq!((late.status, &late.json()["code"]), (StatusCode::CONFLICT, &json!("task_completed")));
}

#[tokio::test]
async fn a_jit_token_says_who_and_what_it_is_for() {
    let bench = Bench::start().await;
    let agent = bench.agent_token("a").await;
    let task = bench.task(&agent).await;
    let request = bench.ask(&agent, &task, "read").await;
    let token = text(&bench.exchange(&agent, &text(&request, "request_id")).await.json(), "access_token");
    let claims = jsonwebtoken::dangerous::insecure_decode::<Value>(&token).unwrap().claims;
    assert_eq!(claims["iss"], bench.authority.url());
    assert_eq!(claims["sub"], format!("agent:agt_a:task:{task}"));
    assert_eq!((&claims["agent_id"], &claims["task_id"]), (&json!("agt_a"), &json!(task)));
    assert_eq!((&claims["jit"], &claims["iat"]), (&json!(true), &json!(1_700_000_000)));
    assert_eq!(claims["exp"], 1_700_000_600);
}

#[tokio::test]
async fn both_styles_of_path_lead_to_the_same_authority() {
    for (styles, style, expected) in [
        (PathStyles::Both, "orgs", 200),
        (PathStyles::Both, "t", 200),
        (PathStyles::OrgsOnly, "orgs", 200),
        (PathStyles::OrgsOnly, "t", 404),
        (PathStyles::TenantsOnly, "orgs", 404),
        (PathStyles::TenantsOnly, "t", 200),
    ] {
        let bench = Bench::with(styles).await;
        let pairs = [("grant_type", "client_credentials"), ("client_id", "agt_a"), ("client_secret", "secret a")];
        let answer = bench.form(&format!("/{style}/acme-corp/api/v1/oauth/token"), &pairs).await;
        assert_eq!(answer.status, expected, "{styles:?} {style}");
        if expected == 404 {
            assert!(serde_json::from_slice::<Value>(&answer.body).is_err(), "{}", answer.text());
        }
        let elsewhere = bench.form(&format!("/{style}/other/api/v1/oauth/token"), &pairs).await;
        assert_eq!(elsewhere.status, 404);
    }
}

#[tokio::test]
async fn client_credentials_come_in_the_form_or_in_the_header_and_never_in_both() {
    let bench = Bench::start().await;
    let token = |basic: Option<&str>, form: &str| {
        let mut request = bench.request("POST", "/orgs/acme-corp/api/v1/oauth/token");
        if let Some(basic) = basic {
            use base64::Engine as _;
            let encoded = base64::prelude::BASE64_STANDARD.encode(basic);
            request = request.header(header::AUTHORIZATION, format!("Basic {encoded}"));
        }
        bench.send(request.body(Bytes::from(form.to_owned())).unwrap())
    };
    for (basic, form, status, code) in [
        (Some("agt_a:secret+a"), "grant_type=client_credentials", 200, None),
        (Some("agt_a:secret%20a"), "grant_type=client_credentials", 200, None),
        (Some("agt_a:secret b"), "grant_type=client_credentials", 401, Some("invalid_client")),
        (Some("nobody:secret a"), "grant_type=client_credentials", 401, Some("invalid_client")),
        (None, "grant_type=client_credentials", 401, Some("invalid_client")),
        (
            Some("agt_a:secret+a"),
            "grant_type=client_credentials&client_id=agt_a&client_secret=secret+a",
            400,
            Some("invalid_request"),
        ),
        (Some("agt_a:secret+a"), "grant_type=password", 400, Some("unsupported_grant_type")),
        (Some("agt_a:secret+a"), "", 400, Some("invalid_request")),
        (
            Some("agt_a:secret+a"),
            "grant_type=client_credentials&grant_type=client_credentials",
            400,
            Some("invalid_request"),
        ),
        (Some("agt_a:secret+a"), "grant_type=client_credentials&scope=jit:approve", 400, Some("invalid_scope")),
    ] {
        let answer = token(basic, form).await;
        assert_eq!(answer.status, status, "{basic:?} {form} {}", answer.text());
        assert_eq!(answer.json()["error"].as_str(), code, "{basic:?} {form}");
        assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
    }
}

#[tokio::test]
async fn a_person_decides_about_a_deletion() {
    let bench = Bench::start().await;
    let agent = bench.agent_token("a").await;
    let reviewer = bench.authority.reviewer_token();
    let task = bench.task(&agent).await;
    let request = bench.ask(&agent, &task, "delete").await;
    let id = text(&request, "request_id");
    assert_eq!((&request["status"], &request["risk_level"]), (&json!("pending"), &json!("high")));
    assert_eq!(request["expires_at"], "2023-11-14T22:18:20Z");
    let early = bench.exchange(&agent, &id).await;
    assert_eq!((early.status, &early.json()["code"]), (StatusCode::CONFLICT, &json!("request_pending")));

    let pending = bench.api("GET", "/jit/pending", reviewer.expose(), json!(null)).await.json();
    assert_eq!((&pending["count"], &pending["data"][0]["request_id"]), (&json!(1), &json!(id)));

    let body = json!({ "ttl": 60, "notes": "internal", "agent_message": "go on" });
    let answer = bench.api("POST", &format!("/jit/approve/{id}"), reviewer.expose(), body).await;
    assert_eq!((answer.status, &answer.json()["granted_ttl"]), (StatusCode::OK, &json!(60)));
    let status = bench.api("GET", &format!("/jit/request/{id}/status"), &agent, json!(null)).await;
    assert!(!status.text().contains("internal"));
    assert_eq!((&status.json()["status"], &status.json()["agent_message"]), (&json!("approved"), &json!("go on")));
    assert_eq!(bench.exchange(&agent, &id).await.json()["expires_in"], 60);
}

#[tokio::test]
async fn an_approval_is_bound_to_the_digest_of_what_was_shown() {
    let bench = Bench::start().await;
    let agent = bench.agent_token("a").await;
    let reviewer = bench.authority.reviewer_token();
    let task = bench.task(&agent).await;
    let payment = json!({ "type": "payment", "actions": ["create"], "identifier": "inv_1", "amount": 9_000_000 });
    let body = json!({ "task_id": task, "authorization_details": payment, "justification": "as agreed" });
    let id = text(&bench.api("POST", "/jit/request", &agent, body).await.json(), "request_id");
    let path = format!("/jit/review/{id}");
    let review = bench.api("GET", &path, reviewer.expose(), json!(null)).await.json();
    assert_eq!((&review["authorization_details"], &review["status"]), (&payment, &json!("pending")));
    assert_eq!(bench.api("GET", &path, &agent, json!(null)).await.status, StatusCode::FORBIDDEN);
    let unknown = bench.api("GET", "/jit/review/nothing", reviewer.expose(), json!(null)).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);

    let approve = async |digest: &str| {
        let body = json!({ "request_digest": digest });
        bench.api("POST", &format!("/jit/approve/{id}"), reviewer.expose(), body).await
    };
    let other = approve(&"0".repeat(64)).await;
    assert_eq!((other.status, &other.json()["code"]), (StatusCode::CONFLICT, &json!("other_request")));
    assert_eq!(bench.authority.pending().len(), 1);
    assert_eq!(approve(&text(&review, "request_digest")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_agent_never_decides() {
    let bench = Bench::start().await;
    let agent = bench.agent_token("a").await;
    let task = bench.task(&agent).await;
    let id = text(&bench.ask(&agent, &task, "delete").await, "request_id");
    for (method, path) in [
        ("GET", "/jit/pending".to_owned()),
        ("POST", format!("/jit/approve/{id}")),
        ("POST", format!("/jit/deny/{id}")),
    ] {
        assert_eq!(bench.api(method, &path, &agent, json!(null)).await.status, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(bench.api(method, &path, "nonsense", json!(null)).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    assert_eq!(bench.authority.pending().len(), 1);
}

#[tokio::test]
async fn a_denial_tells_the_agent_what_it_may_know() {
    let bench = Bench::start().await;
    let agent = bench.agent_token("a").await;
    let task = bench.task(&agent).await;
    let id = text(&bench.ask(&agent, &task, "delete").await, "request_id");
    bench.authority.deny(&id, Some("looks odd to me"), Some("ask Ann first")).await.unwrap();
    let status = bench.api("GET", &format!("/jit/request/{id}/status"), &agent, json!(null)).await;
    assert_eq!(
        (&status.json()["status"], &status.json()["agent_message"]),
        (&json!("denied"), &json!("ask Ann first"))
    );
    assert!(!status.text().contains("odd"));
    let refused = bench.exchange(&agent, &id).await;
    assert_eq!((refused.status, &refused.json()["code"]), (StatusCode::FORBIDDEN, &json!("request_denied")));
    assert!(bench.authority.approve(&id).await.is_err());
}

#[tokio::test]
async fn a_test_can_wait_until_something_waits() {
    let bench = Bench::start().await;
    let agent = bench.agent_token("a").await;
    let task = bench.task(&agent).await;
    let (pending, request) =
        futures_util::future::join(bench.authority.until_pending(), bench.ask(&agent, &task, "delete")).await;
    assert_eq!((pending.len(), &pending[0].request_id), (1, &text(&request, "request_id")));
    assert_eq!(bench.authority.until_pending().await.len(), 1);
}

#[tokio::test]
async fn a_reviewer_sees_all_of_it_and_can_stop_a_task() {
    let bench = Bench::start().await;
    let agent = bench.agent_token("a").await;
    let reviewer = bench.authority.reviewer_token();
    let task = bench.task(&agent).await;
    let read = text(&bench.ask(&agent, &task, "read").await, "request_id");
    let token = text(&bench.exchange(&agent, &read).await.json(), "access_token");
    let delete = text(&bench.ask(&agent, &task, "delete").await, "request_id");
    bench.clock.advance(100);

    let waiting = bench.api("GET", "/jit/pending", reviewer.expose(), json!(null)).await.json();
    assert_eq!(waiting["data"][0]["granted_before"][0]["actions"], json!(["read"]));
    bench.authority.deny(&delete, Some("odd"), None).await.unwrap();
    let tasks = bench.api("GET", "/jit/tasks", reviewer.expose(), json!(null)).await.json();
    let seen = &tasks["data"][0];
    assert_eq!((&seen["task_id"], &seen["state"], &seen["denials"]), (&json!(task), &json!("open"), &json!(1)));
    assert_eq!((&seen["requests"][1]["notes"], &seen["tokens"][0]["remaining"]), (&json!("odd"), &json!(500)));
    let decided = bench.api("GET", "/jit/decided", reviewer.expose(), json!(null)).await.json();
    let by: Vec<_> = decided["data"].as_array().unwrap().iter().map(|one| &one["decided_by"]).collect();
    assert_eq!(by, [&json!("reviewer"), &json!("rule")]);

    let revoke = format!("/jit/task/{task}/revoke");
    assert_eq!(bench.api("POST", &revoke, reviewer.expose(), json!(null)).await.status, StatusCode::OK);
    assert!(!bench.is_active(&token).await);
    assert_eq!(bench.exchange(&agent, &read).await.json()["code"], "task_suspended");
    let tasks = bench.api("GET", "/jit/tasks", reviewer.expose(), json!(null)).await.json();
    assert_eq!(
        (&tasks["data"][0]["state"], &tasks["data"][0]["tokens"][0]["remaining"]),
        (&json!("suspended"), &json!(null))
    );
    let nobodys = bench.api("POST", "/jit/task/task_1/revoke", reviewer.expose(), json!(null)).await;
    assert_eq!(nobodys.status, StatusCode::NOT_FOUND);
    let audit = bench.api("GET", "/jit/audit", reviewer.expose(), json!(null)).await;
    assert!(audit.text().contains("task_suspended") && !audit.text().contains(&token));
    for (method, path) in [("GET", "/jit/tasks"), ("GET", "/jit/decided"), ("GET", "/jit/audit"), ("POST", &revoke)] {
        assert_eq!(bench.api(method, path, &agent, json!(null)).await.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn another_agent_sees_nothing() {
    let bench = Bench::start().await;
    let (a, b) = (bench.agent_token("a").await, bench.agent_token("b").await);
    let task = bench.task(&a).await;
    let id = text(&bench.ask(&a, &task, "read").await, "request_id");
    for (method, path) in [
        ("POST", format!("/jit/task/{task}/complete")),
        ("GET", format!("/jit/request/{id}/status")),
        ("POST", format!("/jit/request/{id}/token")),
    ] {
        assert_eq!(bench.api(method, &path, &b, json!(null)).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_jit_token_cannot_ask_for_more() {
    let bench = Bench::start().await;
    let agent = bench.agent_token("a").await;
    let task = bench.task(&agent).await;
    let request = bench.ask(&agent, &task, "read").await;
    let token = text(&bench.exchange(&agent, &text(&request, "request_id")).await.json(), "access_token");
    assert_eq!(bench.api("POST", "/jit/task", &token, json!(null)).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn tokens_end_by_time_by_revocation_and_by_the_hand_of_a_test() {
    let bench = Bench::start().await;
    let expired = bench.agent_token("a").await;
    bench.clock.advance(3600);
    let unauthorized = bench.api("POST", "/jit/task", &expired, json!(null)).await;
    assert_eq!(unauthorized.status, StatusCode::UNAUTHORIZED);
    assert_eq!(unauthorized.headers[header::WWW_AUTHENTICATE], r#"Bearer error="invalid_token""#);

    let revoked = bench.agent_token("a").await;
    let revoke = |client: &'static str, secret: &'static str, token: String| {
        let bench = &bench;
        async move {
            let pairs = [("client_id", client), ("client_secret", secret), ("token", token.as_str())];
            bench.form("/orgs/acme-corp/api/v1/oauth/revoke", &pairs).await.status
        }
    };
    assert_eq!(revoke("agt_b", "secret b", revoked.clone()).await, StatusCode::BAD_REQUEST);
    assert!(bench.is_active(&revoked).await);
    assert_eq!(revoke("agt_a", "secret a", revoked.clone()).await, StatusCode::OK);
    assert!(!bench.is_active(&revoked).await);
    assert_eq!(revoke("agt_a", "secret a", "unknown".to_owned()).await, StatusCode::OK);

    let current = bench.agent_token("a").await;
    bench.authority.revoke_agent_tokens();
    assert_eq!(bench.api("POST", "/jit/task", &current, json!(null)).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn authorization_details_are_one_bounded_object_with_a_type() {
    let bench = Bench::start().await;
    let agent = bench.agent_token("a").await;
    let task = bench.task(&agent).await;
    for details in [
        json!(null),
        json!([{ "type": "document" }]),
        json!({ "actions": ["read"] }),
        json!({ "type": "" }),
        json!({ "type": "document", "identifier": "x".repeat(4096) }),
        json!({ "type": "document", "actions": vec!["read"; 65] }),
        json!({ "type": "document", "limits": [9_007_199_254_740_992_u64] }),
    ] {
        let body = json!({ "task_id": task, "authorization_details": details });
        let answer = bench.api("POST", "/jit/request", &agent, body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{details}");
        assert_eq!(answer.json()["code"], "invalid_authorization_details", "{details}");
    }
    let long = json!({ "task_id": task, "justification": "x".repeat(70_000) });
    assert_eq!(bench.api("POST", "/jit/request", &agent, long).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let array = bench.api("POST", "/jit/task", &agent, json!([null, null])).await;
    assert_eq!((array.status, &array.json()["code"]), (StatusCode::BAD_REQUEST, &json!("invalid_request")));
    for (ttl, status) in
        [(json!(60.0), 201), (json!(60), 201), (json!(60.5), 400), (json!(-60), 400), (json!("60"), 400)]
    {
        let body = json!({ "task_id": task, "authorization_details": { "type": "d" }, "requested_ttl": ttl });
        assert_eq!(bench.api("POST", "/jit/request", &agent, body).await.status, status, "{ttl}");
    }
    let zero = json!({ "task_id": task, "authorization_details": { "type": "d" }, "requested_ttl": 0 });
    assert_eq!(bench.api("POST", "/jit/request", &agent, zero).await.json()["code"], "invalid_request");
}

#[tokio::test]
async fn the_audit_log_holds_the_story_and_no_secret() {
    let bench = Bench::start().await;
    let agent = bench.agent_token("a").await;
    let task = bench.task(&agent).await;
    let request = bench.ask(&agent, &task, "read").await;
    let token = text(&bench.exchange(&agent, &text(&request, "request_id")).await.json(), "access_token");
    bench.form("/orgs/acme-corp/api/v1/oauth/token", &[("client_id", "agt_a"), ("client_secret", "wrong")]).await;
    bench.api("POST", &format!("/jit/task/{task}/complete"), &agent, json!(null)).await;

    let events = bench.authority.audit();
    let kinds: Vec<_> = events.iter().map(|event| event.event).collect();
    assert_eq!(
        kinds,
        [
            AuditKind::TokenIssued,
            AuditKind::TaskCreated,
            AuditKind::RequestCreated,
            AuditKind::RequestApproved,
            AuditKind::JitTokenIssued,
            AuditKind::TokenRefused,
            AuditKind::TokenRevoked,
            AuditKind::TaskCompleted,
        ]
    );
    let log = serde_json::to_string(&events).unwrap() + &format!("{:?}", bench.authority);
    for secret in [agent.as_str(), token.as_str(), "secret a", "wrong", bench.authority.reviewer_token().expose()] {
        assert!(!log.contains(secret));
    }
}

#[tokio::test]
async fn received_calls_are_remembered_in_order() {
    let bench = Bench::start().await;
    let agent = bench.agent_token("a").await;
    bench.task(&agent).await;
    let calls: Vec<_> = bench.authority.requests().into_iter().map(|call| (call.method, call.path)).collect();
    let expected = [("POST", "/orgs/acme-corp/api/v1/oauth/token"), ("POST", "/orgs/acme-corp/api/v1/jit/task")];
    assert_eq!(calls, expected.map(|(method, path)| (method.to_owned(), path.to_owned())));
}

#[tokio::test]
async fn a_stopped_authority_frees_its_address() {
    let authority = LocalAuthority::start().await.unwrap();
    let address = authority.url().strip_prefix("http://").unwrap().parse().unwrap();
    let taken = LocalAuthority::builder().listen(address).start().await.unwrap_err();
    assert!(taken.is_address_taken(), "{taken}");
    authority.shutdown().await;
    LocalAuthority::builder().listen(address).start().await.unwrap();
}

#[tokio::test]
async fn an_address_that_others_can_reach_is_refused() {
    let error = LocalAuthority::builder().listen("0.0.0.0:0".parse().unwrap()).start().await.unwrap_err();
    assert!(error.is_setting() && error.to_string().contains("no loopback address"), "{error}");
}

#[tokio::test]
async fn userinfo_names_the_bearer() {
    let bench = Bench::start().await;
    let agent = bench.agent_token("a").await;
    let answer = bench.get("/t/acme-corp/api/v1/oauth/userinfo", &agent).await;
    assert_eq!((answer.status, &answer.json()["agent_id"]), (StatusCode::OK, &json!("agt_a")));
    let twice = Request::builder()
        .uri(format!("{}/t/acme-corp/api/v1/oauth/userinfo", bench.authority.url()))
        .header(header::AUTHORIZATION, format!("Bearer {agent}"))
        .header(header::AUTHORIZATION, format!("Bearer {agent}"))
        .body(Bytes::new())
        .unwrap();
    assert_eq!(bench.send(twice).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_permission_too_long_to_be_listed_with_all_others_is_refused() {
    let bench = Bench::start().await;
    let agent = bench.agent_token("a").await;
    let task = bench.task(&agent).await;
    for (length, status) in [(7_000, StatusCode::CREATED), (9_000, StatusCode::BAD_REQUEST)] {
        let detail = json!({ "type": "document", "actions": ["read"], "identifier": "1", "own": "x".repeat(length) });
        let body = json!({ "task_id": task, "authorization_details": detail });
        assert_eq!(bench.api("POST", "/jit/request", &agent, body).await.status, status, "{length}");
    }
}
