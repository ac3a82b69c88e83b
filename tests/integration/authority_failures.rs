//! An authority that fails: each failure gives a clear error or a bounded retry, and the task is completed.

use std::{sync::Arc, time::Duration};

use jit_tools::{AuthorizationDetail, EscalationError, JitContext, LumoAuthAgent, TaskError, testing::ManualClock};
use serde_json::json;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

const BASE: &str = "/orgs/acme-corp/api/v1";

/// An authority whose answers to a request for a permission are given.
async fn authority(answers: impl IntoIterator<Item = ResponseTemplate>) -> MockServer {
    let server = MockServer::start().await;
    let answer = |status, body| ResponseTemplate::new(status).set_body_json(body);
    let token = json!({"access_token": "agent-token", "token_type": "Bearer", "expires_in": 3600});
    for (at, template) in [
        ("/oauth/token", answer(200, token)),
        ("/jit/task", answer(201, json!({"task_id": "task_1"}))),
        // Some deployments answer without a body.
        ("/jit/task/task_1/complete", ResponseTemplate::new(204)),
        (
            "/jit/request/req_1/token",
            answer(200, json!({"access_token": "jit-token", "token_type": "Bearer", "expires_in": 600})),
        ),
    ] {
        Mock::given(method("POST")).and(path(format!("{BASE}{at}"))).respond_with(template).mount(&server).await;
    }
    for template in answers {
        Mock::given(method("POST"))
            .and(path(format!("{BASE}/jit/request")))
            .respond_with(template)
            .up_to_n_times(1)
            .mount(&server)
            .await;
    }
    server
}

fn approved() -> ResponseTemplate {
    ResponseTemplate::new(201).set_body_json(json!({"request_id": "req_1", "status": "approved"}))
}

struct Outcome {
    result: Result<(), EscalationError>,
    sleeps: Vec<Duration>,
    asked: usize,
}

/// Asks for one permission in a task, and checks that the task was completed.
async fn ask(server: &MockServer) -> Outcome {
    let clock = ManualClock::new();
    let agent = LumoAuthAgent::builder()
        .url(server.uri())
        .org("acme-corp")
        .client_id("agt_x")
        .client_secret("s3cret")
        .clock(clock.shared())
        .build()
        .unwrap();
    let detail = AuthorizationDetail::new("note").actions(["read"]);
    let result = JitContext::run_task(&agent, "test", |jit| async move {
        let permission = jit.request_permission(&detail, None).await?;
        jit.get_token(&permission).await.map(drop)
    })
    .await;
    let paths: Vec<_> =
        server.received_requests().await.unwrap().iter().map(|request| request.url.path().to_owned()).collect();
    assert_eq!(paths.iter().filter(|path| path.ends_with("/complete")).count(), 1, "{paths:?}");
    Outcome {
        result: result.map_err(|error| match error {
            TaskError::Failed(error) => error,
            other => panic!("{other}"),
        }),
        sleeps: clock.sleeps(),
        asked: paths.iter().filter(|path| path.ends_with("/jit/request")).count(),
    }
}

#[tokio::test]
async fn a_429_is_waited_for_as_long_as_it_says() {
    let server = authority([ResponseTemplate::new(429).insert_header("retry-after", "7"), approved()]).await;
    let outcome = ask(&server).await;
    assert!(outcome.result.is_ok());
    assert_eq!((outcome.sleeps, outcome.asked), (vec![Duration::from_secs(7)], 2));
}

#[tokio::test]
async fn a_429_that_says_too_long_is_an_error_that_says_how_long() {
    let body = json!({"error": true, "code": "budget_exceeded", "message": "The budget is used up."});
    let limited = ResponseTemplate::new(429).insert_header("retry-after", "3600").set_body_json(body);
    let outcome = ask(&authority([limited]).await).await;
    let error = outcome.result.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
    assert_eq!(error.authority_error().unwrap().code(), Some("budget_exceeded"));
    assert_eq!(
        error.to_string(),
        "the permission was not obtained: LumoAuth could not take the request for a permission: it answered 429 Too \
         Many Requests, budget_exceeded: The budget is used up. (try again in 3600 s)"
    );
    assert!(outcome.sleeps.is_empty());
}

