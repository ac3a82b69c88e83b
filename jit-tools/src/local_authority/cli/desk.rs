//! The commands of a reviewer: one call to a running authority, and what it answered.

use std::io::{self, Write as _};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, StatusCode, header};
use serde_json::{Value, json};
use url::Url;

use super::{
    arguments::{Action, Call, Words},
    table,
};
use crate::{
    clock::SystemClock,
    origin::Origin,
    plain_text,
    transport::{Exchange, HttpTransport, HttpTransportError, MAX_AUTHORITY_EXCHANGE, TransportError, read_body},
};

/// The longest answer that is read, in bytes.
const LONGEST_ANSWER: usize = 64 * 1024 * 1024;

/// Why a command did not do what it was to do.
#[derive(Debug, thiserror::Error)]
pub(super) enum DeskError {
    #[error("`{0}` is no URL of an authority: an https URL is, or one of this machine")]
    Url(String),
    #[error("the reviewer's token cannot be sent in a header")]
    Token,
    #[error(transparent)]
    Client(#[from] HttpTransportError),
    #[error("the authority cannot be reached: {0}")]
    Unreachable(#[from] TransportError),
    #[error("the authority's answer was cut off, or is too long")]
    Answer,
    #[error("the authority refused: {status}, {message}")]
    Refused { status: StatusCode, message: String },
    #[error("standard output cannot be written: {0}")]
    Output(#[from] io::Error),
}

pub(super) async fn run(call: Call) -> Result<(), DeskError> {
    let answer = send(&call).await?;
    let text = if call.json { format!("{answer:#}\n") } else { render(&call.action, &answer) };
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

async fn send(call: &Call) -> Result<Value, DeskError> {
    let (method, path, body) = match &call.action {
        Action::Pending => (Method::GET, vec!["pending"], None),
        Action::Tasks => (Method::GET, vec!["tasks"], None),
        Action::Audit => (Method::GET, vec!["audit"], None),
        Action::Link => (Method::POST, vec!["login", "links"], None),
        Action::Revoke { task } => (Method::POST, vec!["task", task, "revoke"], None),
        Action::Approve { id, ttl, words: Words { message, note } } => {
            let body = json!({ "ttl": ttl, "agent_message": message, "notes": note });
            (Method::POST, vec!["approve", id], Some(body))
        }
        Action::Deny { id, words: Words { message, note } } => {
            let body = json!({ "agent_message": message, "reason": note });
            (Method::POST, vec!["deny", id], Some(body))
        }
    };
    let url = address(call, &path).ok_or_else(|| DeskError::Url(call.url.clone()))?;
    let request = Request::builder()
        .method(method)
        .uri(url.as_str())
        .header(header::AUTHORIZATION, call.token.bearer().ok_or(DeskError::Token)?)
        .header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
        .body(body.map(|body| Bytes::from(body.to_string())).unwrap_or_default())
        .map_err(|_| DeskError::Url(call.url.clone()))?;
    let (transport, clock) = (HttpTransport::new()?, SystemClock::shared());
    let exchange = Exchange::new(&transport, &clock, MAX_AUTHORITY_EXCHANGE);
    let (head, body) = exchange.send(request).await?.into_parts();
    let body = read_body(body, LONGEST_ANSWER).await.map_err(|_| DeskError::Answer)?;
    let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
    if head.status.is_success() {
        return Ok(answer);
    }
    let message = answer.get("message").and_then(Value::as_str);
    let message = message.unwrap_or("is this the URL, and the organisation, of an authority?");
    Err(DeskError::Refused { status: head.status, message: plain_text::capped(message, 200) })
}

/// Where to call. The reviewer's token goes only where nobody reads it on the way; an id cannot lead elsewhere, since
/// each part of the path is encoded.
fn address(call: &Call, path: &[&str]) -> Option<Url> {
    let mut url = Url::parse(&call.url).ok()?;
    Origin::of(&url).filter(Origin::is_secure)?;
    if path.iter().any(|part| part.is_empty() || part.starts_with('.')) {
        return None;
    }
    // The page is for every organisation, and has paths of its own.
    let api = ["orgs", &call.org, "api", "v1", "jit"].into_iter().filter(|_| call.action != Action::Link);
    url.path_segments_mut().ok()?.pop_if_empty().extend(api).extend(path);
    Some(url)
}

/// The answer for people.
fn render(action: &Action, answer: &Value) -> String {
    let data = || answer.get("data").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let short = |member: &str| table::tame(&cell(answer, member));
    match action {
        Action::Pending if data().is_empty() => "Nothing waits.\n".to_owned(),
        Action::Pending => {
            let members = ["request_id", "risk_level", "agent_id", "task_name", "on_behalf_of"];
            let row = |one: &Value| {
                let mut row = cells(one, &members);
                row.extend([detail(one), cell(one, "expires_at"), cell(one, "justification")]);
                row
            };
            let rows: Vec<_> = data().iter().map(row).collect();
            let header =
                ["REQUEST", "RISK", "AGENT", "TASK", "FOR", "PERMISSION", "DECIDE BY", "REASON (THE AGENT'S WORDS)"];
            table::render(&header, &rows)
        }
        Action::Tasks => {
            let row = |one: &Value| {
                let mut row = cells(one, &["task_id", "state", "agent_id", "name", "on_behalf_of"]);
                let of = |name: &str| one.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                let live =
                    of("tokens").iter().filter(|token| token.get("remaining").is_some_and(Value::is_u64)).count();
                row.extend([of("requests").len().to_string(), live.to_string(), cell(one, "expires_at")]);
                row
            };
            let rows: Vec<_> = data().iter().map(row).collect();
            table::render(&["TASK", "STATE", "AGENT", "NAME", "FOR", "REQUESTS", "LIVE TOKENS", "ENDS BY"], &rows)
        }
        Action::Audit => {
            let row = |one: &Value| {
                let mut row =
                    cells(one, &["time", "event", "agent_id", "task_id", "request_id", "risk_level", "reason"]);
                row.push(detail(one));
                row
            };
            let rows: Vec<_> = data().iter().map(row).collect();
            table::render(&["TIME", "EVENT", "AGENT", "TASK", "REQUEST", "RISK", "REASON", "PERMISSION"], &rows)
        }
        Action::Approve { .. } => {
            format!("{}: {}, for {} s\n", short("request_id"), short("status"), short("granted_ttl"))
        }
        Action::Deny { .. } => format!("{}: {}\n", short("request_id"), short("status")),
        // Whole, since a part of it is of no use.
        Action::Link => format!("{}\n", plain_text::capped(&cell(answer, "login_link"), usize::MAX)),
        Action::Revoke { .. } => {
            format!("{}: {}, and its tokens are revoked\n", short("task_id"), short("status"))
        }
    }
}

fn cells(value: &Value, members: &[&str]) -> Vec<String> {
    members.iter().map(|member| cell(value, member)).collect()
}

fn cell(value: &Value, member: &str) -> String {
    match value.get(member) {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// What a permission is, in short: `document: delete doc_1`.
fn detail(value: &Value) -> String {
    let Some(detail) = value.get("authorization_details").filter(|detail| !detail.is_null()) else {
        return "-".to_owned();
    };
    match serde_json::from_value::<crate::authorization_details::AuthorizationDetail>(detail.clone()) {
        Ok(detail) => detail.summary(),
        Err(_) => detail.to_string(),
    }
}
