//! A token is for one audience: what an API gets is good at that API, and of no use at the authority.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Router,
    body::{Body, Bytes},
    http::{Request, Response, StatusCode, header},
    response::IntoResponse as _,
};
use jit_tools::{
    AccessToken, JitContext, LumoAuthAgent, Origin, Policy, ToolContext, jit_tool,
    testing::InProcess,
    tools,
    transport::{ResponseBody, Transport, TransportError, read_body},
};
use serde_json::{Value, json};

use crate::support::{API, AUTHORITY, World, note};

const BASE: &str = "https://authority.test/orgs/acme-corp/api/v1";
const OTHER: &str = "https://other.test";

/// Reads a note, and declares no place.
#[jit_tool(may_request(type = "note", actions = ["read"], identifier = "{id}"))]
async fn read_note(
    cx: &jit_tools::ToolContext,
    /// The note.
    id: String,
) -> Result<String, jit_tools::ToolError> {
    Ok(cx.http().get(format!("{API}/notes/{id}")).send().await?.error_for_status()?.text().await?)
}

/// The status of a call to the authority with a token that was stolen, and with a body.
async fn call(world: &World, method: &str, path: &str, token: Option<&str>, kind: &str, body: String) -> u16 {
    let mut request = Request::builder().method(method).uri(format!("{BASE}{path}")).header("content-type", kind);
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    Transport::send(&*world.network, request.body(Bytes::from(body)).unwrap()).await.unwrap().status().as_u16()
}

