//! Each attribute of `#[jit_tool]` does at run time what it says.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use jit_tools::{
    Agent, ApprovalWait, Clock as _, Item, JitContext, Json, LumoAuthAgent, Runner, Tool, ToolContext, ToolError,
    export::{ExportOptions, Provider},
    jit_tool,
    local_authority::LocalAuthority,
    testing::ScriptedModel,
    tool::{CallApprover, CallOptions, ContentPart, Retry},
    tools, url,
};
use serde_json::{Value, json};

use crate::support::{API, EventfulClock, World, note};

static RUNS: AtomicUsize = AtomicUsize::new(0);

async fn read(cx: &ToolContext, id: &str) -> Result<String, ToolError> {
    Ok(cx.http().get(url!("{API}/notes/{id}")).send().await?.error_for_status()?.text().await?)
}

/// Reads a note.
#[jit_tool(retry = "never", may_request(type = "note", actions = ["read"], identifier = "{id}"))]
async fn read_never(cx: &ToolContext, id: &str) -> Result<String, ToolError> {
    read(cx, id).await
}

/// Reads a note, and counts how often its body runs.
#[jit_tool(retry = "body", may_request(type = "note", actions = ["read"], identifier = "{id}"))]
async fn read_body(cx: &ToolContext, id: &str) -> Result<String, ToolError> {
    RUNS.fetch_add(1, Ordering::SeqCst);
    read(cx, id).await
}

/// Returns a challenge that another client met.
#[jit_tool(retry = "request", may_request(type = "note", actions = ["read"], identifier = "{id}"))]
async fn read_elsewhere(cx: &ToolContext, id: &str) -> Result<String, ToolError> {
    let body = json!({ "error": "insufficient_authorization_details", "authorization_details_hint": note("read", id) });
    let (status, headers) = (http::StatusCode::FORBIDDEN, http::HeaderMap::new());
    let challenge = cx.challenge(format!("{API}/notes/{id}"), status, &headers, body.to_string().as_bytes());
    Err(challenge.unwrap_or_else(|| ToolError::new("not a challenge")))
}

