//! What was done is not done twice: requests whose answer nobody waits for, and bodies that are sent only once.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, Request, Response, StatusCode},
};
use futures_util::stream;
use http_body_util::StreamBody;
use jit_tools::{
    JitContext, LumoAuthAgent, Origin, Policy, ToolContext, ToolError, jit_tool, tools,
    transport::{HttpTransport, RequestBody, ResponseBody, Transport, TransportError},
    url,
};
use tokio::sync::Notify;

use crate::support::{API, AUTHORITY, Recorder, World, note};

/// Told each time that a request which is never answered has arrived.
static ARRIVED: Notify = Notify::const_new();

/// A network that delivers what is sent by POST to the API, and never brings the answer.
#[derive(Debug)]
struct Silent(Arc<Recorder>);

#[async_trait::async_trait]
impl Transport for Silent {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<ResponseBody>, TransportError> {
        let is_silent = request.method() == "POST" && request.uri().to_string().starts_with(API);
        let answer = self.0.send(request).await;
        if is_silent {
            ARRIVED.notify_one();
            std::future::pending::<()>().await;
        }
        answer
    }
}

/// Writes, does not wait for the answer, and then says that a permission is missing.
#[jit_tool(may_request(type = "note", actions = ["read"], identifier = "n1"))]
async fn gives_up(cx: &ToolContext) -> Result<String, ToolError> {
    tokio::select! {
        answer = cx.http().post(url!("{API}/open")).body("x").send() => panic!("it is answered: {answer:?}"),
        () = ARRIVED.notified() => {}
    }
    let missing = serde_json::json!({"authorization_details": [note("read", "n1")]}).to_string();
    Err(cx.challenge(API, StatusCode::FORBIDDEN, &HeaderMap::new(), missing.as_bytes()).unwrap())
}

#[tokio::test]
async fn a_body_that_did_not_wait_for_what_it_did_does_not_run_again() {
    let world = World::new();
    let agent = LumoAuthAgent::builder()
        .url(AUTHORITY)
        .org("acme-corp")
        .client_id("agt_x")
        .client_secret("s3cret")
        .clock(world.clock.shared())
        .transport(Arc::new(Silent(world.network.clone())))
        .build()
        .unwrap();
    let jit = JitContext::create_task(&agent, "test").await.unwrap();
    let error = tools![gives_up].call(&jit, "gives_up", "{}").await.unwrap_err();
    assert!(error.to_string().contains("running it again would do that twice"), "{error}");
    assert_eq!((world.network.sent_to(API).len(), world.asked("/jit/request")), (1, 0));
}

/// Writes, is answered with a status, and then meets a challenge in another client.
#[jit_tool(may_request(type = "note", actions = ["read"], identifier = "n1"))]
async fn writes_and_needs(cx: &ToolContext, status: u16) -> Result<String, ToolError> {
    cx.http().post(format!("{API}/{status}")).body("x").send().await?;
    if cx.access_token(API).await?.is_some() {
        return Ok("done".to_owned());
    }
    let missing = serde_json::json!({"authorization_details": [note("read", "n1")]}).to_string();
    Err(cx.challenge(API, StatusCode::FORBIDDEN, &HeaderMap::new(), missing.as_bytes()).unwrap())
}

#[tokio::test]
async fn a_body_runs_again_only_after_answers_that_prove_no_effect() {
    let api = Router::new().route(
        "/{status}",
        axum::routing::post(|axum::extract::Path(status): axum::extract::Path<u16>| async move {
            StatusCode::from_u16(status).unwrap()
        }),
    );
    for (status, runs) in [(400, 2), (403, 2), (404, 2), (429, 2), (200, 1), (402, 1), (408, 1), (409, 1), (422, 1)] {
        let world = World::with_api(API, api.clone());
        let jit = JitContext::create_task(&world.agent, "test").await.unwrap();
        let arguments = serde_json::json!({ "status": status }).to_string();
        let outcome = tools![writes_and_needs].call(&jit, "writes_and_needs", arguments).await;
        assert_eq!((world.network.sent_to(API).len(), outcome.is_ok()), (runs, runs == 2), "{status}: {outcome:?}");
    }
}

