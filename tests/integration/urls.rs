//! Where requests go, whatever a model writes into a URL.

use jit_tools::{JitContext, Policy, ResourceError, ToolContext, ToolError, jit_tool, tools, url};

use crate::support::{API, World};

/// Fetches a document, as the README shows it.
#[jit_tool(may_request(type = "document", actions = ["read"], identifier = "{document_id}"))]
async fn fetch_document(cx: &ToolContext, document_id: &str, query: &str) -> Result<String, ToolError> {
    let url = url!("https://api.test/v1/documents/{document_id}/text?q={query}&limit=10");
    cx.http().get(url).send().await?;
    Ok(String::new())
}

/// Fetches what a link names. The link is the model's.
#[jit_tool(base_url = "https://api.test/v1/")]
async fn follow_link(cx: &ToolContext, link: String) -> Result<String, ToolError> {
    cx.http().get(link).send().await?;
    Ok(String::new())
}

/// Hands out the token for what a link names, for another client.
#[jit_tool(base_url = "https://api.test/v1")]
async fn hand_out(cx: &ToolContext, link: &str) -> Result<String, ToolError> {
    Ok(cx.access_token(link).await?.map_or("none", |_| "some").to_owned())
}

async fn task(world: &World, policy: Policy) -> JitContext {
    JitContext::builder(&world.agent, "test").policy(policy).create_task().await.unwrap()
}

/// A policy that sends the agent's own token to all of the API.
fn telling() -> Policy {
    Policy::new().send_agent_token_to(API).unwrap()
}

#[tokio::test]
async fn what_a_model_writes_is_one_segment_or_one_value() {
    let world = World::new();
    let jit = task(&world, telling()).await;
    for (id, segment) in [
        ("doc_9982", "doc_9982"),
        ("Q3 report", "Q3%20report"),
        ("a/b", "a%2Fb"),
        ("a?admin=1#", "a%3Fadmin%3D1%23"),
        ("a@evil.test:1", "a%40evil.test%3A1"),
        ("a\\b\t\n", "a%5Cb%09%0A"),
    ] {
        let arguments = serde_json::json!({"document_id": id, "query": "x&limit=1000#"}).to_string();
        tools![fetch_document].call(&jit, "fetch_document", arguments).await.unwrap();
        let sent = world.network.sent_to(API).pop().unwrap();
        let expected = format!("GET {API}/v1/documents/{segment}/text?q=x%26limit%3D1000%23&limit=10");
        assert_eq!((sent.line, sent.token.is_some()), (expected, true));
    }
}

#[tokio::test]
async fn a_value_that_would_call_another_path_is_not_sent() {
    let world = World::new();
    let jit = task(&world, telling()).await;
    for id in ["../../admin/users", "..", ".", "%2e%2e/admin", "..\\admin", ".\t./admin", "..\n/x", "..;/admin", ""] {
        let arguments = serde_json::json!({"document_id": id, "query": ""}).to_string();
        let error = tools![fetch_document].call(&jit, "fetch_document", arguments).await.unwrap_err();
        assert!(error.for_model().starts_with("Nothing was sent: the value of `{document_id}`"), "{error}");
        assert!(error.for_model().ends_with("Correct it and call the tool again."), "{error}");
    }
    assert!(world.network.sent_to(API).is_empty());
}

#[tokio::test]
async fn a_text_that_a_parser_would_change_is_not_sent() {
    let world = World::new();
    let jit = task(&world, telling()).await;
    let cx = ToolContext::new(&jit);
    for link in [
        "https://api.test/v1/documents/../../admin",
        "https://api.test/v1/documents/%2e%2e/admin",
        "https://api.test/v1/documents/..%2fadmin",
        "https://api.test\\v1\\..\\admin",
        "https://api.test/v1/.\t./admin",
        "https://api.test/v1/x\n",
        " https://api.test/",
        "https://user@api.test/",
        "https://api.test/#x",
        "https://%61pi.test/",
        "https://0x7f.1/",
        "https:api.test/",
    ] {
        let error = cx.http().get(link).send().await.unwrap_err();
        assert!(error.is_refused_url() && matches!(error, ResourceError::Url(_)), "{link:?}: {error}");
        // Another client might read it in another way again.
        assert!(cx.access_token(link).await.is_err(), "{link:?}");
        let body = br#"{"authorization_details":[{"type":"note"}]}"#;
        let challenge = cx.challenge(link, http::StatusCode::FORBIDDEN, &http::HeaderMap::new(), body);
        assert!(challenge.is_none(), "{link:?}");
    }
    assert!(world.network.sent().iter().all(|sent| sent.line.contains("authority.test")));
}

