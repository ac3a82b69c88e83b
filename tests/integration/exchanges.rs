//! Every exchange has bounds: how long it takes, how slowly its answer may come, and that nothing in it is encoded.

use std::{
    io,
    pin::pin,
    sync::Arc,
    task::Poll,
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, Request, Response, StatusCode, header},
    response::IntoResponse as _,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use futures_util::{poll, stream};
use jit_tools::{
    Clock as _, Item, JitContext, LumoAuthAgent, Origin, Policy, SystemClock, ToolContext, ToolError, Toolset,
    agent::{Model as _, ModelRequest, OpenAiModel},
    jit_tool,
    policy::Entitlement,
    resource_server::TokenVerifier,
    testing::{InProcess, ManualClock},
    tools,
    transport::{HttpTransport, ResponseBody, Transport, TransportError},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use wiremock::MockServer;

use crate::support::{API, AUTHORITY, World, note};

/// What comes of `work`, and how long it takes on this clock.
async fn drive<T>(clock: &ManualClock, work: impl Future<Output = T>) -> (T, Duration) {
    let started = clock.now();
    let mut work = pin!(work);
    for round in 1.. {
        if let Poll::Ready(outcome) = poll!(work.as_mut()) {
            return (outcome, clock.now() - started);
        }
        tokio::task::yield_now().await;
        // What needs no time goes first.
        if round % 20 == 0 {
            clock.advance(Duration::from_secs(1));
            assert!(clock.now() - started < Duration::from_secs(3600), "it never ends");
        }
    }
    unreachable!("it loops for ever")
}

/// A body that never ends, of which so much comes each time.
fn trickling(clock: &ManualClock, bytes: usize, every: Duration) -> Body {
    Body::from_stream(stream::unfold(clock.clone(), move |clock| async move {
        clock.deadline(every).await;
        Some((Ok::<_, io::Error>(vec![b' '; bytes]), clock))
    }))
}

/// A world whose API answers so: `/BYTES/SECONDS` trickles so much in such a time, and `/never` not at all.
fn slow_world() -> World {
    let world = World::new();
    let clock = world.clock.clone();
    let api = Router::new()
        .route("/never", axum::routing::any(std::future::pending::<()>))
        .route("/whole", axum::routing::any(|| async { "a whole body" }))
        .route(
            "/{bytes}/{seconds}",
            axum::routing::any(move |axum::extract::Path((bytes, seconds)): axum::extract::Path<(usize, u64)>| {
                let body = trickling(&clock, bytes, Duration::from_secs(seconds));
                async move { body }
            }),
        );
    World::with_api_and_clock_of(world, API, api)
}

#[tokio::test]
async fn an_answer_takes_as_long_as_this_table_says() {
    const MINUTES: u64 = 60;
    let cases = [
        // Path, the request's own limit, how long it takes, and what it ends with.
        ("never", None, 5 * MINUTES, "no answer in time from https://api.test"),
        ("never", Some(7), 7, "no answer in time from https://api.test"),
        ("1/5", None, MINUTES, "fewer than 1024 bytes of the body came within 60 s"),
        ("1/5", Some(20), 20, "the exchange took longer than 20 s"),
        ("1/5", Some(600), MINUTES, "fewer than 1024 bytes of the body came within 60 s"),
        // Faster than the least rate.
        ("600/20", None, 5 * MINUTES, "the exchange took longer than 300 s"),
        ("600/20", Some(600), 10 * MINUTES, "the exchange took longer than 600 s"),
        // As fast as the clock goes, so that only its length ends it.
        ("100000/1", None, 168, "the body is longer than 16777216 bytes"),
    ];
    let world = slow_world();
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    for (path, timeout, seconds, end) in cases {
        let cx = ToolContext::new(&jit);
        let request = cx.http().get(format!("{API}/{path}"));
        let request = match timeout {
            Some(seconds) => request.timeout(Duration::from_secs(seconds)),
            None => request,
        };
        let (outcome, taken) = drive(&world.clock, async { request.send().await?.bytes().await }).await;
        let error = outcome.unwrap_err();
        assert_eq!((error.to_string().as_str(), taken.as_secs()), (end, seconds), "{path}, {timeout:?}");
        assert_eq!(error.is_timeout(), !end.contains("longer than 16777216"), "{path}, {timeout:?}");
    }
}

#[tokio::test]
async fn the_limit_of_an_agent_holds_for_its_tools_and_the_model_is_told() {
    /// Gets what trickles.
    #[jit_tool]
    async fn get(cx: &ToolContext) -> Result<String, ToolError> {
        Ok(cx.http().get(format!("{API}/1/5")).send().await?.text().await?)
    }
    let world = slow_world();
    let agent = LumoAuthAgent::builder()
        .url(AUTHORITY)
        .org("acme-corp")
        .client_id("agt_x")
        .client_secret("s3cret")
        .clock(world.clock.shared())
        .transport(world.network.clone())
        .request_timeout(Duration::from_secs(12))
        .build()
        .unwrap();
    let jit = JitContext::create_task(&agent, "test").await.unwrap();
    let set: Toolset = tools![get];
    let (outcome, taken) = drive(&world.clock, set.call(&jit, "get", "{}")).await;
    assert_eq!((outcome.unwrap_err().for_model().as_str(), taken.as_secs()), ("The API did not answer in time.", 12));
}

#[tokio::test]
async fn the_time_in_which_nobody_reads_an_answer_does_not_count() {
    let world = slow_world();
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    let response = ToolContext::new(&jit).http().get(format!("{API}/whole")).send().await.unwrap();
    world.clock.advance(Duration::from_secs(3600));
    assert_eq!(response.text().await.unwrap(), "a whole body");
}

#[tokio::test]
async fn a_log_in_whose_answer_trickles_is_given_up() {
    let clock = ManualClock::new();
    let slow = clock.clone();
    let authority = Router::new().fallback(move || async move { trickling(&slow, 1, Duration::from_secs(5)) });
    let agent = LumoAuthAgent::builder()
        .url(AUTHORITY)
        .org("acme-corp")
        .client_id("agt_x")
        .client_secret("s3cret")
        .clock(clock.shared())
        .transport(Arc::new(InProcess::new().serve(AUTHORITY, authority).unwrap()))
        .build()
        .unwrap();
    let (outcome, taken) = drive(&clock, agent.access_token()).await;
    let error = outcome.unwrap_err();
    assert!(error.is_transient() && error.to_string().contains("the exchange took longer than 30 s"), "{error}");
    // Four tries of 30 s, and the pauses between them.
    assert!((120..130).contains(&taken.as_secs()), "{taken:?}");
}

#[tokio::test]
async fn a_verifier_whose_authority_trickles_refuses() {
    let world = World::new();
    let jit = world.trusting_task().await;
    ToolContext::new(&jit).http().get(format!("{API}/notes/n1")).send().await.unwrap();
    let slow = world.clock.clone();
    let authority = Router::new().fallback(move || async move { trickling(&slow, 1, Duration::from_secs(5)) });
    let verifier = TokenVerifier::builder(AUTHORITY, "acme-corp")
        .client("agt_x", "s3cret")
        .audience(API)
        .clock(world.clock.shared())
        .transport(Arc::new(InProcess::new().serve(AUTHORITY, authority).unwrap()))
        .build()
        .unwrap();
    let token = world.network.sent_to(API).last().unwrap().token.clone().unwrap();
    let headers = HeaderMap::from_iter([(header::AUTHORIZATION, format!("Bearer {token}").parse().unwrap())]);
    let need = note("read", "n1");
    let (outcome, taken) = drive(&world.clock, verifier.verify(&headers, &need)).await;
    assert!(outcome.is_err());
    assert_eq!(taken.as_secs(), 30);
}

/// The authority in this process, and everything else over the network.
#[derive(Debug)]
struct Both(InProcess, HttpTransport);

#[async_trait::async_trait]
impl Transport for Both {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<ResponseBody>, TransportError> {
        let is_authority = Origin::try_from(&request.uri().to_string()) == AUTHORITY.parse();
        if is_authority { self.0.send(request).await } else { self.1.send(request).await }
    }
}

async fn task_on_the_network(world: &World) -> JitContext {
    let authority = InProcess::new().serve(AUTHORITY, world.authority.router()).unwrap();
    let agent = LumoAuthAgent::builder()
        .url(AUTHORITY)
        .org("acme-corp")
        .client_id("agt_x")
        .client_secret("s3cret")
        .transport(Arc::new(Both(authority, HttpTransport::new().unwrap())))
        .build()
        .unwrap();
    JitContext::builder(&agent, "test").policy(Policy::new()).create_task().await.unwrap()
}

#[tokio::test]
async fn a_body_that_trickles_over_a_real_socket_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        assert_ne!(socket.read(&mut [0; 4096]).await.unwrap(), 0);
        let mut answer = socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n").await;
        while answer.is_ok() {
            SystemClock.sleep(Duration::from_millis(50)).await;
            answer = socket.write_all(b"x").await;
        }
    });
    let world = World::new();
    let jit = task_on_the_network(&world).await;
    let started = jit.agent().clock().now();
    let response = ToolContext::new(&jit).http().get(url).timeout(Duration::from_millis(300)).send().await.unwrap();
    let error = response.bytes().await.unwrap_err();
    assert!(error.is_timeout() && error.to_string() == "the exchange took longer than 0.3 s", "{error}");
    let taken: Duration = Instant::duration_since(&jit.agent().clock().now(), started);
    assert!((Duration::from_millis(300)..Duration::from_secs(10)).contains(&taken), "{taken:?}");
}