fn parts() -> StreamBody<impl stream::Stream<Item = Result<http_body::Frame<Bytes>, std::io::Error>>> {
    StreamBody::new(stream::iter(["one,", "two"].map(|part| Ok(http_body::Frame::data(Bytes::from(part))))))
}

/// Uploads a note in parts.
#[jit_tool(may_request(type = "note", actions = ["write"], identifier = "n1"))]
async fn upload(cx: &ToolContext) -> Result<String, ToolError> {
    Ok(cx.http().put(url!("{API}/notes/n1")).stream(parts()).send().await?.error_for_status()?.text().await?)
}

/// Uploads a note in parts, and may do so again.
#[jit_tool(may_request(type = "note", actions = ["write"], identifier = "n1"), retry = "body")]
async fn upload_again(cx: &ToolContext) -> Result<String, ToolError> {
    Ok(cx.http().put(url!("{API}/notes/n1")).stream(parts()).send().await?.error_for_status()?.text().await?)
}

/// Uploads a note in parts, and would ask up front.
#[jit_tool(may_request(type = "note", actions = ["write"], identifier = "n1"), preflight)]
async fn upload_up_front(cx: &ToolContext) -> Result<String, ToolError> {
    Ok(cx.http().put(url!("{API}/notes/n1")).stream(parts()).send().await?.error_for_status()?.text().await?)
}

#[tokio::test]
async fn nothing_is_asked_for_where_the_body_is_a_stream() {
    for tool in ["upload", "upload_up_front"] {
        let world = World::new();
        let jit = world.trusting_task().await;
        let error = tools![upload, upload_up_front].call(&jit, tool, "{}").await.unwrap_err();
        let escalation = error.escalation().unwrap();
        assert!(escalation.is_not_replayable() && !escalation.is_refused() && !escalation.is_denied());
        assert_eq!(
            escalation.to_string(),
            "the request's body is a stream, which cannot be sent twice, so nothing was asked for; give it as bytes, \
             or put `retry = \"body\"` on the tool"
        );
        assert_eq!(
            error.for_model(),
            "The permission that the API requires was not requested, because the tool's request cannot be sent twice. \
             Do not try again; say so."
        );
        let sent = world.network.sent_to(API);
        assert_eq!((sent.len(), world.served(), world.asked("/jit/request")), (1, 0, 0), "{tool}");
        assert!(sent[0].token.is_none());
    }
}

#[tokio::test]
async fn a_body_that_runs_again_makes_its_stream_anew() {
    let world = World::new();
    let jit = world.trusting_task().await;
    let output = tools![upload_again].call(&jit, "upload_again", "{}").await.unwrap();
    assert_eq!(output.as_text(), "a note");
    assert_eq!((world.network.sent_to(API).len(), world.served(), world.asked("/jit/request")), (2, 1, 1));
}

#[tokio::test]
async fn a_stream_without_a_challenge_is_sent_over_a_real_socket() {
    /// The authority in this process, and everything else over the network.
    #[derive(Debug)]
    struct Both(Arc<Recorder>, HttpTransport);

    #[async_trait::async_trait]
    impl Transport for Both {
        async fn send(&self, request: Request<Bytes>) -> Result<Response<ResponseBody>, TransportError> {
            let is_authority = Origin::try_from(&request.uri().to_string()) == AUTHORITY.parse();
            if is_authority { self.0.send(request).await } else { self.1.send(request).await }
        }

        async fn send_stream(&self, request: Request<RequestBody>) -> Result<Response<ResponseBody>, TransportError> {
            self.1.send_stream(request).await
        }
    }

    let served = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&served);
    let api = Router::new().fallback(move |body: Bytes| {
        seen.fetch_add(1, Ordering::SeqCst);
        async move { body }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/files/1", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, api).await });
    let world = World::new();
    let agent = LumoAuthAgent::builder()
        .url(AUTHORITY)
        .org("acme-corp")
        .client_id("agt_x")
        .client_secret("s3cret")
        .transport(Arc::new(Both(world.network.clone(), HttpTransport::new().unwrap())))
        .build()
        .unwrap();
    let jit = JitContext::builder(&agent, "test").policy(Policy::new()).create_task().await.unwrap();
    let response = ToolContext::new(&jit).http().put(url).stream(parts()).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!((response.text().await.unwrap().as_str(), served.load(Ordering::SeqCst)), ("one,two", 1));
}
