//! A permission and an address name the same thing, whatever it is called and however a model spells it.

use http::StatusCode;
use jit_tools::{JitContext, Policy, ToolContext, ToolError, jit_tool, tools};
use serde_json::json;
use url::Url;

use crate::{
    denials::Person,
    support::{API, World},
};

/// The address of a note, with its name as one segment.
fn address(name: &str) -> Url {
    let mut url = Url::parse(API).unwrap();
    url.path_segments_mut().unwrap().extend(["notes", name]);
    url
}

/// Reads a note.
#[jit_tool(may_request(type = "note", actions = ["read"], identifier = "{name}"))]
async fn read_note(cx: &ToolContext, name: String) -> Result<String, ToolError> {
    let response = cx.http().get(address(&name).as_str()).send().await?;
    Ok(response.error_for_status()?.text().await?)
}

/// Deletes a note.
#[jit_tool(may_request(type = "note", actions = ["delete"], identifier = "{name}"))]
async fn delete_note(cx: &ToolContext, name: String) -> Result<String, ToolError> {
    let response = cx.http().delete(address(&name).as_str()).send().await?;
    Ok(response.error_for_status()?.text().await?)
}

#[tokio::test]
async fn any_name_is_escalated_approved_and_reached() {
    for name in ["Q3 report", "résumé", "50% off? #1", "日本", "n%5F1", "a+b=c"] {
        let world = Person::decides(World::with_clock, [true]);
        let jit = JitContext::create_task(&world.agent, "notes").await.unwrap();
        let toolset = tools![read_note, delete_note];
        for tool in ["read_note", "delete_note"] {
            let result = toolset.call(&jit, tool, json!({ "name": name }).to_string()).await.unwrap();
            assert_eq!(result.as_text(), "a note", "{tool} {name}");
        }
        // What was granted names the note as the model did, and one request each reached the handler.
        let granted = world.authority.live_tokens();
        let named = |action: &str| {
            granted.iter().flat_map(|token| &token.authorization_details).any(|detail| {
                detail.identifier.as_deref() == Some(name)
                    && detail.actions.as_deref().unwrap_or_default().iter().any(|it| it == action)
            })
        };
        assert!(named("read") && named("delete"), "{name}: {granted:?}");
        assert_eq!(world.served(), 2, "{name}");
    }
}

#[tokio::test]
async fn another_spelling_does_not_pass_a_rule_of_the_policy() {
    let world = World::new();
    let policy = Policy::new().trust_origin(API).unwrap().refuse_when(|proposal| {
        (proposal.detail.identifier.as_deref() == Some("n_9982")).then(|| "not this".to_owned())
    });
    let jit = JitContext::builder(&world.agent, "notes").policy(policy).create_task().await.unwrap();
    let cx = ToolContext::new(&jit);
    for (path, status) in [
        ("n_9982", StatusCode::FORBIDDEN),
        ("n%5F9982", StatusCode::BAD_REQUEST),
        ("%6E_9982", StatusCode::BAD_REQUEST),
        ("n%5f9982", StatusCode::BAD_REQUEST),
    ] {
        let response = cx.http().get(format!("{API}/notes/{path}")).send().await.unwrap();
        assert_eq!(response.status(), status, "{path}");
    }
    assert_eq!((world.served(), world.asked("/jit/request")), (0, 0));
    // A name that holds a percent sign is another name, and is asked for as such.
    assert_eq!(cx.http().get(address("n%5F9982").as_str()).send().await.unwrap().status(), StatusCode::OK);
    let granted = world.authority.live_tokens();
    assert_eq!(granted[0].authorization_details[0].identifier.as_deref(), Some("n%5F9982"));
}

#[tokio::test]
async fn another_spelling_does_not_pass_a_denial() {
    let world = Person::decides(World::with_clock, [false]);
    let jit = world.trusting_task().await;
    let cx = ToolContext::new(&jit);
    for (path, status) in [
        ("n_1", StatusCode::FORBIDDEN),
        ("n_1", StatusCode::FORBIDDEN),
        ("n%5F1", StatusCode::BAD_REQUEST),
        ("n_%31", StatusCode::BAD_REQUEST),
    ] {
        let response = cx.http().delete(format!("{API}/notes/{path}")).send().await.unwrap();
        assert_eq!(response.status(), status, "{path}");
    }
    assert_eq!((world.served(), world.asked("/jit/request")), (0, 1));
}