#[tokio::test]
async fn what_an_api_was_sent_is_of_no_use_at_the_authority() {
    let world = World::new();
    let policy = Policy::new().send_agent_token_to(API).unwrap();
    let jit = JitContext::builder(&world.agent, "test").policy(policy).create_task().await.unwrap();
    tools![read_note].call(&jit, "read_note", r#"{"id":"n1"}"#).await.unwrap();
    let user = world.authority.user_token("ann@acme.com").await.unwrap();
    let (task, sent) = (jit.task_id().as_str(), world.network.sent_to(API));
    let request = world.network.sent().iter().find_map(|sent| {
        let id = sent.line.strip_suffix("/token")?.rsplit_once("/jit/request/")?.1;
        Some(id.to_owned())
    });
    let request = request.unwrap();

    // The agent's own token, and that of the task.
    let stolen: Vec<String> = sent.into_iter().filter_map(|sent| sent.token).collect();
    assert_eq!(stolen.len(), 2);
    for token in &stolen {
        let detail = json!({ "type": "document", "actions": ["read"], "identifier": "*" });
        let asked = json!({ "task_id": task, "authorization_details": detail }).to_string();
        for (method, path, body) in [
            ("GET", "/oauth/userinfo".to_owned(), String::new()),
            ("GET", "/agents/me".to_owned(), String::new()),
            ("POST", "/agents/ask".to_owned(), json!({ "action": "read:notes" }).to_string()),
            ("POST", "/jit/task".to_owned(), String::new()),
            ("POST", "/jit/request".to_owned(), asked),
            ("GET", format!("/jit/request/{request}/status"), String::new()),
            ("POST", format!("/jit/request/{request}/token"), String::new()),
            ("POST", format!("/jit/task/{task}/complete"), String::new()),
            ("POST", format!("/jit/task/{task}/evaluate"), String::new()),
        ] {
            assert_eq!(call(&world, method, &path, Some(token), "application/json", body).await, 401, "{path}");
        }
        const KIND: &str = "urn:ietf:params:oauth:token-type:access_token";
        for (path, form, expected) in [
            (
                "/oauth/token",
                json!({
                    "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
                    "subject_token": user.expose(), "subject_token_type": KIND,
                    "actor_token": token, "actor_token_type": KIND,
                }),
                400,
            ),
            ("/oauth/introspect", json!({ "token": user.expose(), "client_id": "agt_x" }), 401),
            ("/oauth/revoke", json!({ "token": token, "client_id": "agt_x" }), 401),
        ] {
            let pairs = form.as_object().unwrap().iter().map(|(name, value)| (name, value.as_str().unwrap()));
            let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
            let kind = "application/x-www-form-urlencoded";
            assert_eq!(call(&world, "POST", path, Some(token), kind, form).await, expected, "{path}");
        }
    }
    assert_eq!(world.authority.live_tokens().len(), 1);
    jit.complete_task().await.unwrap();
}

#[tokio::test]
async fn each_api_gets_a_token_of_its_own_that_is_fetched_once() {
    let world = World::new();
    let (here, there): (Origin, Origin) = (API.parse().unwrap(), OTHER.parse().unwrap());
    let own = world.agent.access_token().await.unwrap();
    let many = futures_util::future::join_all((0..50).map(|_| world.agent.access_token_for(&here))).await;
    let first = many[0].as_ref().unwrap().clone();
    assert!(many.into_iter().all(|token| token.unwrap().expose() == first.expose()));
    let second = world.agent.access_token_for(&there).await.unwrap();
    assert!(first.expose() != own.expose() && first.expose() != second.expose());
    assert_eq!(world.asked("/oauth/token"), 3);

    // Each user's agent has tokens of its own, which name the user.
    let user = world.authority.user_token("ann@acme.com").await.unwrap();
    let delegated = world.agent.on_behalf_of(&user).await.unwrap().access_token_for(&here).await.unwrap();
    let claims = jsonwebtoken::dangerous::insecure_decode::<Value>(delegated.expose()).unwrap().claims;
    assert_eq!((&claims["sub"], &claims["aud"]), (&json!("user:ann@acme.com"), &json!([API])));
    assert_eq!(claims["act"], json!({ "sub": "agent:agt_x" }));
}

#[tokio::test]
async fn a_token_for_an_api_is_replaced_shortly_before_its_end() {
    let world = World::new();
    let api: Origin = API.parse().unwrap();
    let first = world.agent.access_token_for(&api).await.unwrap();
    world.clock.advance(std::time::Duration::from_secs(3600 - 30));
    let second = world.agent.access_token_for(&api).await.unwrap();
    assert_ne!(first.expose(), second.expose());
    assert_eq!(world.asked("/oauth/token"), 2);
}

/// A network in which the authority answers in its own way to calls that name a `resource`.
#[derive(Debug)]
struct Picky {
    network: InProcess,
    /// The end of the paths where it does.
    path: &'static str,
    status: StatusCode,
    code: &'static str,
    named: Arc<AtomicUsize>,
    bodies: Arc<Mutex<Vec<Bytes>>>,
}

#[async_trait::async_trait]
impl Transport for Picky {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<ResponseBody>, TransportError> {
        let names = String::from_utf8_lossy(request.body()).contains("resource");
        if request.uri().path().ends_with(self.path) {
            self.bodies.lock().unwrap().push(request.body().clone());
            if names {
                self.named.fetch_add(1, Ordering::SeqCst);
                let answer = (self.status, json!({ "error": self.code }).to_string()).into_response();
                return Ok(answer.map(|body| {
                    use http_body_util::BodyExt as _;
                    body.map_err(Into::into).boxed_unsync()
                }));
            }
        }
        self.network.send(request).await
    }
}

/// An agent whose authority is picky, how often it was, and what it was sent there.
fn picky(
    world: &World,
    api: Router,
    path: &'static str,
    status: StatusCode,
    code: &'static str,
) -> (LumoAuthAgent, Arc<AtomicUsize>, Arc<Mutex<Vec<Bytes>>>) {
    let network = InProcess::new().serve(AUTHORITY, world.authority.router()).unwrap().serve(API, api).unwrap();
    let (named, bodies) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::default()));
    let transport = Picky { network, path, status, code, named: Arc::clone(&named), bodies: Arc::clone(&bodies) };
    let builder = LumoAuthAgent::builder().url(AUTHORITY).org("acme-corp").client_id("agt_x").client_secret("s3cret");
    (builder.clock(world.clock.shared()).transport(Arc::new(transport)).build().unwrap(), named, bodies)
}