#[tokio::test]
async fn every_client_asks_for_an_answer_that_is_not_encoded() {
    // It answers everything with 404.
    let server = MockServer::start().await;
    let world = World::new();
    let jit = world.trusting_task().await;
    ToolContext::new(&jit).http().get(format!("{API}/notes/n1")).send().await.unwrap();
    let token = world.network.sent_to(API).last().unwrap().token.clone().unwrap();

    let network = task_on_the_network(&world).await;
    ToolContext::new(&network).http().get(format!("{}/tool", server.uri())).send().await.unwrap();
    let agent = LumoAuthAgent::builder().url(server.uri()).org("acme").client_id("agt_x").client_secret("s3cret");
    assert!(agent.build().unwrap().access_token().await.is_err());
    let verifier =
        TokenVerifier::builder(server.uri(), "acme").client("agt_x", "s3cret").issuer(AUTHORITY).audience(API);
    let headers = HeaderMap::from_iter([(header::AUTHORIZATION, format!("Bearer {token}").parse().unwrap())]);
    assert!(verifier.build().unwrap().verify(&headers, &note("read", "n1")).await.is_err());
    let model = OpenAiModel::new(&format!("{}/model", server.uri()), "key", "m").unwrap();
    let (items, tools) = ([Item::User("hello".to_owned())], Toolset::default());
    assert!(model.respond(ModelRequest { instructions: "", items: &items, tools: &tools }).await.is_err());

    let requests = server.received_requests().await.unwrap();
    for path in ["/tool", "/oauth/token", "/.well-known/jwks.json", "/chat/completions"] {
        let request = requests.iter().find(|request| request.url.path().ends_with(path)).expect(path);
        let accepted: Vec<_> = request.headers.get_all(header::ACCEPT_ENCODING).iter().collect();
        assert_eq!(accepted, ["identity"], "{path}");
    }
}

