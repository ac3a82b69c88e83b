//! Tools whose bodies run again once a permission was obtained.

use std::sync::Mutex;

use http::Request;
use jit_tools::{
    ToolContext, ToolError, jit_tool,
    tool::State,
    transport::{Transport as _, read_body},
};

use crate::{
    network::SimNetwork,
    seen::{Account, Event},
    world::APIS,
};

/// What a body finds.
pub struct Tooling {
    pub network: SimNetwork,
    pub account: Account,
    /// The operations whose body has started.
    started: Mutex<Vec<String>>,
}

impl Tooling {
    pub fn new(network: SimNetwork, account: Account) -> Self {
        Self { network, account, started: Mutex::default() }
    }

    fn start(&self, operation: &str) {
        let mut started = self.started.lock().unwrap();
        if started.iter().any(|known| known == operation) {
            self.account.note(Event::BodyAgain);
        }
        started.push(operation.to_owned());
    }
}

/// Changes something that needs no permission.
async fn change_what_is_open(cx: &ToolContext, operation: &str) -> Result<(), ToolError> {
    let url = format!("{}/open?{operation}-first", APIS[2].0);
    cx.http().post(url).send().await?.error_for_status()?;
    Ok(())
}

/// Changes a note with a client of its own, so that its body runs again after a challenge; unless it changed something
/// before.
#[jit_tool(may_request(type = "note_c", actions = ["write"], identifier = "{id}"))]
pub async fn change_note(
    cx: &ToolContext,
    tooling: State<Tooling>,
    id: String,
    operation: String,
    changes_first: bool,
) -> Result<String, ToolError> {
    tooling.start(&operation);
    if changes_first {
        change_what_is_open(cx, &operation).await?;
    }
    let url = format!("{}/notes/{id}?{operation}", APIS[2].0);
    let mut request = Request::post(&url);
    if let Some(token) = cx.access_token(&url).await? {
        request = request.header("authorization", token.bearer().unwrap());
    }
    let answer = tooling.network.send(request.body("x".into())?).await;
    if !answer.as_ref().is_ok_and(|answer| answer.status().is_client_error()) {
        // What its own client changes is the tool's to tell.
        cx.note_effect();
    }
    let (head, body) = answer?.into_parts();
    let body = read_body(body, 65_536).await?;
    match cx.challenge(&url, head.status, &head.headers, &body) {
        Some(challenge) => Err(challenge),
        None => Ok(head.status.to_string()),
    }
}

/// Changes a note, and says that its body is to run again.
#[jit_tool(retry = "body", may_request(type = "note_c", actions = ["write"], identifier = "{id}"))]
pub async fn change_note_again(
    cx: &ToolContext,
    tooling: State<Tooling>,
    id: String,
    operation: String,
    changes_first: bool,
) -> Result<String, ToolError> {
    tooling.start(&operation);
    if changes_first {
        change_what_is_open(cx, &operation).await?;
    }
    let url = format!("{}/notes/{id}?{operation}", APIS[2].0);
    Ok(cx.http().post(url).send().await?.error_for_status()?.status().to_string())
}
