//! Permissions that are asked for before an API says that they are missing.

use std::sync::Arc;

use async_trait::async_trait;
use jit_tools::{
    ApprovalWait, AuthorizationDetail, JitContext, Policy, Tool, ToolContext, ToolError, Toolset,
    policy::Entitlement,
    tool::{Retry, ToolDefinition, ToolOutput},
};

use crate::support::{API, World, note};

/// Touches the note n1 at the API, and asks up front for what it declares.
struct Touch {
    definition: ToolDefinition,
    method: http::Method,
    path: &'static str,
    declares: AuthorizationDetail,
}

#[async_trait]
impl Tool for Touch {
    fn definition(&self) -> &ToolDefinition {
        &self.definition
    }

    fn entitlement(&self, _: &str) -> Result<Entitlement, ToolError> {
        Ok(Entitlement::default().may_request(self.declares.clone()))
    }

    fn asks_up_front(&self) -> bool {
        true
    }

    async fn call(&self, cx: &ToolContext) -> Result<ToolOutput, ToolError> {
        let response = cx.http().request(self.method.clone(), format!("{API}{}", self.path)).send().await?;
        let status = response.status();
        let error = response.escalation_error().map(ToString::to_string).unwrap_or_default();
        Ok(ToolOutput::text(format!("{} {error}", status.as_u16())))
    }
}

fn touch(method: http::Method, path: &'static str, declares: AuthorizationDetail) -> Toolset {
    let schema = serde_json::json!({"type": "object", "properties": {}});
    let definition = ToolDefinition::with_schema("touch", "Touches a note.", schema).unwrap();
    let mut tools = Toolset::new();
    tools.add(Arc::new(Touch { definition, method, path, declares })).unwrap();
    tools
}

fn placed(detail: AuthorizationDetail) -> AuthorizationDetail {
    detail.locations([format!("{API}/placed")])
}

async fn call(jit: &JitContext, tools: &Toolset) -> String {
    tools.call(jit, "touch", "{}").await.unwrap().as_text().to_owned()
}

#[tokio::test]
async fn a_permission_with_the_address_in_its_locations_saves_the_first_403() {
    let world = World::new();
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    let tools = touch(http::Method::GET, "/placed/n1", placed(note("read", "n1")));
    assert_eq!(call(&jit, &tools).await, "200 ");
    // One request to the API, with the token; a second call uses the token that is held.
    assert_eq!(world.network.sent_to(API).len(), 1);
    assert_eq!(call(&jit, &tools).await, "200 ");
    assert_eq!((world.network.sent_to(API).len(), world.asked("/jit/request")), (2, 1));
    let issued = world.authority.issued_tokens();
    assert_eq!(issued[0].authorization_details, [placed(note("read", "n1"))]);
}

#[tokio::test]
async fn a_held_token_that_was_revoked_at_the_other_end_is_replaced_once() {
    let world = World::new();
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    let tools = touch(http::Method::GET, "/placed/n1", placed(note("read", "n1")));
    assert_eq!(call(&jit, &tools).await, "200 ");
    world.revoke_the_last_token().await;
    world.clock.advance(std::time::Duration::from_secs(1));
    assert_eq!(call(&jit, &tools).await, "200 ");
    assert_eq!((world.network.sent_to(API).len(), world.asked("/jit/request")), (3, 2));
}

#[tokio::test]
async fn a_tool_that_asks_for_nothing_does_not_ask_up_front() {
    let world = World::new();
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    let schema = serde_json::json!({"type": "object", "properties": {}});
    let definition = ToolDefinition::with_schema("touch", "Touches a note.", schema).unwrap();
    let definition = definition.with_rules(|rules| rules.retry = Retry::Never);
    let declares = placed(note("read", "n1"));
    let tool = Touch { definition, method: http::Method::GET, path: "/placed/n1", declares };
    let mut tools = Toolset::new();
    tools.add(Arc::new(tool)).unwrap();
    assert_eq!(call(&jit, &tools).await, "403 ");
    assert_eq!((world.network.sent_to(API).len(), world.asked("/jit/request")), (1, 0));
}

