//! Secrets go through every path, and appear nowhere: not in `Debug` or `Display`, not in tracing at any level, not in a
//! panic, not in what a model sees, not in the journal, not in the audit log.
//!
//! A test program of its own, since it takes all of the process's tracing.

use std::{
    collections::BTreeSet,
    fmt::{Debug, Display},
    io::Write,
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    http::{Request, Response, StatusCode},
};
use jit_tools::{
    Agent, ApprovalWait, FileJournal, Item, JitContext, LumoAuthAgent, Policy, Runner, ToolContext, ToolError,
    audit::JsonLinesAudit,
    jit_tool,
    local_authority::LocalAuthority,
    resource_server::{JitLayer, TokenVerifier},
    testing::{ManualClock, ScriptedModel},
    tools,
    transport::{HttpTransport, ResponseBody, SharedTransport, Transport, TransportError, read_body},
};
use tokio::net::TcpListener;

const SECRET: &str = "canary-client-secret";
const REVIEWER: &str = "canary-reviewer-text";
/// The base64 of `canary-webhook-secret-24`.
const WEBHOOKS: &str = "whsec_Y2FuYXJ5LXdlYmhvb2stc2VjcmV0LTI0";

/// All that was written anywhere, from all tests.
#[derive(Clone, Debug, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn add(&self, what: impl Debug + Display) {
        writeln!(self.clone(), "{what} {what:?} {what:#?}").unwrap();
    }

    fn add_debug(&self, what: impl Debug) {
        writeln!(self.clone(), "{what:?} {what:#?}").unwrap();
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Takes the process's tracing at its finest, and its panics.
fn written() -> Written {
    static WRITTEN: OnceLock<Written> = OnceLock::new();
    WRITTEN
        .get_or_init(|| {
            let written = Written::default();
            let writer = written.clone();
            tracing_subscriber::fmt()
                .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
                .with_ansi(false)
                .with_writer(move || writer.clone())
                .init();
            let panics = written.clone();
            std::panic::set_hook(Box::new(move |panic| panics.add(panic)));
            written
        })
        .clone()
}

/// A transport that notes every token that passes, either way.
#[derive(Debug)]
struct Noting {
    http: HttpTransport,
    tokens: Mutex<BTreeSet<String>>,
}

#[async_trait::async_trait]
impl Transport for Noting {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<ResponseBody>, TransportError> {
        if let Some(bearer) = request.headers().get("authorization") {
            let token = bearer.to_str().unwrap().trim_start_matches("Bearer ").to_owned();
            self.tokens.lock().unwrap().insert(token);
        }
        let (head, body) = self.http.send(request).await?.into_parts();
        let body = read_body(body, 1 << 20).await.map_err(|error| TransportError::broken("the test", error))?;
        if let Ok(answer) = serde_json::from_slice::<serde_json::Value>(&body)
            && let Some(token) = answer["access_token"].as_str()
        {
            self.tokens.lock().unwrap().insert(token.to_owned());
        }
        Ok(Response::from_parts(head, http_body(body)))
    }
}

fn http_body(bytes: Bytes) -> ResponseBody {
    use http_body_util::BodyExt as _;
    http_body_util::Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
}

/// Touches a note.
#[jit_tool(
    justification = "Touching {id}",
    may_request(type = "note", actions = ["read"], identifier = "{id}"),
    may_request(type = "note", actions = ["delete"], identifier = "{id}")
)]
async fn touch(cx: &ToolContext, url: String, method: String, id: String) -> Result<String, ToolError> {
    written().add_debug(cx);
    let request = cx.http().request(method.parse()?, format!("{url}/notes/{id}"));
    written().add_debug(&request);
    let response = request.send().await?;
    written().add_debug(&response);
    Ok(response.error_for_status()?.text().await?)
}

struct World {
    authority: LocalAuthority,
    api: String,
    clock: ManualClock,
    transport: Arc<Noting>,
}

impl World {
    async fn start() -> Self {
        let clock = ManualClock::new();
        let authority = LocalAuthority::builder().client("agt_x", SECRET).clock(clock.shared());
        let authority = authority
            .user("ann@acme.com")
            .webhook_origin("https://hooks.test".parse().unwrap())
            .webhook_secret(WEBHOOKS);
        written().add_debug(&authority);
        let authority = authority.start().await.unwrap();
        written().add_debug(&authority);
        let verifier = TokenVerifier::builder(authority.url(), authority.org())
            .client("agt_x", SECRET)
            .clock(clock.shared())
            .build()
            .unwrap();
        written().add_debug(&verifier);
        let router = Router::new().fallback(|| async { "a note" }).layer(JitLayer::new(verifier, |request| {
            let action = if request.method == "GET" { "read" } else { "delete" };
            let id = request.uri.path().strip_prefix("/notes/").unwrap_or_default();
            Some(jit_tools::AuthorizationDetail::new("note").actions([action]).identifier(id))
        }));
        let api = serve(router).await;
        let transport = Arc::new(Noting { http: HttpTransport::new().unwrap(), tokens: Mutex::default() });
        Self { authority, api, clock, transport }
    }