#[tokio::test]
async fn an_authority_that_refuses_the_parameter_is_remembered() {
    let world = World::new();
    let (agent, named, _) = picky(&world, Router::new(), "/oauth/token", StatusCode::BAD_REQUEST, "invalid_request");
    let (here, there): (Origin, Origin) = (API.parse().unwrap(), OTHER.parse().unwrap());
    let own = agent.access_token().await.unwrap();
    let audience =
        |token: &str| jsonwebtoken::dangerous::insecure_decode::<Value>(token).unwrap().claims["aud"].clone();
    for api in [&here, &there, &here] {
        let token = agent.access_token_for(api).await.unwrap();
        assert_eq!(audience(token.expose()), audience(own.expose()));
    }
    assert_eq!(named.load(Ordering::SeqCst), 1);
    // Also by what acts for a user.
    let user = world.authority.user_token("ann@acme.com").await.unwrap();
    agent.on_behalf_of(&user).await.unwrap().access_token_for(&here).await.unwrap();
    assert_eq!(named.load(Ordering::SeqCst), 1);
}

/// An authority in front of which something answers 400 to everything for a while.
#[derive(Debug)]
struct Broken {
    network: InProcess,
    answer: &'static str,
    is_broken: std::sync::atomic::AtomicBool,
}

#[async_trait::async_trait]
impl Transport for Broken {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<ResponseBody>, TransportError> {
        let is_token = request.uri().path().ends_with("/oauth/token");
        if is_token && self.is_broken.load(Ordering::SeqCst) {
            let answer = (StatusCode::BAD_REQUEST, self.answer).into_response();
            return Ok(answer.map(|body| {
                use http_body_util::BodyExt as _;
                body.map_err(Into::into).boxed_unsync()
            }));
        }
        self.network.send(request).await
    }
}

#[tokio::test]
async fn a_passing_400_gives_no_api_the_token_that_is_good_everywhere() {
    for answer in ["<h1>400 Bad Request</h1>", "{}", r#"{"error":"invalid_request"}"#] {
        let world = World::new();
        let network = InProcess::new().serve(AUTHORITY, world.authority.router()).unwrap();
        let broken = Arc::new(Broken { network, answer, is_broken: false.into() });
        let builder =
            LumoAuthAgent::builder().url(AUTHORITY).org("acme-corp").client_id("agt_x").client_secret("s3cret");
        let agent = builder.clock(world.clock.shared()).transport(broken.clone()).build().unwrap();
        // It holds a token of its own, as an agent with a task does.
        agent.access_token().await.unwrap();
        let api: Origin = API.parse().unwrap();
        broken.is_broken.store(true, Ordering::SeqCst);
        assert!(agent.access_token_for(&api).await.is_err(), "{answer}");
        broken.is_broken.store(false, Ordering::SeqCst);
        let token = agent.access_token_for(&api).await.unwrap();
        let claims = jsonwebtoken::dangerous::insecure_decode::<Value>(token.expose()).unwrap().claims;
        assert_eq!(claims["aud"], json!([API]), "{answer}");
    }
}

#[tokio::test]
async fn an_api_that_the_authority_knows_no_tokens_for_gets_none() {
    let world = World::new();
    let served = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&served);
    let api = Router::new().fallback(move || {
        count.fetch_add(1, Ordering::SeqCst);
        async { "hello" }
    });
    let (agent, ..) = picky(&world, api, "/oauth/token", StatusCode::BAD_REQUEST, "invalid_target");
    let error = agent.access_token_for(&API.parse().unwrap()).await.unwrap_err();
    assert!(error.is_invalid_target(), "{error}");
    let policy = Policy::new().send_agent_token_to(API).unwrap();
    let jit = JitContext::builder(&agent, "test").policy(policy).create_task().await.unwrap();
    assert!(ToolContext::new(&jit).http().get(format!("{API}/")).send().await.is_err());
    assert_eq!(served.load(Ordering::SeqCst), 0);
}

/// An API whose challenge names no location, and that takes any token for another try.
fn silent_about_its_place() -> Router {
    Router::new().fallback(|request: Request<Body>| async move {
        let hint =
            json!({ "error": "insufficient_authorization_details", "authorization_details_hint": note("read", "n1") });
        match request.headers().get(header::AUTHORIZATION) {
            Some(_) => "a note".into_response(),
            None => (StatusCode::FORBIDDEN, hint.to_string()).into_response(),
        }
    })
}

