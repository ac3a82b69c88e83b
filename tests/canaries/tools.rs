//! What happens inside of tools.

use futures_util::FutureExt as _;
use http::Request;
use jit_tools::{
    ToolContext, ToolError, jit_tool, tools,
    transport::{HttpTransport, Transport as _, read_body},
    url,
};

use crate::{world::World, written::written};

const API_KEY: &str = "canary-key-of-another-api";

/// Touches a note.
#[jit_tool(
    justification = "Touching {id}",
    may_request(type = "note", actions = ["read"], identifier = "{id}"),
    may_request(type = "note", actions = ["delete"], identifier = "{id}")
)]
pub async fn touch(cx: &ToolContext, url: String, method: String, id: String) -> Result<String, ToolError> {
    written().add_debug(cx);
    let request = cx.http().request(method.parse()?, url!("{url}/notes/{id}"));
    written().add_debug(&request);
    let response = request.send().await?;
    written().add_debug(&response);
    Ok(response.error_for_status()?.text().await?)
}

/// Reads a note with a key of its own, and panics with all that it has in its hands.
#[jit_tool(may_request(type = "note", actions = ["read"], identifier = "{id}"))]
async fn panic_with_everything(cx: &ToolContext, url: String, id: String) -> Result<String, ToolError> {
    let url = url!("{url}/notes/{id}")?;
    let response = cx.http().get(&url).header("x-api-key", API_KEY).send().await?;
    let token = cx.access_token(&url).await?;
    let request = cx.http().get(&url).header("x-api-key", API_KEY).header("authorization", API_KEY);
    if id == "n1" {
        panic!("{cx:?} {response:?} {token:?} {request:?} {:?}", cx.jit());
    }
    Ok(id)
}

fn arguments(world: &World) -> String {
    serde_json::json!({"url": world.api, "id": "n1"}).to_string()
}

#[tokio::test]
async fn a_tool_that_panics_with_all_it_has_writes_no_secret() {
    let world = World::start().await;
    world.transport.note(API_KEY);
    let jit = world.task().await;
    let (tools, arguments) = (tools![panic_with_everything], arguments(&world));
    let call = tools.call(&jit, "panic_with_everything", arguments);
    assert!(std::panic::AssertUnwindSafe(call).catch_unwind().await.is_err());
    assert!(written().text().contains("panicked at"), "the panic is not taken");
    jit.complete_task().await.unwrap();
    world.assert_nothing_leaked();
}

#[tokio::test]
async fn a_key_that_a_tool_sends_itself_is_written_nowhere() {
    let world = World::start().await;
    world.transport.note(API_KEY);
    let jit = world.task().await;
    let cx = ToolContext::new(&jit);
    for name in ["x-api-key", "authorization", "cookie", "proxy-authorization"] {
        for url in [world.api.as_str(), "http://127.0.0.1:1"] {
            let request = cx.http().get(url!("{url}/notes/n1")).header(name, API_KEY);
            written().add_debug(&request);
            match request.send().await {
                Ok(response) => written().add_debug(response),
                Err(error) => written().add_error(&error),
            }
        }
    }
    written()
        .add_error(&cx.http().get(&world.api).header("x-api-key", format!("{API_KEY}\n")).send().await.unwrap_err());
    jit.complete_task().await.unwrap();
    world.assert_nothing_leaked();
}

/// Reads a note with a client of its own, which knows nothing of secrets.
#[jit_tool(may_request(type = "note", actions = ["read"], identifier = "{id}"))]
async fn read_by_itself(cx: &ToolContext, url: String, id: String) -> Result<String, ToolError> {
    let url = url!("{url}/notes/{id}")?;
    let token = cx.access_token(&url).await?;
    written().add_debug(&token);
    let mut request = Request::get(url.as_str());
    if let Some(token) = &token {
        request = request.header("authorization", token.bearer().unwrap());
    }
    let request = request.body("".into())?;
    written().add_debug(&request);
    let answer = HttpTransport::new()?.send(request).await?;
    written().add_debug(&answer);
    let (head, body) = answer.into_parts();
    let body = read_body(body, 65_536).await?;
    match cx.challenge(&url, head.status, &head.headers, &body) {
        Some(challenge) => {
            written().add(&challenge);
            Err(challenge)
        }
        None => Ok(String::from_utf8_lossy(&body).into_owned()),
    }
}

#[tokio::test]
async fn a_body_that_runs_again_with_its_token_writes_no_secret() {
    let world = World::start().await;
    let jit = world.task().await;
    let output = tools![read_by_itself].call(&jit, "read_by_itself", arguments(&world)).await.unwrap();
    assert_eq!(output.as_text(), "a note");
    written().add_debug(&output);
    jit.complete_task().await.unwrap();
    world.assert_nothing_leaked();
}