    fn agent(&self) -> LumoAuthAgent {
        let builder = LumoAuthAgent::builder()
            .url(self.authority.url())
            .org(self.authority.org())
            .client_id("agt_x")
            .client_secret(SECRET)
            .clock(self.clock.shared())
            .transport(self.transport.clone() as SharedTransport);
        written().add_debug(&builder);
        let agent = builder.build().unwrap();
        written().add_debug(&agent);
        agent
    }

    async fn task(&self) -> JitContext {
        let jit = JitContext::builder(&self.agent(), "test")
            .policy(Policy::new().send_agent_token_to(&self.api).unwrap())
            .approval_wait(ApprovalWait { interval: Duration::from_secs(5), limit: Duration::from_secs(10) })
            .audit(Arc::new(JsonLinesAudit::new(written())))
            .create_task()
            .await
            .unwrap();
        written().add_debug(&jit);
        jit
    }

    fn arguments(&self, method: &str, id: &str) -> String {
        serde_json::json!({"url": self.api, "method": method, "id": id}).to_string()
    }

    /// Nothing that was written holds a secret, or a token that passed.
    fn assert_nothing_leaked(&self) {
        let written = String::from_utf8_lossy(&written().0.lock().unwrap()).into_owned();
        let tokens = self.transport.tokens.lock().unwrap().clone();
        assert!(written.contains("jit_tools"), "tracing is not taken");
        assert!(tokens.len() >= 2, "no token has passed");
        for secret in tokens.iter().map(String::as_str).chain([SECRET, REVIEWER, WEBHOOKS, &WEBHOOKS[6..]]) {
            if let Some(at) = written.find(secret) {
                let around = written[at.saturating_sub(400)..].chars().take(500).collect::<String>();
                panic!("a secret is written in: {around}");
            }
        }
    }
}

async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

#[tokio::test]
async fn a_run_that_succeeds_is_denied_waits_and_errs_writes_no_secret() {
    let world = World::start().await;
    let jit = world.task().await;
    let (read, delete) = (world.arguments("GET", "n1"), world.arguments("DELETE", "n2"));
    let model = ScriptedModel::new()
        .calls([("touch", read.as_str()), ("touch", delete.as_str()), ("touch", "{"), ("nothing", "{}")])
        .says("done");
    let agent = Agent::builder("test").tools(tools![touch]).model(model.clone()).build();
    written().add_debug(&agent);
    let result = Runner::new(&jit).run(&agent, "Go.").await.unwrap();
    written().add_debug(&result);
    written().add_debug(model.asked());
    let waits = result.items().iter().any(|item| match item {
        Item::ToolResult(result) => result.text.contains("nobody has decided"),
        _ => false,
    });
    assert!(waits, "{result:?}");

    // Now a person says no, with words of their own.
    let id = world.authority.pending()[0].request_id.clone();
    world.authority.deny(&id, Some(REVIEWER), Some(REVIEWER)).await.unwrap();
    let error = tools![touch].call(&jit, "touch", delete).await.unwrap_err();
    assert!(error.is_denied());
    written().add(&error);
    written().add(error.for_model());
    let mut source = error.source();
    while let Some(beneath) = source {
        written().add(beneath);
        source = beneath.source();
    }

    let permission =
        jit.request_permission(&jit_tools::AuthorizationDetail::new("note").actions(["read"]), None).await.unwrap();
    written().add_debug(&permission);
    written().add_debug(jit.get_token(&permission).await.unwrap());
    jit.complete_task().await.unwrap();
    world.assert_nothing_leaked();
}

#[tokio::test]
async fn acting_for_a_user_writes_no_secret() {
    let world = World::start().await;
    let user = world.authority.user_token("ann@acme.com").await.unwrap();
    world.transport.tokens.lock().unwrap().insert(user.expose().to_owned());
    world.transport.tokens.lock().unwrap().insert(world.authority.reviewer_token().expose().to_owned());
    let jit = world.task().await;
    let for_ann = jit.delegate_on_behalf_of(&user).await.unwrap();
    written().add_debug(&for_ann);
    written().add_debug(for_ann.agent().agent_info().await.unwrap());
    let direct = for_ann.escalating(jit_tools::policy::Entitlement::default());
    written().add_debug(&direct);
    written().add_debug(direct.http().get(format!("{}/notes/n1", world.api)).send().await.unwrap());
    let read = jit_tools::AuthorizationDetail::new("note").actions(["read"]);
    let permission = for_ann.request_permission(&read, None).await.unwrap();
    let token = for_ann.get_token(&permission).await.unwrap();
    for_ann.revoke(&token.token).await.unwrap();
    world.clock.advance(Duration::from_secs(3600));
    written().add(for_ann.request_permission(&read, None).await.unwrap_err());
    written().add(world.agent().on_behalf_of(&user).await.unwrap_err());
    written().add_debug(&world.authority);
    written().add_debug(world.authority.audit());
    jit.complete_task().await.unwrap();
    world.assert_nothing_leaked();
}

