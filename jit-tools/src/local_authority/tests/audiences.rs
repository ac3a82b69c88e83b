//! A token is for one audience, and its scope bounds what it does here.

use serde_json::json;

use super::*;

const API: &str = "https://api.acme.com";

/// One token of each kind, and what they are used on.
struct Tokens {
    bench: Bench,
    user: String,
    task: String,
    request: String,
}

impl Tokens {
    async fn new() -> Self {
        let bench = Bench::start().await;
        let (user, agent) = (bench.user_token().await, bench.agent_token("a").await);
        let task = bench.task(&agent).await;
        let request = text(&bench.ask(&agent, &task, "read").await, "request_id");
        Self { bench, user, task, request }
    }

    async fn own(&self, more: &[(&str, &str)]) -> String {
        let pairs = [("grant_type", "client_credentials"), ("client_id", "agt_a"), ("client_secret", "secret a")];
        let answer = self.bench.form("/orgs/acme-corp/api/v1/oauth/token", &[&pairs, more].concat()).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        text(&answer.json(), "access_token")
    }

    async fn delegated(&self, more: &[(&str, &str)]) -> String {
        text(&self.bench.delegate(&self.user, &self.own(&[]).await, more).await.json(), "access_token")
    }

    async fn jit(&self) -> String {
        let agent = self.own(&[]).await;
        text(&self.bench.exchange(&agent, &self.request).await.json(), "access_token")
    }

    /// What this token gets at a call, as a status.
    async fn status(&self, call: &str, token: &str) -> u16 {
        let (task, request) = (&self.task, &self.request);
        let detail = json!({ "type": "document", "actions": ["read"], "identifier": "doc_1" });
        let asked = json!({ "task_id": task, "authorization_details": detail });
        let (method, path, body) = match call {
            "delegate as actor" => return self.bench.delegate(&self.user, token, &[]).await.status.as_u16(),
            "delegate as subject" => {
                let actor = self.bench.agent_token("b").await;
                return self.bench.delegate(token, &actor, &[]).await.status.as_u16();
            }
            "userinfo" => ("GET", "/oauth/userinfo".to_owned(), json!(null)),
            "me" => ("GET", "/agents/me".to_owned(), json!(null)),
            "may I" => ("POST", "/agents/ask".to_owned(), json!({ "action": "read:documents" })),
            "create" => ("POST", "/jit/task".to_owned(), json!(null)),
            "ask" => ("POST", "/jit/request".to_owned(), asked),
            "status" => ("GET", format!("/jit/request/{request}/status"), json!(null)),
            "exchange" => ("POST", format!("/jit/request/{request}/token"), json!(null)),
            "evaluate" => ("POST", format!("/jit/task/{task}/evaluate"), json!(null)),
            "complete" => ("POST", format!("/jit/task/{task}/complete"), json!(null)),
            "pending" => ("GET", "/jit/pending".to_owned(), json!(null)),
            other => panic!("{other}"),
        };
        self.bench.api(method, &path, token, body).await.status.as_u16()
    }
}

#[tokio::test]
async fn which_token_is_good_for_which_call_is_this_table() {
    // In the order of the columns; a token that does not serve changes nothing, so one authority does for a row.
    let calls = [
        "userinfo",
        "me",
        "may I",
        "delegate as actor",
        "delegate as subject",
        "pending",
        "create",
        "ask",
        "status",
        "exchange",
        "complete",
        "evaluate",
    ];
    let narrow = [("scope", "delegate:on_behalf")];
    for (kind, expected) in [
        ("own", [200, 200, 200, 200, 400, 403, 201, 201, 200, 200, 200, 200]),
        ("own, scoped to delegating", [200, 200, 200, 200, 400, 403, 403, 403, 403, 403, 403, 403]),
        ("own, scoped to tasks", [200, 200, 200, 403, 400, 403, 201, 201, 200, 200, 200, 200]),
        ("own, for an API", [401, 401, 401, 400, 400, 403, 401, 401, 401, 401, 401, 401]),
        ("own, for another agent", [401, 401, 401, 400, 400, 403, 401, 401, 401, 401, 401, 401]),
        ("for a user", [200, 200, 200, 400, 200, 403, 201, 201, 200, 200, 200, 200]),
        ("for a user, scoped down", [200, 200, 200, 400, 200, 403, 403, 403, 403, 403, 403, 403]),
        ("for a user, for an API", [401, 401, 401, 400, 400, 403, 401, 401, 401, 401, 401, 401]),
        ("for a user, for another agent", [401, 401, 401, 400, 200, 403, 401, 401, 401, 401, 401, 401]),
        ("jit", [401, 401, 401, 400, 400, 403, 401, 401, 401, 401, 401, 401]),
        ("user", [200, 403, 403, 400, 200, 403, 403, 403, 403, 403, 403, 403]),
        ("none", [401, 401, 401, 400, 400, 401, 401, 401, 401, 401, 401, 401]),
    ] {
        let tokens = Tokens::new().await;
        let token = match kind {
            "own" => tokens.own(&[]).await,
            "own, scoped to delegating" => tokens.own(&narrow).await,
            "own, scoped to tasks" => tokens.own(&[("scope", "jit:request")]).await,
            "own, for an API" => tokens.own(&[("resource", API)]).await,
            "own, for another agent" => tokens.own(&[("audience", "agt_b")]).await,
            "for a user" => tokens.delegated(&[]).await,
            "for a user, scoped down" => tokens.delegated(&narrow).await,
            "for a user, for an API" => tokens.delegated(&[("resource", API)]).await,
            "for a user, for another agent" => tokens.delegated(&[("audience", "agt_b")]).await,
            "jit" => tokens.jit().await,
            "user" => tokens.user.clone(),
            _ => "nonsense".to_owned(),
        };
        let mut found = Vec::new();
        for call in calls {
            found.push(tokens.status(call, &token).await);
        }
        assert_eq!(found, expected, "{kind}: {calls:?}");
    }
}