#[tokio::test]
async fn endless_429s_are_given_up_on() {
    let limited = || ResponseTemplate::new(429).insert_header("retry-after", "1");
    let outcome = ask(&authority((0..10).map(|_| limited())).await).await;
    assert!(outcome.result.unwrap_err().authority_error().unwrap().is_rate_limited());
    assert_eq!((outcome.asked, outcome.sleeps.len()), (4, 3));
}

#[tokio::test]
async fn a_500_to_a_request_for_a_permission_is_not_asked_again_since_that_could_prompt_a_person_twice() {
    let outcome = ask(&authority([ResponseTemplate::new(500), approved()]).await).await;
    let error = outcome.result.unwrap_err();
    assert!(error.to_string().ends_with("it answered 500 Internal Server Error"), "{error}");
    assert!(error.for_model().contains("the authorization server failed"));
    assert_eq!(outcome.asked, 1);
}

#[tokio::test]
async fn an_answer_in_html_is_told_as_such() {
    let html = ResponseTemplate::new(200).set_body_raw("<html>canary</html>", "text/html; charset=utf-8");
    let error = ask(&authority([html]).await).await.result.unwrap_err();
    assert!(
        error.to_string().ends_with(
            "it answered 200 OK with text/html; charset=utf-8 where JSON is expected; are the authority's URL and the organization right?"
        ),
        "{error}"
    );
    assert!(!error.to_string().contains("canary"));
}

#[tokio::test]
async fn a_field_that_is_missing_is_named() {
    for (body, field) in [(json!({"status": "approved"}), "request_id"), (json!({"request_id": "req_1"}), "status")] {
        let answer = ResponseTemplate::new(201).set_body_json(body);
        let error = ask(&authority([answer]).await).await.result.unwrap_err();
        assert!(error.to_string().ends_with(&format!("its answer has no `{field}`")), "{error}");
    }
}

#[tokio::test]
async fn an_id_that_leads_elsewhere_is_not_followed() {
    let answer = json!({"request_id": "../../../evil", "status": "approved", "token_url": "https://evil.test/"});
    let error = ask(&authority([ResponseTemplate::new(201).set_body_json(answer)]).await).await.result.unwrap_err();
    assert!(error.to_string().ends_with("its answer has a `request_id` that cannot be used"), "{error}");
}

