//! Agents that act for users, and what an agent may do at all.

use serde_json::json;

use super::*;

#[tokio::test]
async fn an_agent_acts_for_a_user_and_its_token_says_so() {
    let bench = Bench::start().await;
    let (user, agent) = (bench.user_token().await, bench.agent_token("a").await);
    let answer = bench.delegate(&user, &agent, &[]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let granted = answer.json();
    assert_eq!(granted["issued_token_type"], "urn:ietf:params:oauth:token-type:access_token");
    let delegated = text(&granted, "access_token");
    let told = bench.introspect(&delegated).await;
    assert_eq!((&told["sub"], &told["act"]), (&json!("user:ann@acme.com"), &json!({ "sub": "agent:agt_a" })));

    let answer = bench.api("POST", "/jit/task", &delegated, json!({ "name": "for Ann" })).await;
    assert_eq!(answer.json()["on_behalf_of"], "ann@acme.com");
    let request = bench.ask(&delegated, &text(&answer.json(), "task_id"), "read").await;
    let token = text(&bench.exchange(&delegated, &text(&request, "request_id")).await.json(), "access_token");
    assert!(bench.is_active(&token).await);

    // What was made of the user's token ends with it.
    let pairs = [("client_id", "agt_a"), ("client_secret", "secret a"), ("token", delegated.as_str())];
    assert_eq!(bench.form("/orgs/acme-corp/api/v1/oauth/revoke", &pairs).await.status, StatusCode::OK);
    assert!(!bench.is_active(&token).await);
    assert_eq!(bench.exchange(&delegated, &text(&request, "request_id")).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_was_begun_for_a_user_goes_on_for_that_user_alone() {
    let bench = Bench::build(|builder| builder.user("bob@acme.com")).await;
    let agent = bench.agent_token("a").await;
    let ann = text(&bench.delegate(&bench.user_token().await, &agent, &[]).await.json(), "access_token");
    let bob = bench.authority.user_token("bob@acme.com").await.unwrap();
    let bob = text(&bench.delegate(bob.expose(), &agent, &[]).await.json(), "access_token");
    let anns = bench.task(&ann).await;
    // The agent may begin by itself, and go on for a user.
    let own = bench.task(&agent).await;
    bench.ask(&ann, &own, "read").await;
    let request = text(&bench.ask(&ann, &anns, "read").await, "request_id");
    let below = bench.api("POST", "/jit/task", &agent, json!({ "parent_task_id": anns })).await;
    let below = text(&below.json(), "task_id");
    for (token, task) in [(&agent, &anns), (&bob, &anns), (&agent, &below)] {
        let body = json!({ "task_id": task, "authorization_details": { "type": "document", "actions": ["read"] } });
        let answer = bench.api("POST", "/jit/request", token, body).await;
        assert_eq!((answer.status, &answer.json()["code"]), (StatusCode::FORBIDDEN, &json!("delegation_not_allowed")));
    }
    assert_eq!(bench.exchange(&agent, &request).await.status, StatusCode::FORBIDDEN);
    assert_eq!(bench.exchange(&ann, &request).await.status, StatusCode::OK);
    // Giving it back needs nobody's consent.
    let done = bench.api("POST", &format!("/jit/task/{anns}/complete"), &agent, json!(null)).await;
    assert_eq!(done.status, StatusCode::OK);
    assert!(bench.authority.live_tokens().is_empty());
    bench.ask(&agent, &own, "read").await;
}

#[tokio::test]
async fn a_chain_has_at_most_three_agents() {
    let bench = Bench::start().await;
    let (agent, other) = (bench.agent_token("a").await, bench.agent_token("b").await);
    let mut token = bench.user_token().await;
    for actor in [&agent, &other, &agent] {
        token = text(&bench.delegate(&token, actor, &[]).await.json(), "access_token");
    }
    let told = bench.introspect(&token).await;
    let act = json!({ "sub": "agent:agt_a", "act": { "sub": "agent:agt_b", "act": { "sub": "agent:agt_a" } } });
    assert_eq!(told["act"], act);
    let answer = bench.delegate(&token, &other, &[]).await;
    let told = answer.json();
    assert_eq!(
        (answer.status, &told["error"], &told["max_depth"]),
        (StatusCode::FORBIDDEN, &json!("delegation_depth_exceeded"), &json!(3))
    );
}

#[tokio::test]
async fn nobody_acts_for_a_user_without_being_asked_to() {
    let bench = Bench::build(|builder| builder.capabilities("agt_b", ["read:documents".to_owned()])).await;
    let user = bench.user_token().await;
    let (agent, other) = (bench.agent_token("a").await, bench.agent_token("b").await);
    let task = bench.task(&agent).await;
    let request = bench.ask(&agent, &task, "read").await;
    let jit = text(&bench.exchange(&agent, &text(&request, "request_id")).await.json(), "access_token");
    let delegated = text(&bench.delegate(&user, &agent, &[]).await.json(), "access_token");
    for (subject, actor, more, status, code) in [
        ("nonsense", agent.as_str(), &[][..], 400, "invalid_grant"),
        (&user, "nonsense", &[], 400, "invalid_grant"),
        (&user, &user, &[], 400, "invalid_grant"),
        (&user, &jit, &[], 400, "invalid_grant"),
        (&user, &delegated, &[], 400, "invalid_grant"),
        (&jit, &agent, &[], 400, "invalid_grant"),
        (&agent, &agent, &[], 400, "invalid_grant"),
        (&user, &other, &[], 403, "delegation_not_allowed"),
        (&user, &agent, &[("scope", "jit:approve")], 400, "invalid_scope"),
        (&user, &agent, &[("resource", "/api")], 400, "invalid_target"),
        (&user, &agent, &[("client_id", "agt_b"), ("client_secret", "secret b")], 401, "invalid_client"),
        (&user, &agent, &[("client_id", "agt_a"), ("client_secret", "wrong")], 401, "invalid_client"),
        (&user, &agent, &[("client_id", "agt_a"), ("client_secret", "secret a")], 200, ""),
    ] {
        let answer = bench.delegate(subject, actor, more).await;
        assert_eq!(answer.status, status, "{code} {more:?} {}", answer.text());
        assert_eq!(answer.json()["error"].as_str().unwrap_or_default(), code, "{more:?}");
    }
    let elsewhere = json!({ "on_behalf_of": "bob@acme.com" });
    let answer = bench.api("POST", "/jit/task", &delegated, elsewhere.clone()).await;
    assert_eq!((answer.status, &answer.json()["code"]), (StatusCode::FORBIDDEN, &json!("delegation_not_allowed")));
    assert_eq!(bench.api("POST", "/jit/task", &other, elsewhere).await.status, StatusCode::FORBIDDEN);
    // A user's own token is no agent's, and no reviewer's.
    assert_eq!(bench.api("POST", "/jit/task", &user, json!(null)).await.status, StatusCode::FORBIDDEN);
    assert_eq!(bench.api("GET", "/jit/pending", &user, json!(null)).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_agent_is_told_what_it_may_do() {
    let mine = ["read:documents".to_owned(), "read:notes".to_owned()];
    let bench = Bench::build(|builder| builder.capabilities("agt_a", mine)).await;
    let agent = bench.agent_token("a").await;
    let path = "/orgs/acme-corp/api/v1/oauth/token";
    let pairs = |scope| {
        [("grant_type", "client_credentials"), ("client_id", "agt_a"), ("client_secret", "secret a"), ("scope", scope)]
    };
    let narrow = bench.form(path, &pairs("read:notes")).await.json();
    assert_eq!(narrow["scope"], "read:notes");
    let narrow = text(&narrow, "access_token");
    assert_eq!(bench.form(path, &pairs("write:notes")).await.json()["error"], "invalid_scope");

    for (token, action, allowed) in
        [(&agent, "read:documents", true), (&agent, "write:documents", false), (&narrow, "read:documents", false)]
    {
        let body = json!({ "action": action, "context": { "id": "doc_1" } });
        let told = bench.api("POST", "/agents/ask", token, body).await.json();
        assert_eq!((&told["allowed"], &told["context"]["id"]), (&json!(allowed), &json!("doc_1")), "{action}");
        let audit_id = text(&told, "audit_id");
        assert!(bench.authority.audit().iter().any(|event| event.audit_id.as_ref() == Some(&audit_id)));
    }
    assert_eq!(bench.api("POST", "/agents/ask", &agent, json!({})).await.status, StatusCode::BAD_REQUEST);
    let told = bench.api("GET", "/oauth/userinfo", &agent, json!(null)).await.json();
    assert_eq!(told["capabilities"], json!(["read:documents", "read:notes"]));
    let told = bench.api("GET", "/agents/me", &agent, json!(null)).await.json();
    assert_eq!((&told["identity"]["agent_id"], &told["capabilities"][0]), (&json!("agt_a"), &json!("read:documents")));
}

#[tokio::test]
async fn an_evaluation_closes_the_task() {
    let bench = Bench::start().await;
    let agent = bench.agent_token("a").await;
    let task = bench.task(&agent).await;
    let request = bench.ask(&agent, &task, "read").await;
    let token = text(&bench.exchange(&agent, &text(&request, "request_id")).await.json(), "access_token");
    let path = format!("/jit/task/{task}/evaluate");
    let unknown = bench.api("POST", &path, &agent, json!({ "result": "splendid" })).await;
    assert_eq!(unknown.status, StatusCode::BAD_REQUEST);
    assert!(bench.is_active(&token).await);
    let answer = bench.api("POST", &path, &agent, json!({ "result": "failed", "notes": "no luck" })).await;
    assert_eq!((answer.status, &answer.json()["result"]), (StatusCode::OK, &json!("failed")));
    assert!(!bench.is_active(&token).await);
    assert_eq!(
        bench.api("POST", &path, &bench.agent_token("b").await, json!(null)).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn the_metadata_names_what_there_is() {
    let bench = Bench::start().await;
    let answer = bench.get("/.well-known/oauth-authorization-server", "").await.json();
    assert_eq!(answer["issuer"], bench.authority.url());
    for endpoint in ["token_endpoint", "revocation_endpoint", "introspection_endpoint"] {
        let url = text(&answer, endpoint);
        let path = url.strip_prefix(&bench.authority.url()).unwrap();
        assert_eq!(bench.form(path, &[]).await.status, StatusCode::UNAUTHORIZED, "{endpoint}");
    }
    for endpoint in ["jwks_uri", "userinfo_endpoint"] {
        let url = text(&answer, endpoint);
        let path = url.strip_prefix(&bench.authority.url()).unwrap();
        assert_ne!(bench.get(path, "").await.status, StatusCode::NOT_FOUND, "{endpoint}");
    }
}