#[tokio::test]
async fn a_tool_that_never_retries_asks_for_nothing() {
    let world = World::new();
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    let error = tools![read_never].call(&jit, "read_never", r#"{"id":"n1"}"#).await.unwrap_err();
    assert_eq!(error.for_model(), "The API answered 403 Forbidden.");
    assert_eq!((world.asked("/jit/request"), world.network.sent_to(API).len()), (0, 1));
}

#[tokio::test]
async fn a_body_is_run_again_in_place_of_a_request() {
    let world = World::new();
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    let output = tools![read_body].call(&jit, "read_body", r#"{"id":"n1"}"#).await.unwrap();
    assert_eq!((output.as_text(), RUNS.load(Ordering::SeqCst)), ("a note", 2));
    let sent = world.network.sent_to(API);
    assert_eq!(sent.iter().map(|sent| sent.token.is_some()).collect::<Vec<_>>(), [false, true]);
}

/// Deletes a note. A person has to approve that.
#[jit_tool(approval = "suspend", ttl = "5m", may_request(type = "note", actions = ["delete"], identifier = "{id}"))]
async fn delete_suspended(cx: &ToolContext, id: &str) -> Result<String, ToolError> {
    Ok(cx.http().delete(url!("{API}/notes/{id}")).send().await?.error_for_status()?.text().await?)
}

/// Deletes a note. A person has to approve that.
#[jit_tool(approval = "wait", timeout = "2s", may_request(type = "note", actions = ["delete"], identifier = "{id}"))]
async fn delete_waiting(cx: &ToolContext, id: &str) -> Result<String, ToolError> {
    Ok(cx.http().delete(url!("{API}/notes/{id}")).send().await?.error_for_status()?.text().await?)
}

#[tokio::test]
async fn a_tool_that_suspends_does_not_wait_and_asks_for_a_token_of_its_lifetime() {
    let world = World::new();
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    let error = tools![delete_suspended].call(&jit, "delete_suspended", r#"{"id":"n1"}"#).await.unwrap_err();
    assert!(error.is_pending() && world.clock.sleeps().is_empty(), "{error}");
    assert_eq!(error.escalation().unwrap().pending().unwrap().requested_ttl, Some(300));
    let requests = world.network.sent();
    let asked = requests.iter().find(|sent| sent.line.ends_with("/jit/request")).unwrap();
    let body: Value = serde_json::from_slice(&asked.body).unwrap();
    assert_eq!(body["requested_ttl"], 300);
}

/// Reads a note.
#[jit_tool(may_request(type = "note", actions = ["read"], identifier = "n1"))]
async fn read_at_leisure(cx: &ToolContext) -> Result<String, ToolError> {
    Ok(cx.http().get(format!("{API}/notes/n1")).send().await?.error_for_status()?.text().await?)
}

/// Reads a note with a token that lives a minute.
#[jit_tool(ttl = "60s", may_request(type = "note", actions = ["read"], identifier = "n1"))]
async fn read_briefly(cx: &ToolContext) -> Result<String, ToolError> {
    Ok(cx.http().get(format!("{API}/notes/n1")).send().await?.error_for_status()?.text().await?)
}

#[tokio::test]
async fn a_tool_with_a_lifetime_uses_no_token_that_lives_longer() {
    let world = World::new();
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    let tools = tools![read_at_leisure, read_briefly];
    // Each call, how long after the one before, and how many tokens there were then.
    let calls = [
        ("read_at_leisure", 0, 1),
        ("read_briefly", 400, 2),
        ("read_briefly", 10, 2),
        ("read_at_leisure", 10, 2),
        // The short one has ended, and the long one has less than a minute left.
        ("read_briefly", 140, 3),
    ];
    for (tool, after, tokens) in calls {
        world.clock.advance(Duration::from_secs(after));
        let now = world.clock.system_time();
        assert_eq!(tools.call(&jit, tool, "{}").await.unwrap().as_text(), "a note");
        let issued = world.authority.issued_tokens();
        assert_eq!(issued.len(), tokens, "{tool} after {after} s");
        if tool == "read_briefly" && after > 10 {
            assert!(issued[tokens - 1].expires_at <= now + Duration::from_secs(60));
        }
    }
}

fn approving(
    after: usize,
) -> impl FnOnce(jit_tools::testing::ManualClock, Arc<LocalAuthority>) -> Arc<dyn jit_tools::Clock> {
    move |clock, authority| {
        let event = move || {
            for request in authority.pending() {
                let approval = authority.approve(&request.request_id);
                futures_util::FutureExt::now_or_never(approval).unwrap().unwrap();
            }
        };
        Arc::new(EventfulClock { clock, after, event })
    }
}

async fn impatient(agent: &LumoAuthAgent) -> JitContext {
    JitContext::builder(agent, "test").approval_wait(ApprovalWait::none()).create_task().await.unwrap()
}

#[tokio::test]
async fn a_tool_that_waits_does_so_in_a_task_that_does_not_and_the_wait_is_no_time_of_its_own() {
    let world = World::with_clock(approving(8));
    let jit = impatient(&world.agent).await;
    let output = tools![delete_waiting].call(&jit, "delete_waiting", r#"{"id":"n1"}"#).await.unwrap();
    assert_eq!(output.as_text(), "a note");
    let waited: Duration = world.clock.sleeps().iter().sum();
    assert!(waited > Duration::from_secs(5), "it waited {waited:?}, which is more than its timeout");
}

#[tokio::test]
async fn a_tool_that_takes_too_long_is_stopped() {
    /// Never ends.
    #[jit_tool(timeout = "30s")]
    async fn endless() {
        std::future::pending().await
    }
    let world = World::new();
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    let error = tools![endless].call(&jit, "endless", "{}").await.unwrap_err();
    assert!(error.is_timed_out(), "{error}");
    assert_eq!(error.for_model(), "The tool did not finish in time.");
    assert_eq!(world.clock.sleeps(), [Duration::from_secs(30)]);
}

#[tokio::test]
async fn a_body_that_may_only_send_requests_again_is_not_run_again() {
    let world = World::new();
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    let error = tools![read_elsewhere].call(&jit, "read_elsewhere", r#"{"id":"n1"}"#).await.unwrap_err();
    assert!(error.challenge().is_some(), "{error}");
    assert_eq!(world.asked("/jit/request"), 0);
}

/// Pays.
#[jit_tool(needs_approval)]
async fn pay(amount: u32) -> String {
    format!("paid {amount}")
}

struct Frugal(Mutex<Vec<String>>);

#[async_trait::async_trait]
impl CallApprover for Frugal {
    async fn approves(&self, tool: &str, arguments: &str) -> bool {
        self.0.lock().unwrap().push(format!("{tool} {arguments}"));
        arguments.contains("10}")
    }
}

#[tokio::test]
async fn a_tool_that_needs_an_approval_is_run_with_one_only() {
    let world = World::new();
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    let tools = tools![pay];
    let error = tools.call(&jit, "pay", r#"{"amount":10}"#).await.unwrap_err();
    assert!(error.is_not_approved() && error.to_string().contains("CallOptions::approver"), "{error}");
    let frugal = Arc::new(Frugal(Mutex::default()));
    let options = CallOptions::new().approver(frugal.clone());
    let output = tools.call_with(&jit, "pay", r#"{"amount":10}"#, &options).await.unwrap();
    assert_eq!(output.as_text(), "paid 10");
    let error = tools.call_with(&jit, "pay", r#"{"amount":11}"#, &options).await.unwrap_err();
    assert!(error.is_not_approved() && error.for_model().contains("was not run"), "{error}");
    assert_eq!(*frugal.0.lock().unwrap(), [r#"pay {"amount":10}"#, r#"pay {"amount":11}"#]);
}

#[tokio::test]
async fn a_runner_gives_its_options_to_each_call() {
    let world = World::new();
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    let model = ScriptedModel::new().calls([("pay", r#"{"amount":10}"#)]).says("done");
    let agent = Agent::builder("Payer").tools(tools![pay]).model(model).build();
    let options = CallOptions::new().approver(Arc::new(Frugal(Mutex::default())));
    let result = Runner::new(&jit).call_options(&options).run(&agent, "Pay.").await.unwrap();
    assert!(matches!(&result.items()[2], Item::ToolResult(result) if result.text == "paid 10"), "{:?}", result.items());
}

/// Says all that can be said about a tool.
#[jit_tool(
    title = "Read or write",
    preflight,
    retry = "body",
    strict = false,
    read_only = false,
    destructive,
    idempotent = true,
    open_world = false,
    may_request(type = "note")
)]
async fn described(id: String) -> Json<Vec<String>> {
    Json(vec![id])
}

/// Is strict where others are not.
#[jit_tool(strict)]
async fn strict(id: String) -> String {
    id
}

#[test]
fn hints_and_titles_are_exported() {
    let definition = Tool::definition(&described {});
    assert_eq!(definition.title(), Some("Read or write"));
    assert!(definition.rules().preflight);
    assert_eq!(definition.rules().retry, Retry::Body);
    let exported = tools![described].export(Provider::Mcp20251125).unwrap();
    let tool = &exported.tools()[0];
    assert_eq!(tool["title"], "Read or write");
    assert_eq!(
        tool["annotations"],
        json!({ "readOnlyHint": false, "destructiveHint": true, "idempotentHint": true, "openWorldHint": false })
    );
    assert_eq!(definition.output().unwrap().as_value()["type"], "array");
}

#[test]
fn a_tool_may_be_strict_or_plain_whatever_the_export_is() {
    let strictness = |options: ExportOptions| {
        let exported = tools![described, strict].export_with(&options).unwrap();
        let of = |index: usize| exported.tools()[index]["function"]["strict"] == true;
        (of(0), of(1))
    };
    assert_eq!(strictness(ExportOptions::new(Provider::OpenAiChat)), (false, true));
    assert_eq!(strictness(ExportOptions::new(Provider::OpenAiChat).strict()), (false, true));
    assert_eq!(strictness(ExportOptions::new(Provider::OpenAiChat).relaxed("strict")), (false, false));
    // A provider without a strict mode takes the plain form.
    assert!(tools![strict].export(Provider::Ollama).is_ok());
}

#[tokio::test]
async fn a_tool_with_preflight_asks_before_it_sends() {
    /// Reads a note.
    #[jit_tool(
        preflight,
        may_request(type = "note", actions = ["read"], identifier = "n1", locations = ["https://api.test/notes/n1"])
    )]
    async fn early(cx: &ToolContext) -> Result<String, ToolError> {
        read(cx, "n1").await
    }
    let world = World::new();
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    let _ = tools![early].call(&jit, "early", "{}").await;
    let sent = world.network.sent();
    let asked = sent.iter().position(|sent| sent.line.ends_with("/jit/request")).unwrap();
    let first = sent.iter().position(|sent| sent.line.contains(API)).unwrap();
    assert!(
        asked < first && sent[first].token.is_some(),
        "{:?}",
        sent.iter().map(|sent| &sent.line).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn an_output_that_is_not_what_its_schema_says_is_told_in_debug_builds() {
    struct Liar;
    impl serde::Serialize for Liar {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_str("not a number")
        }
    }
    impl schemars::JsonSchema for Liar {
        fn schema_name() -> std::borrow::Cow<'static, str> {
            "Liar".into()
        }
        fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
            schemars::json_schema!({ "type": "integer" })
        }
    }
    /// Lies.
    #[jit_tool]
    async fn lie() -> Json<Liar> {
        Json(Liar)
    }
    let world = World::new();
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    let outcome = tools![lie].call(&jit, "lie", "{}").await;
    if cfg!(debug_assertions) {
        let error = outcome.unwrap_err();
        assert!(error.to_string().contains("is not what its output schema says"), "{error}");
    } else {
        assert!(outcome.is_ok());
    }
}

#[tokio::test]
async fn parts_are_kept_and_are_texts_to_a_model() {
    /// Draws.
    #[jit_tool]
    async fn draw() -> Vec<ContentPart> {
        let image = ContentPart::Image { media_type: "image/png".to_owned(), data: vec![1, 2].into() };
        let resource =
            ContentPart::Resource { uri: "https://a.test/b".to_owned(), media_type: None, text: Some("b".to_owned()) };
        vec![ContentPart::Text("A drawing.".to_owned()), image, resource]
    }
    let world = World::new();
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    let output = tools![draw].call(&jit, "draw", "{}").await.unwrap();
    assert_eq!(output.as_text(), "A drawing.\n[an image, image/png, 2 bytes]\nb");
    assert_eq!(output.content().len(), 3);
    assert_eq!(output.structured(), None);
}
