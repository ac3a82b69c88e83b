//! The authority as its callers meet it: over HTTP, on loopback.

mod api;
mod approvals;
mod audiences;
mod audit;
mod delegation;
mod hosts;
mod limits;
mod openapi;
mod page;
mod page_security;
mod restart;
mod webhooks;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, header};
use serde_json::Value;

use super::{LocalAuthority, LocalAuthorityBuilder, PathStyles};
use crate::{
    clock::{Clock, SystemClock},
    transport::{HttpTransport, Transport, read_body},
};

/// A clock that only moves when it is told to.
#[derive(Debug, Default)]
pub(crate) struct HandClock(AtomicU64);

impl HandClock {
    pub(crate) fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

#[async_trait]
impl Clock for HandClock {
    fn now(&self) -> Instant {
        SystemClock.now() + Duration::from_secs(self.0.load(Ordering::SeqCst))
    }

    fn system_time(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_700_000_000 + self.0.load(Ordering::SeqCst))
    }

    async fn sleep(&self, _: Duration) {}

    /// Nothing here takes too long.
    async fn deadline(&self, _: Duration) {
        std::future::pending::<()>().await;
    }
}

/// An authority with two agents and a clock that is moved by hand, and a client for it.
pub(crate) struct Bench {
    pub(crate) authority: LocalAuthority,
    pub(crate) clock: Arc<HandClock>,
    transport: HttpTransport,
    /// The path of the API, in a style that is served.
    base: &'static str,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

impl Bench {
    pub(crate) async fn start() -> Self {
        Self::with(PathStyles::Both).await
    }

    pub(crate) async fn with(styles: PathStyles) -> Self {
        let mut bench = Self::build(|builder| builder.path_styles(styles)).await;
        if styles == PathStyles::TenantsOnly {
            bench.base = "/t/acme-corp/api/v1";
        }
        bench
    }

    /// One with other settings.
    pub(crate) async fn build(set: impl FnOnce(LocalAuthorityBuilder) -> LocalAuthorityBuilder) -> Self {
        let clock = Arc::new(HandClock::default());
        let builder = LocalAuthority::builder()
            .client("agt_a", "secret a")
            .client("agt_b", "secret b")
            .user("ann@acme.com")
            .clock(clock.clone());
        let authority = set(builder).start().await.unwrap();
        Self { authority, clock, transport: HttpTransport::new().unwrap(), base: "/orgs/acme-corp/api/v1" }
    }

    async fn send(&self, request: Request<Bytes>) -> Answer {
        let (parts, body) = self.transport.send(request).await.unwrap().into_parts();
        let body = read_body(body, 1024 * 1024).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    fn request(&self, method: &str, path: &str) -> http::request::Builder {
        let is_page = path.starts_with("/s/") || path == "/login" || path.starts_with("/login?");
        let url = if is_page { self.authority.shared.page_url() } else { self.authority.url() };
        Request::builder().method(method).uri(format!("{url}{path}"))
    }

    /// The JSON at a URL.
    pub(crate) async fn fetch(&self, url: &str) -> Value {
        self.send(Request::get(url).body(Bytes::new()).unwrap()).await.json()
    }

    async fn get(&self, path: &str, token: &str) -> Answer {
        let request = self.request("GET", path).header(header::AUTHORIZATION, format!("Bearer {token}"));
        self.send(request.body(Bytes::new()).unwrap()).await
    }

    /// A call to the API.
    pub(crate) async fn api(&self, method: &str, path: &str, token: &str, body: Value) -> Answer {
        let body = if body.is_null() { Bytes::new() } else { body.to_string().into() };
        let request = self
            .request(method, &format!("{}{path}", self.base))
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(body).unwrap()).await
    }

    pub(crate) async fn form(&self, path: &str, pairs: &[(&str, &str)]) -> Answer {
        let request = self
            .request("POST", path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(serde_urlencoded::to_string(pairs).unwrap().into())
            .unwrap();
        self.send(request).await
    }

    /// The own token of `agt_a` or `agt_b`.
    pub(crate) async fn agent_token(&self, which: &str) -> String {
        let (id, secret) = (format!("agt_{which}"), format!("secret {which}"));
        let answer = self
            .form(
                &format!("{}/oauth/token", self.base),
                &[("grant_type", "client_credentials"), ("client_id", &id), ("client_secret", &secret)],
            )
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        text(&answer.json(), "access_token")
    }

    pub(crate) async fn task(&self, token: &str) -> String {
        let answer = self.api("POST", "/jit/task", token, Value::Null).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        text(&answer.json(), "task_id")
    }

    pub(crate) async fn ask(&self, token: &str, task: &str, action: &str) -> Value {
        self.ask_at(None, token, task, action).await
    }

    /// Asks for a permission at one API, or at none.
    pub(crate) async fn ask_at(&self, api: Option<&str>, token: &str, task: &str, action: &str) -> Value {
        let body = serde_json::json!({
            "task_id": task,
            "authorization_details": { "type": "document", "actions": [action], "identifier": "doc_1" },
            "justification": "because <b>I</b> say so",
            "resource": api,
        });
        let answer = self.api("POST", "/jit/request", token, body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        answer.json()
    }

    pub(crate) async fn exchange(&self, token: &str, request: &str) -> Answer {
        self.api("POST", &format!("/jit/request/{request}/token"), token, Value::Null).await
    }

    /// A token exchange (RFC 8693), as the vendor's clients ask for it.
    async fn delegate(&self, subject: &str, actor: &str, more: &[(&str, &str)]) -> Answer {
        const KIND: &str = "urn:ietf:params:oauth:token-type:access_token";
        let pairs = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("subject_token", subject),
            ("subject_token_type", KIND),
            ("actor_token", actor),
            ("actor_token_type", KIND),
        ];
        self.form(&format!("{}/oauth/token", self.base), &[&pairs, more].concat()).await
    }

    /// The token of Ann, a user.
    async fn user_token(&self) -> String {
        self.authority.user_token("ann@acme.com").await.unwrap().expose().to_owned()
    }

    async fn introspect(&self, token: &str) -> Value {
        let pairs = [("client_id", "agt_b"), ("client_secret", "secret b"), ("token", token)];
        self.form(&format!("{}/oauth/introspect", self.base), &pairs).await.json()
    }

    async fn is_active(&self, token: &str) -> bool {
        self.introspect(token).await["active"] == true
    }
}

pub(crate) fn text(value: &Value, member: &str) -> String {
    value[member].as_str().unwrap_or_else(|| panic!("no {member} in {value}")).to_owned()
}