#[tokio::test]
async fn an_answer_that_is_encoded_is_an_error_that_names_the_coding() {
    let api = Router::new().fallback(|request: Request<Body>| async move {
        let detail = BASE64_STANDARD.encode(serde_json::to_string(&note("read", "n1")).unwrap());
        let encoded = |status, body: &'static [u8]| (status, [(header::CONTENT_ENCODING, "gzip")], body);
        match (request.uri().path(), request.headers().contains_key("authorization")) {
            ("/empty", _) => encoded(StatusCode::OK, b"").into_response(),
            ("/challenge-in-a-body", _) => encoded(StatusCode::FORBIDDEN, b"\x1f\x8b").into_response(),
            ("/challenge-in-a-header", false) => {
                let mut answer = encoded(StatusCode::FORBIDDEN, b"\x1f\x8b").into_response();
                answer.headers_mut().insert("insufficient-authorization-details", detail.parse().unwrap());
                answer
            }
            ("/challenge-in-a-header", true) => "a note".into_response(),
            _ => encoded(StatusCode::OK, b"\x1f\x8b").into_response(),
        }
    });
    let world = World::with_api(API, api);
    let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
    let call = jit.escalating(Entitlement::default().may_request(note("read", "n1")));
    let get = |path: &str| call.http().get(format!("{API}/{path}"));

    let error = get("plain").send().await.unwrap().text().await.unwrap_err();
    assert!(
        error.to_string().starts_with("the body has the content coding `gzip`, which was not asked for"),
        "{error}"
    );
    assert_eq!(get("empty").send().await.unwrap().text().await.unwrap(), "");
    // Who asks for a coding gets it, as it is.
    let asked = get("plain").header("accept-encoding", "gzip").send().await.unwrap();
    assert_eq!(asked.bytes().await.unwrap().as_ref(), b"\x1f\x8b");

    let denied = get("challenge-in-a-body").send().await.unwrap();
    let error = denied.escalation_error().unwrap();
    assert!(error.is_unreadable() && !error.is_denied() && !error.is_refused());
    assert!(error.to_string().starts_with("the answer has the content coding `gzip`, so whether it says"), "{error}");
    let error = denied.error_for_status().unwrap_err();
    assert!(error.to_string().starts_with("the API answered 403 Forbidden: the answer has the content"), "{error}");
    let asked = get("challenge-in-a-body").header("accept-encoding", "gzip").send().await.unwrap();
    assert!(asked.escalation_error().unwrap().is_unreadable());
    assert_eq!(world.asked("/jit/request"), 0);

    let answer = get("challenge-in-a-header").send().await.unwrap();
    assert_eq!((answer.text().await.unwrap().as_str(), world.asked("/jit/request")), ("a note", 1));
}