#[tokio::test]
async fn an_address_that_leads_elsewhere_is_not_called_also_where_the_id_is_right() {
    let evil = MockServer::start().await;
    let decided = |status: &str| {
        let body = json!({
            "request_id": "req_1",
            "status": status,
            "status_url": format!("{}/status", evil.uri()),
            "token_url": format!("{}/token", evil.uri()),
        });
        ResponseTemplate::new(200).set_body_json(body)
    };
    let server = authority([decided("pending")]).await;
    Mock::given(method("GET"))
        .and(path(format!("{BASE}/jit/request/req_1/status")))
        .respond_with(decided("approved"))
        .expect(1)
        .mount(&server)
        .await;
    let outcome = ask(&server).await;
    assert!(outcome.result.is_ok(), "{:?}", outcome.result);
    assert!(evil.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let endless = ResponseTemplate::new(201).set_body_raw(vec![b' '; 300 * 1024], "application/json");
    let error = ask(&authority([endless]).await).await.result.unwrap_err();
    assert!(error.to_string().ends_with("the body is longer than 262144 bytes"), "{error}");
}

#[tokio::test]
async fn a_token_that_grants_more_than_was_asked_for_is_revoked_and_not_used() {
    let server = MockServer::start().await;
    let wide = json!([{"type": "note", "actions": ["read", "write"], "identifier": "n1"}]);
    for (at, body) in [
        ("/oauth/token", json!({"access_token": "agent-token", "token_type": "Bearer", "expires_in": 3600})),
        ("/oauth/revoke", json!({})),
        ("/jit/task", json!({"task_id": "task_1"})),
        ("/jit/task/task_1/complete", json!({})),
        ("/jit/request", json!({"request_id": "req_1", "status": "approved"})),
        (
            "/jit/request/req_1/token",
            json!({"access_token": "wide-token", "expires_in": 600, "authorization_details": wide}),
        ),
    ] {
        let answer = ResponseTemplate::new(200).set_body_json(body);
        Mock::given(method("POST")).and(path(format!("{BASE}{at}"))).respond_with(answer).mount(&server).await;
    }
    let hint = json!({"type": "note", "actions": ["read"], "identifier": "n1"});
    let challenge = json!({"error": "insufficient_authorization_details", "authorization_details_hint": hint});
    Mock::given(path("/note"))
        .respond_with(ResponseTemplate::new(403).set_body_json(challenge))
        .expect(1)
        .mount(&server)
        .await;
    let agent = LumoAuthAgent::builder()
        .url(server.uri())
        .org("acme-corp")
        .client_id("agt_x")
        .client_secret("s3cret")
        .build()
        .unwrap();
    let jit = JitContext::builder(&agent, "test")
        .policy(jit_tools::Policy::new().trust_origin(server.uri()).unwrap())
        .create_task()
        .await
        .unwrap();
    let cx = jit_tools::ToolContext::new(&jit);
    let response = cx.http().get(format!("{}/note", server.uri())).send().await.unwrap();
    let error = response.escalation_error().unwrap();
    assert!(error.to_string().contains("more than was asked for, or something else; it was revoked"), "{error}");
    let revoked = server.received_requests().await.unwrap();
    let revoked = revoked.iter().find(|request| request.url.path().ends_with("/oauth/revoke")).unwrap();
    assert!(String::from_utf8_lossy(&revoked.body).contains("token=wide-token"));
}

#[tokio::test]
async fn a_connection_that_drops_is_an_error_and_the_task_is_completed() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    // Speaks just enough HTTP, and drops the connection when it is asked for a permission.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let log = Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = Arc::clone(&log);
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let mut request = vec![0; 16 * 1024];
            let mut length = 0;
            while !String::from_utf8_lossy(&request[..length]).contains("\r\n\r\n") {
                match connection.read(&mut request[length..]).await {
                    Ok(read) if read > 0 => length += read,
                    _ => break,
                }
            }
            let request = String::from_utf8_lossy(&request[..length]).into_owned();
            let target = request.split(' ').nth(1).unwrap_or_default().to_owned();
            seen.lock().unwrap().push(target.clone());
            let body = match target.rsplit('/').next() {
                Some("token") => r#"{"access_token":"t","expires_in":3600}"#,
                Some("task") => r#"{"task_id":"task_1"}"#,
                Some("complete") => "{}",
                _ => continue,
            };
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            let _ = connection.write_all(answer.as_bytes()).await;
            let _ = connection.shutdown().await;
            // Unread input would make the close a reset.
            let mut rest = [0; 1024];
            while matches!(connection.read(&mut rest).await, Ok(read) if read > 0) {}
        }
    });
    let agent =
        LumoAuthAgent::builder().url(&url).org("acme-corp").client_id("agt_x").client_secret("s3cret").build().unwrap();
    let error = JitContext::run_task(&agent, "test", |jit| async move {
        jit.request_permission(&AuthorizationDetail::new("note"), None).await
    })
    .await
    .unwrap_err();
    assert!(error.to_string().ends_with(&format!("the connection broke off with {url}")), "{error}");
    let log = log.lock().unwrap().clone();
    assert_eq!(log.iter().filter(|target| target.ends_with("/jit/request")).count(), 1, "{log:?}");
    assert!(log.last().unwrap().ends_with("/complete"), "{log:?}");
}

#[tokio::test]
async fn an_authority_that_is_not_there_is_named() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let clock = ManualClock::new();
    let agent = LumoAuthAgent::builder()
        .url(&url)
        .org("acme-corp")
        .client_id("agt_x")
        .client_secret("s3cret")
        .clock(clock.shared())
        .build()
        .unwrap();
    let error = JitContext::create_task(&agent, "test").await.unwrap_err();
    assert_eq!(error.to_string(), format!("LumoAuth could not issue the agent's token: could not connect to {url}"));
    assert_eq!(clock.sleeps().len(), 3);
}