#[tokio::test]
async fn a_permission_without_a_place_is_asked_for_at_the_api_that_named_it() {
    let world = World::with_api(API, silent_about_its_place());
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    let output = tools![read_note].call(&jit, "read_note", r#"{"id":"n1"}"#).await.unwrap();
    assert_eq!(output.as_text(), "a note");
    let asked = world.network.sent().into_iter().find(|sent| sent.line.ends_with("/jit/request")).unwrap();
    let asked: Value = serde_json::from_slice(&asked.body).unwrap();
    assert_eq!((&asked["resource"], &asked["authorization_details"]["locations"]), (&json!(API), &json!(null)));
    assert_eq!(world.authority.issued_tokens()[0].authorization_details, [note("read", "n1").locations([API])]);
    let token = AccessToken::new(world.network.sent_to(API)[1].token.clone().unwrap());
    let claims = jsonwebtoken::dangerous::insecure_decode::<Value>(token.expose()).unwrap().claims;
    assert_eq!(claims["aud"], json!([API]));
}

#[tokio::test]
async fn an_authority_that_takes_no_resource_for_a_permission_is_asked_without() {
    let world = World::new();
    for (status, code) in
        [(StatusCode::BAD_REQUEST, "invalid_request"), (StatusCode::UNPROCESSABLE_ENTITY, "validation_error")]
    {
        let (agent, named, bodies) = picky(&world, silent_about_its_place(), "/jit/request", status, code);
        let policy = Policy::new().trust_origin(API).unwrap();
        let jit = JitContext::builder(&agent, "test").policy(policy).create_task().await.unwrap();
        for note in ["n1", "n2"] {
            // The second is another permission.
            jit.request_permission(&crate::support::note("read", note), None).await.unwrap();
        }
        let response = ToolContext::new(&jit).http().get(format!("{API}/notes/n1")).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{code}");
        // By hand there is no API to name; what was refused was asked for again, once.
        assert_eq!((named.load(Ordering::SeqCst), bodies.lock().unwrap().len()), (1, 4), "{code}");
        jit.complete_task().await.unwrap();

        let jit = JitContext::builder(&agent, "test")
            .policy(Policy::new().trust_origin(API).unwrap())
            .create_task()
            .await
            .unwrap();
        let response = ToolContext::new(&jit).http().get(format!("{API}/notes/n1")).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!((named.load(Ordering::SeqCst), bodies.lock().unwrap().len()), (1, 5), "{code}");
    }
}

#[tokio::test]
async fn a_permission_that_is_refused_for_what_it_is_is_asked_for_once() {
    let world = World::new();
    for code in ["invalid_authorization_details", "invalid_target", "budget_exceeded", "task_completed"] {
        let (agent, named, bodies) =
            picky(&world, silent_about_its_place(), "/jit/request", StatusCode::BAD_REQUEST, code);
        let policy = Policy::new().trust_origin(API).unwrap();
        let jit = JitContext::builder(&agent, "test").policy(policy).create_task().await.unwrap();
        let response = ToolContext::new(&jit).http().get(format!("{API}/notes/n1")).send().await.unwrap();
        assert!(response.escalation_error().is_some());
        assert_eq!((named.load(Ordering::SeqCst), bodies.lock().unwrap().len()), (1, 1), "{code}");
    }
}

#[tokio::test]
async fn a_token_is_refused_by_every_api_but_its_own() {
    let world = World::new();
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    let at = |detail: jit_tools::AuthorizationDetail, places: Option<&str>| match places {
        Some(place) => detail.locations([place]),
        None => detail,
    };
    for (place, expected) in [(Some(API), 200), (Some(OTHER), 403), (Some("https://api.test:444"), 403), (None, 403)] {
        let permission = jit.request_permission(&at(note("read", "n1"), place), None).await.unwrap();
        let token = jit.get_token(&permission).await.unwrap().token;
        let request = Request::get(format!("{API}/notes/n1"))
            .header(header::AUTHORIZATION, format!("Bearer {}", token.expose()))
            .body(Bytes::new())
            .unwrap();
        let response = Transport::send(&*world.network, request).await.unwrap();
        let status = response.status().as_u16();
        let told = read_body(response.into_body(), 4096).await.unwrap();
        assert_eq!(status, expected, "{place:?}: {told:?}");
    }
    jit.complete_task().await.unwrap();
}
