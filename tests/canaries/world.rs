//! An authority, an API and an agent on real sockets, and every secret that passes between them.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    http::{Request, Response, StatusCode},
};
use jit_tools::{
    ApprovalWait, AuthorizationDetail, JitContext, LumoAuthAgent, Policy,
    audit::{Audit, AuditEvent, JsonLinesAudit, TracingAudit},
    local_authority::LocalAuthority,
    resource_server::{JitLayer, TokenVerifier},
    session::JitContextBuilder,
    testing::ManualClock,
    transport::{HttpTransport, ResponseBody, SharedTransport, Transport, TransportError, read_body},
};
use tokio::net::TcpListener;

use crate::written::{Written, assert_nothing_leaked, written};

pub const SECRET: &str = "canary-client-secret";
/// The base64 of `canary-webhook-secret-24`.
pub const WEBHOOKS: &str = "whsec_Y2FuYXJ5LXdlYmhvb2stc2VjcmV0LTI0";

/// A transport that notes every token that passes, either way. Its own `Debug` says nothing of them.
pub struct Noting {
    http: HttpTransport,
    secrets: Mutex<BTreeSet<String>>,
    /// Whether tasks can no longer be completed.
    is_cut: AtomicBool,
}

impl std::fmt::Debug for Noting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.http.fmt(f)
    }
}

impl Noting {
    pub fn note(&self, secret: &str) {
        self.secrets.lock().unwrap().insert(secret.to_owned());
    }

    fn note_bearer(&self, value: &str) {
        self.note(value.trim_start_matches("Bearer "));
    }

    pub fn cut(&self, is_cut: bool) {
        self.is_cut.store(is_cut, Ordering::SeqCst);
    }

    /// Sends a request and reads the answer.
    pub async fn exchange(&self, request: Request<Bytes>) -> Response<Bytes> {
        let (head, body) = self.send(request).await.unwrap().into_parts();
        Response::from_parts(head, read_body(body, 1 << 20).await.unwrap())
    }
}

#[async_trait::async_trait]
impl Transport for Noting {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<ResponseBody>, TransportError> {
        if let Some(bearer) = request.headers().get("authorization") {
            self.note_bearer(bearer.to_str().unwrap());
        }
        if self.is_cut.load(Ordering::SeqCst) && request.uri().path().ends_with("/complete") {
            return Err(TransportError::broken("the authority", "cut off by the test"));
        }
        let (head, body) = self.http.send(request).await?.into_parts();
        let body = read_body(body, 1 << 20).await.map_err(|error| TransportError::broken("the test", error))?;
        if let Ok(answer) = serde_json::from_slice::<serde_json::Value>(&body)
            && let Some(token) = answer["access_token"].as_str()
        {
            self.note(token);
        }
        Ok(Response::from_parts(head, http_body(body)))
    }
}

fn http_body(bytes: Bytes) -> ResponseBody {
    use http_body_util::BodyExt as _;
    http_body_util::Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
}

/// Both audits that there are, and the events themselves.
#[derive(Debug)]
struct EveryAudit(JsonLinesAudit<Written>);

impl Audit for EveryAudit {
    fn record(&self, event: &AuditEvent) {
        written().add_debug(event);
        self.0.record(event);
        TracingAudit.record(event);
    }
}

pub struct World {
    pub authority: LocalAuthority,
    pub api: String,
    pub clock: ManualClock,
    pub transport: Arc<Noting>,
    /// What a webhook's receiver got.
    pub hooks: tokio::sync::mpsc::Receiver<(axum::http::HeaderMap, Bytes)>,
    pub hooks_url: String,
}

impl World {
    pub async fn start() -> Self {
        let clock = ManualClock::new();
        let (sender, hooks) = tokio::sync::mpsc::channel(8);
        let receive = async move |headers: axum::http::HeaderMap, body: Bytes| {
            sender.send((headers, body)).await.unwrap();
            StatusCode::NO_CONTENT
        };
        let hooks_url = serve(Router::new().route("/hook", axum::routing::post(receive))).await;
        let authority = LocalAuthority::builder()
            .client("agt_x", SECRET)
            .clock(clock.shared())
            .user("ann@acme.com")
            .webhook_origin(hooks_url.parse().unwrap())
            .webhook_secret(WEBHOOKS);
        written().add_debug(&authority);
        let authority = authority.start().await.unwrap();
        written().add_debug(&authority);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let api = format!("http://{}", listener.local_addr().unwrap());
        let verifier = TokenVerifier::builder(authority.url(), authority.org())
            .audience(&api)
            .client("agt_x", SECRET)
            .clock(clock.shared())
            .build()
            .unwrap();
        written().add_debug(&verifier);
        let router = Router::new().fallback(|| async { "a note" }).layer(JitLayer::new(verifier, |request| {
            let action = if request.method() == "GET" { "read" } else { "delete" };
            let ["notes", id] = request.path() else { return None };
            Some(AuthorizationDetail::new("note").actions([action]).identifier(*id))
        }));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let http = HttpTransport::new().unwrap();
        let transport = Arc::new(Noting { http, secrets: Mutex::default(), is_cut: AtomicBool::new(false) });
        for secret in [SECRET, WEBHOOKS, &WEBHOOKS[6..], "canary-webhook-secret-24"] {
            transport.note(secret);
        }
        Self { authority, api, clock, transport, hooks, hooks_url }
    }

    pub fn agent(&self) -> LumoAuthAgent {
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

    /// A task that sends the agent's own token to the API, and waits for a person for 10 s.
    pub fn builder(&self) -> JitContextBuilder {
        self.builder_with(Policy::new().send_agent_token_to(&self.api).unwrap())
    }

    pub fn builder_with(&self, policy: Policy) -> JitContextBuilder {
        written().add_debug(&policy);
        let builder = JitContext::builder(&self.agent(), "test")
            .policy(policy)
            .approval_wait(ApprovalWait { interval: Duration::from_secs(5), limit: Duration::from_secs(10) })
            .audit(Arc::new(EveryAudit(JsonLinesAudit::new(written()))));
        written().add_debug(&builder);
        builder
    }

    pub async fn task(&self) -> JitContext {
        let jit = self.builder().create_task().await.unwrap();
        written().add_debug(&jit);
        jit
    }

    /// The user's token.
    pub async fn user_token(&self) -> jit_tools::AccessToken {
        let token = self.authority.user_token("ann@acme.com").await.unwrap();
        self.transport.note(token.expose());
        token
    }

    pub fn arguments(&self, method: &str, id: &str) -> String {
        serde_json::json!({"url": self.api, "method": method, "id": id}).to_string()
    }

    /// Nothing that was written holds a secret of this world, or a token that passed.
    pub fn assert_nothing_leaked(&self) {
        written().add_debug(&self.authority);
        written().add_debug(self.authority.audit());
        written().add_debug(self.authority.requests());
        written().add_debug(self.authority.issued_tokens());
        written().add_debug(&self.transport.http);
        let secrets = self.transport.secrets.lock().unwrap().clone();
        assert!(secrets.iter().filter(|secret| secret.starts_with("eyJ")).count() >= 1, "no token has passed");
        assert_nothing_leaked(secrets.iter().map(String::as_str));
    }
}

pub async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}