#[tokio::test]
async fn the_requests_of_a_tool_stay_below_its_base_url() {
    let world = World::new();
    let jit = task(&world, telling()).await;
    let tools = tools![follow_link, hand_out];
    for (path, is_below) in [
        ("/v1/documents", true),
        ("/v1/a%2Fb?up=..", true),
        ("/%761/documents", true),
        ("/v10/documents", false),
        ("/v1", false),
        ("/admin", false),
        ("/v1%2Fdocuments", false),
        (".evil.test/v1/documents", false),
        (":444/v1/documents", false),
    ] {
        let before = world.network.sent().len();
        let arguments = serde_json::json!({"link": format!("{API}{path}")}).to_string();
        let outcome = tools.call(&jit, "follow_link", arguments.clone()).await;
        assert_eq!(outcome.is_ok(), is_below, "{path}");
        if let Err(error) = outcome {
            assert!(error.to_string().contains("https://api.test/v1/"), "{error}");
            assert!(error.for_model().starts_with("Nothing was sent"), "{error}");
            assert_eq!(world.network.sent().len(), before, "{path}");
        }
        let handed_out = tools.call(&jit, "hand_out", arguments).await;
        assert_eq!(handed_out.is_ok(), is_below || path == "/v1", "{path}");
    }
    let http = tools.call(&jit, "follow_link", r#"{"link":"http://api.test/v1/documents"}"#).await;
    assert!(http.unwrap_err().for_model().starts_with("Nothing was sent"));
}

#[tokio::test]
async fn requests_stay_below_what_the_policy_names() {
    let world = World::new();
    let policy = telling().allow_requests_to(format!("{API}/v1")).unwrap();
    let policy = policy.allow_requests_to("https://other.test").unwrap();
    let jit = task(&world, policy).await;
    let cx = ToolContext::new(&jit);
    let of_owner = jit.escalating(jit_tools::policy::Entitlement::default());
    for (link, is_allowed) in [
        ("https://api.test/v1/documents", true),
        ("https://api.test/v10/documents", false),
        ("https://api.test/open", false),
        ("https://elsewhere.test/v1", false),
    ] {
        // A URL that was parsed elsewhere is held to it as well.
        let parsed = url!("{link}").unwrap();
        for outcome in [cx.http().get(link).send().await, of_owner.http().get(&parsed).send().await] {
            let is_refused = matches!(&outcome, Err(error) if matches!(error, ResourceError::NotAllowed));
            assert_eq!(is_refused, !is_allowed, "{link}: {outcome:?}");
        }
        assert_eq!(cx.access_token(&parsed).await.is_ok(), is_allowed, "{link}");
    }
}

#[tokio::test]
async fn the_agents_own_token_goes_below_the_named_url_only() {
    let world = World::new();
    let jit = task(&world, Policy::new().send_agent_token_to(format!("{API}/v1")).unwrap()).await;
    let cx = ToolContext::new(&jit);
    for (path, is_sent) in [("/v1", true), ("/v1/x", true), ("/%76%31/x", true), ("/v10", false), ("/admin", false)] {
        cx.http().get(format!("{API}{path}")).send().await.unwrap();
        let sent = world.network.sent_to(API).pop().unwrap();
        assert_eq!(sent.token.is_some(), is_sent, "{path}");
        assert_eq!(cx.access_token(format!("{API}{path}")).await.unwrap().is_some(), is_sent, "{path}");
    }
}