#[tokio::test]
async fn an_address_that_the_permission_does_not_name_is_asked_first() {
    let world = World::new();
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    assert_eq!(call(&jit, &touch(http::Method::GET, "/notes/n1", note("read", "n1"))).await, "200 ");
    let sent = world.network.sent_to(API);
    assert_eq!((sent.len(), sent[0].token.is_none(), sent[1].token.is_some()), (2, true, true));
}

#[tokio::test]
async fn a_denial_up_front_is_not_asked_about_again_and_the_api_has_the_last_word() {
    let world = World::new();
    let jit =
        JitContext::builder(&world.agent, "test").approval_wait(ApprovalWait::none()).create_task().await.unwrap();
    // Deleting needs a person, who is not waited for; the API then says what it wants, which is the same, anywhere.
    let tools = touch(http::Method::DELETE, "/notes/n1", note("delete", "n1").locations([format!("{API}/notes")]));
    let told = call(&jit, &tools).await;
    assert!(told.starts_with("403 ") && told.len() > "403 ".len(), "{told}");
    assert_eq!((world.network.sent_to(API).len(), world.asked("/jit/request"), world.served()), (1, 1, 0));
    assert!(world.network.sent_to(API)[0].token.is_none());

    // An API that needs nothing answers.
    let open = touch(http::Method::GET, "/open", note("delete", "n2").locations([format!("{API}/open")]));
    assert_eq!(call(&jit, &open).await, "200 ");
}

#[tokio::test]
async fn an_api_that_wants_something_else_than_the_tool_asked_for_up_front_gets_only_what_the_tool_may() {
    let world = World::new();
    let jit = JitContext::builder(&world.agent, "test")
        .policy(Policy::new().send_agent_token_to(API).unwrap())
        .create_task()
        .await
        .unwrap();
    // It declares another note than the one that it reads: the token is of no use, and nothing more may be asked for.
    let told = call(&jit, &touch(http::Method::GET, "/notes/n1", note("read", "n2"))).await;
    assert!(
        told.starts_with("403 ")
            && told.contains(r#"`"note" ["read"] "n1" +1 more member`, which this tool may not request"#),
        "{told}"
    );
    assert_eq!((world.network.sent_to(API).len(), world.asked("/jit/request")), (1, 1));
}

#[tokio::test]
async fn a_held_token_that_the_api_rejects_is_asked_for_again_once() {
    // What the API answers in turn, how each call ends, and how often the authority is asked.
    let cases: [(&[&[u16]], &str, usize); 3] = [
        (&[&[200], &[401, 200]], "200 ", 2),
        (&[&[200], &[401, 401]], "401 the API does not accept", 2),
        (&[&[401], &[401], &[401]], "401 ", 1),
    ];
    for (calls, last, asked) in cases {
        let script = Arc::new(std::sync::Mutex::new(std::collections::VecDeque::new()));
        let answers = Arc::clone(&script);
        let api = axum::Router::new().fallback(move || {
            let status: u16 = answers.lock().unwrap().pop_front().expect("no request more than the script has");
            async move { http::StatusCode::from_u16(status).unwrap() }
        });
        let world = World::with_api(API, api);
        let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
        let tools = touch(http::Method::GET, "/placed/n1", placed(note("read", "n1")));
        let mut told = String::new();
        for answers in calls {
            world.clock.advance(std::time::Duration::from_secs(1));
            script.lock().unwrap().extend(*answers);
            told = call(&jit, &tools).await;
            assert!(script.lock().unwrap().is_empty(), "{calls:?}");
        }
        assert!(told.starts_with(last), "{told}");
        assert_eq!(world.asked("/jit/request"), asked, "{calls:?}");
    }
}