#[tokio::test]
async fn a_token_and_its_introspection_name_its_audience() {
    let tokens = Tokens::new().await;
    let authority = tokens.bench.authority.url();
    for (token, expected) in [
        (tokens.own(&[]).await, json!([authority])),
        (tokens.own(&[("resource", API)]).await, json!([API])),
        (tokens.own(&[("resource", &format!("{authority}/"))]).await, json!([authority])),
        (tokens.delegated(&[]).await, json!([authority])),
        (tokens.delegated(&[("audience", "agt_b")]).await, json!(["agt_b"])),
        (tokens.user.clone(), json!([authority])),
        (tokens.jit().await, json!(null)),
    ] {
        let claims = jsonwebtoken::dangerous::insecure_decode::<Value>(&token).unwrap().claims;
        assert_eq!(claims["aud"], expected);
        assert_eq!(tokens.bench.introspect(&token).await["aud"], expected);
    }
}

#[tokio::test]
async fn a_permission_asked_for_at_an_api_is_for_that_api() {
    let tokens = Tokens::new().await;
    let agent = tokens.own(&[]).await;
    let detail = json!({ "type": "document", "actions": ["read"], "identifier": "doc_1" });
    let body = json!({ "task_id": tokens.task, "authorization_details": detail, "resource": API });
    let request = tokens.bench.api("POST", "/jit/request", &agent, body).await.json();
    let granted = tokens.bench.exchange(&agent, &text(&request, "request_id")).await.json();
    assert_eq!(granted["authorization_details"][0]["locations"], json!([API]));
    let claims = jsonwebtoken::dangerous::insecure_decode::<Value>(&text(&granted, "access_token")).unwrap().claims;
    assert_eq!(claims["aud"], json!([API]));

    // Locations of its own say already where it is for.
    let located = json!({ "type": "document", "actions": ["read"], "locations": ["https://files.acme.com"] });
    let body = json!({ "task_id": tokens.task, "authorization_details": located, "resource": API });
    let request = tokens.bench.api("POST", "/jit/request", &agent, body).await.json();
    let granted = tokens.bench.exchange(&agent, &text(&request, "request_id")).await.json();
    assert_eq!(granted["authorization_details"], json!([located]));

    for resource in [String::new(), "a".repeat(513)] {
        let body = json!({ "task_id": tokens.task, "authorization_details": detail, "resource": resource });
        let answer = tokens.bench.api("POST", "/jit/request", &agent, body).await;
        assert_eq!((answer.status, &answer.json()["code"]), (StatusCode::BAD_REQUEST, &json!("invalid_request")));
    }
}

#[tokio::test]
async fn a_target_that_names_no_single_audience_is_refused() {
    let bench = Bench::start().await;
    let long = format!("https://api.acme.com/{}", "a".repeat(512));
    for more in [
        &[("resource", "/api")][..],
        &[("resource", "https://api.acme.com/#a")],
        &[("resource", long.as_str())],
        &[("audience", long.as_str())],
        &[("resource", API), ("audience", "agt_b")],
    ] {
        let pairs = [("grant_type", "client_credentials"), ("client_id", "agt_a"), ("client_secret", "secret a")];
        let answer = bench.form("/orgs/acme-corp/api/v1/oauth/token", &[&pairs, more].concat()).await;
        assert_eq!((answer.status, &answer.json()["error"]), (StatusCode::BAD_REQUEST, &json!("invalid_target")));
    }
}

#[tokio::test]
async fn an_actor_that_was_scoped_down_gives_no_more_than_it_has() {
    let tokens = Tokens::new().await;
    let narrow = tokens.own(&[("scope", "delegate:on_behalf")]).await;
    let granted = tokens.bench.delegate(&tokens.user, &narrow, &[]).await.json();
    assert_eq!(granted["scope"], "delegate:on_behalf");
    let whole = tokens.delegated(&[]).await;
    let again = tokens.bench.delegate(&whole, &narrow, &[]).await.json();
    assert_eq!(again["scope"], "delegate:on_behalf");
    let answer = tokens.bench.delegate(&tokens.user, &narrow, &[("scope", "jit:request")]).await;
    assert_eq!(answer.json()["error"], "invalid_scope");
    // What is the user's, and no agent's, is for the user's token to give.
    let granted = tokens.bench.delegate(&tokens.user, &narrow, &[("scope", "read:mail")]).await.json();
    assert_eq!(granted["scope"], "read:mail");
}

#[tokio::test]
async fn a_scoped_down_token_begins_no_task_for_a_user() {
    let tokens = Tokens::new().await;
    let narrow = tokens.own(&[("scope", "jit:request")]).await;
    let body = json!({ "on_behalf_of": "ann@acme.com" });
    let answer = tokens.bench.api("POST", "/jit/task", &narrow, body).await;
    assert_eq!((answer.status, &answer.json()["code"]), (StatusCode::FORBIDDEN, &json!("delegation_not_allowed")));
}