#[tokio::test]
async fn failures_and_panics_write_no_secret() {
    let world = World::start().await;
    let wrong = LumoAuthAgent::builder()
        .url(world.authority.url())
        .org(world.authority.org())
        .client_id("agt_x")
        .client_secret(format!("{SECRET}-wrong"))
        .transport(world.transport.clone() as SharedTransport)
        .build()
        .unwrap();
    written().add(JitContext::create_task(&wrong, "test").await.unwrap_err());

    // An API that answers with everything but what is asked for, and repeats what it got.
    let echoing = serve(Router::new().fallback(|request: axum::extract::Request| async move {
        let token = request.headers().get("authorization").map(|value| value.to_str().unwrap().to_owned());
        (StatusCode::FORBIDDEN, [("insufficient-authorization-details", "%%%".to_owned())], token.unwrap_or_default())
    }))
    .await;
    let redirecting = serve(Router::new().fallback(|request: axum::extract::Request| async move {
        let token = request.headers().get("authorization").unwrap().to_str().unwrap().to_owned();
        (StatusCode::FOUND, [("location", format!("https://evil.test/?token={token}"))], "")
    }))
    .await;
    let policy = Policy::new().trust_origin(&echoing).unwrap().trust_origin(&redirecting).unwrap();
    let jit = JitContext::builder(&world.agent(), "test")
        .policy(policy)
        .audit(Arc::new(JsonLinesAudit::new(written())))
        .create_task()
        .await
        .unwrap();
    let cx = ToolContext::new(&jit);
    let response = cx.http().get(&echoing).send().await.unwrap();
    written().add_debug(&response);
    written().add(ToolError::from(response.error_for_status().unwrap_err()));
    let error = cx.http().get(&redirecting).send().await.unwrap_err();
    written().add(&error);
    written().add(ToolError::from(error).for_model());
    let error = cx.http().get("http://127.0.0.1:1/").header("authorization", SECRET).send().await.unwrap_err();
    written().add(&error);
    let mut source = std::error::Error::source(&error);
    while let Some(beneath) = source {
        written().add(beneath);
        source = beneath.source();
    }

    let agent = world.agent();
    let work = JitContext::run_task(&agent, "test", |jit| async move {
        let token = jit.agent().access_token().await.unwrap();
        if jit.task_id().as_str() != "none" {
            panic!("with a token in hand: {token:?} {jit:?}");
        }
        Ok::<_, std::io::Error>(())
    });
    let panicked = futures_util::FutureExt::catch_unwind(std::panic::AssertUnwindSafe(work)).await;
    assert!(panicked.is_err());
    jit.complete_task().await.unwrap();
    world.assert_nothing_leaked();
}

#[tokio::test]
async fn a_task_that_is_written_down_suspended_and_resumed_writes_no_secret() {
    let world = World::start().await;
    let folder = std::env::temp_dir().join(format!("jit-tools-canaries-{}", std::process::id()));
    let journal = FileJournal::open(&folder).await.unwrap();
    let builder = JitContext::builder(&world.agent(), "test")
        .policy(Policy::new().send_agent_token_to(&world.api).unwrap())
        .approval_wait(ApprovalWait::none())
        .audit(Arc::new(JsonLinesAudit::new(written())))
        .journal(journal.shared());
    written().add_debug(&builder);
    let jit = builder.clone().create_task().await.unwrap();
    tools![touch].call(&jit, "touch", world.arguments("GET", "n1")).await.unwrap();
    let waits = tools![touch].call(&jit, "touch", world.arguments("DELETE", "n1")).await.unwrap_err();
    let pending = waits.escalation().unwrap().pending().unwrap();
    written().add_debug(pending);
    written().add_debug(serde_json::to_string(pending).unwrap());
    let task = jit.suspend(Duration::from_secs(60)).await.unwrap().task;
    for entry in std::fs::read_dir(&folder).unwrap() {
        written().write_all(&std::fs::read(entry.unwrap().path()).unwrap()).unwrap();
    }
    let again = builder.resume_task(task).await.unwrap();
    again.adopt(pending.clone()).unwrap();
    written().add_debug(&again);
    again.complete_task().await.unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(String::from_utf8_lossy(&written().0.lock().unwrap()).contains(r#""kept":"#), "the journal is not taken");
    world.assert_nothing_leaked();
}
