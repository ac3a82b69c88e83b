//! A readable account of a run: every call as it happens, and what it was about.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use jit_tools::{
    AuthorizationDetail, Challenge, Origin,
    agent::{Model, ModelError, ModelRequest, ModelResponse},
    challenge::{ChallengeForms, Denial},
    transport::{ResponseBody, SharedTransport, Transport, TransportError, read_body},
};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

/// More than any answer in this example has, in bytes.
const MAX_BODY: usize = 1024 * 1024;

/// Tells what a run does, call by call, in order. Clones tell the same story.
#[derive(Clone)]
pub struct Account {
    inner: Arc<Inner>,
}

struct Inner {
    authority: Origin,
    tell: Box<dyn Fn(&str) + Send + Sync>,
    story: Mutex<Story>,
}

#[derive(Default)]
struct Story {
    /// Every call in short: who was called, how, and what came of it.
    calls: Vec<String>,
    /// What the tokens that were issued permit.
    granted: Vec<String>,
}

impl Account {
    /// An account of a run with that authority, told line by line to `tell`.
    pub fn new(authority: Origin, tell: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { inner: Arc::new(Inner { authority, tell: Box::new(tell), story: Mutex::default() }) }
    }

    /// Every call so far, in short.
    pub fn calls(&self) -> Vec<String> {
        self.story().calls.clone()
    }

    /// A transport whose calls are told.
    pub fn transport(&self, transport: SharedTransport) -> SharedTransport {
        Arc::new(ToldTransport { account: self.clone(), transport })
    }

    /// A model whose answers are told.
    pub fn model<M: Model>(&self, model: M) -> ToldModel<M> {
        ToldModel { account: self.clone(), model }
    }

    fn tell(&self, call: String, about: &str) {
        let mut story = self.story();
        let number = story.calls.len() + 1;
        let colon = if about.is_empty() { "" } else { ": " };
        (self.inner.tell)(&format!("{number:>3}. {call}{colon}{about}"));
        story.calls.push(call);
    }

    /// What a call to the authority was about.
    fn about_authority(&self, path: &str, sent: &[u8], status: StatusCode, received: &[u8]) -> String {
        let received: Answer = serde_json::from_slice(received).unwrap_or_default();
        if !status.is_success() {
            return received.error();
        }
        if path == "/oauth/token" {
            return format!("the agent's own token{}", lifetime(received.expires_in));
        }
        if path == "/jit/task" {
            return format!("the task {}", received.task_id.unwrap_or_default());
        }
        if path == "/jit/request" {
            let sent: Asked = serde_json::from_slice(sent).unwrap_or_default();
            return format!(
                "asked for {}, justified by '{}'; {} risk, {}",
                sent.authorization_details.map(|detail| detail.summary()).unwrap_or_default(),
                sent.justification.unwrap_or_default(),
                received.risk_level.as_deref().unwrap_or("unknown"),
                received.status.as_deref().unwrap_or("undecided"),
            );
        }
        if path.ends_with("/status") {
            return received.status.unwrap_or_default();
        }
        if path.ends_with("/token") {
            let details = received.authorization_details.unwrap_or_default();
            let granted = details.iter().map(AuthorizationDetail::summary).collect::<Vec<_>>().join("; ");
            let about = format!("granted {granted}{}", lifetime(received.expires_in));
            self.story().granted.push(granted);
            return about;
        }
        if path.ends_with("/complete") {
            let granted = std::mem::take(&mut self.story().granted);
            return match granted.len() {
                0 => "the task is completed; there was no token to revoke".to_owned(),
                1 => format!("the task is completed, and its token revoked: {}", granted.join("; ")),
                count => format!("the task is completed, and its {count} tokens revoked: {}", granted.join("; ")),
            };
        }
        String::new()
    }

    fn story(&self) -> MutexGuard<'_, Story> {
        self.inner.story.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was asked for in a request for a permission.
#[derive(Default, Deserialize)]
struct Asked {
    authorization_details: Option<AuthorizationDetail>,
    justification: Option<String>,
}

/// The parts of the authority's answers that are told.
#[derive(Default, Deserialize)]
struct Answer {
    task_id: Option<String>,
    status: Option<String>,
    risk_level: Option<String>,
    expires_in: Option<u64>,
    authorization_details: Option<Vec<AuthorizationDetail>>,
    error: Option<Value>,
    error_description: Option<String>,
    message: Option<String>,
}

impl Answer {
    fn error(self) -> String {
        let code = self.error.as_ref().and_then(Value::as_str).unwrap_or("refused").to_owned();
        self.error_description.or(self.message).unwrap_or(code)
    }
}

fn lifetime(seconds: Option<u64>) -> String {
    match seconds {
        None => String::new(),
        Some(seconds) if seconds % 60 == 0 => format!(" for {} min", seconds / 60),
        Some(seconds) => format!(" for {seconds} s"),
    }
}

/// What a call to the API was about: what it says is missing, if it says so.
fn about_api(url: &Url, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> String {
    match Challenge::read(url, &Denial { status, headers, body }, &ChallengeForms::default()) {
        Ok(Some(challenge)) => format!("{} is missing", challenge.detail().summary()),
        _ => String::new(),
    }
}

struct ToldTransport {
    account: Account,
    transport: SharedTransport,
}

#[async_trait]
impl Transport for ToldTransport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<ResponseBody>, TransportError> {
        let (method, path, sent) = (request.method().clone(), request.uri().path().to_owned(), request.body().clone());
        let url = request.uri().to_string().parse::<Url>().ok();
        let (head, body) = self.transport.send(request).await?.into_parts();
        let body = read_body(body, MAX_BODY).await.map_err(|error| TransportError::broken("the server", error))?;

        let (who, path, about) = match &url {
            Some(url) if Origin::of(url).as_ref() != Some(&self.account.inner.authority) => {
                ("API", path.as_str(), about_api(url, head.status, &head.headers, &body))
            }
            _ => {
                let path = path.split_once("/api/v1").map_or(path.as_str(), |(_, rest)| rest);
                ("authority", path, self.account.about_authority(path, &sent, head.status, &body))
            }
        };
        self.account.tell(format!("{who} {method} {path} {}", head.status.as_u16()), &about);
        Ok(Response::from_parts(head, Full::new(body).map_err(|never| match never {}).boxed_unsync()))
    }
}

impl fmt::Debug for ToldTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.transport.fmt(f)
    }
}

/// A model whose answers are told.
pub struct ToldModel<M> {
    account: Account,
    model: M,
}

#[async_trait]
impl<M: Model> Model for ToldModel<M> {
    async fn respond(&self, request: ModelRequest<'_>) -> Result<ModelResponse, ModelError> {
        let response = self.model.respond(request).await?;
        let about = match &response.tool_calls[..] {
            [] => "answers".to_owned(),
            calls => {
                let calls: Vec<_> = calls.iter().map(|call| format!("{}({})", call.name, call.arguments)).collect();
                format!("calls {}", calls.join(", "))
            }
        };
        self.account.tell("model".to_owned(), &about);
        Ok(response)
    }
}
