//! The commands of a reviewer: one call to a running authority, and what it answered.

use std::io::{self, Write as _};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, StatusCode, header};
use serde_json::{Value, json};
use url::Url;

use super::{
    arguments::{Action, Call, Terms, Words},
    shown,
    table::{self, Cell},
};
use crate::{
    authorization_details::AuthorizationDetail,
    clock::SystemClock,
    origin::Origin,
    plain_text,
    tool::ceiling::MARK,
    transport::{Exchange, HttpTransport, HttpTransportError, MAX_AUTHORITY_EXCHANGE, TransportError, read_body},
};

/// The longest answer that is read, in bytes: more than the authority's bounds let it list.
const MAX_ANSWER: usize = 256 * 1024 * 1024;

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
    #[error("nothing was approved, since the risk is critical: once you have read all of it, add --critical")]
    Critical,
    #[error("the authority does not say what it would approve: it sends no `request_digest`")]
    NoDigest,
    #[error("standard output cannot be written: {0}")]
    Output(#[from] io::Error),
}

pub(super) async fn run(call: Call) -> Result<(), DeskError> {
    let text = match &call.action {
        Action::Approve { id, terms, words } => approve(&call, id, terms, words).await?,
        action => {
            let answer = send(&call, ask(action)).await?;
            if call.json { format!("{answer:#}\n") } else { render(action, &answer) }
        }
    };
    print(&text)
}

fn print(text: &str) -> Result<(), DeskError> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// Prints the whole request, and approves just that: the authority is told the digest of what was read.
async fn approve(call: &Call, id: &str, terms: &Terms, words: &Words) -> Result<String, DeskError> {
    let mut request = send(call, (Method::GET, vec!["review", id], None)).await?;
    if !call.json {
        print(&shown::request(&request))?;
    }
    // A level that is not known here may be worse than critical.
    let is_below_critical =
        ["low", "medium", "high"].iter().any(|level| request.get("risk_level") == Some(&json!(level)));
    if !is_below_critical && !terms.critical {
        return Err(DeskError::Critical);
    }
    let digest = match &terms.digest {
        Some(digest) => json!(digest),
        None => {
            request.get("request_digest").filter(|digest| digest.is_string()).cloned().ok_or(DeskError::NoDigest)?
        }
    };
    let body = json!({
        "ttl": terms.ttl, "agent_message": words.message, "notes": words.note, "request_digest": digest,
    });
    let answer = send(call, (Method::POST, vec!["approve", id], Some(body))).await?;
    if !call.json {
        return Ok(render(&call.action, &answer));
    }
    if let (Some(members), Some(answer)) = (request.as_object_mut(), answer.as_object()) {
        members.extend(answer.clone());
    }
    Ok(format!("{request:#}\n"))
}

/// One call: its method, its path and its body.
type Asked<'a> = (Method, Vec<&'a str>, Option<Value>);

fn ask(action: &Action) -> Asked<'_> {
    match action {
        Action::Pending => (Method::GET, vec!["pending"], None),
        Action::Show { id } | Action::Approve { id, .. } => (Method::GET, vec!["review", id], None),
        Action::Tasks => (Method::GET, vec!["tasks"], None),
        Action::Audit => (Method::GET, vec!["audit"], None),
        Action::Link => (Method::POST, vec!["login", "links"], None),
        Action::Revoke { task } => (Method::POST, vec!["task", task, "revoke"], None),
        Action::Deny { id, words: Words { message, note } } => {
            let body = json!({ "agent_message": message, "reason": note });
            (Method::POST, vec!["deny", id], Some(body))
        }
    }
}

async fn send(call: &Call, (method, path, body): Asked<'_>) -> Result<Value, DeskError> {
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
    let body = read_body(body, MAX_ANSWER).await.map_err(|_| DeskError::Answer)?;
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
    let short = |member: &str| table::cut(text(answer, member));
    let rows = |row: fn(&Value) -> Vec<Cell>| data().iter().map(row).collect();
    match action {
        Action::Pending if data().is_empty() => "Nothing waits.\n".to_owned(),
        Action::Pending => {
            let header =
                ["REQUEST", "RISK", "AGENT", "TASK", "FOR", "PERMISSION", "DECIDE BY", "REASON (THE AGENT'S WORDS)"];
            table::render(&header, rows(pending)) + "`show` and `approve` print all of a request.\n"
        }
        Action::Show { .. } => shown::request(answer),
        Action::Tasks => {
            let header = ["TASK", "STATE", "AGENT", "NAME", "FOR", "REQUESTS", "LIVE TOKENS", "ENDS BY"];
            table::render(&header, rows(task))
        }
        Action::Audit => {
            let header = ["TIME", "EVENT", "AGENT", "USER", "TASK", "REQUEST", "RISK", "REASON", "PERMISSION"];
            table::render(&header, rows(event))
        }
        Action::Approve { .. } => {
            format!("{}: {}, for {} s\n", short("request_id"), short("status"), short("granted_ttl"))
        }
        Action::Deny { .. } => format!("{}: {}\n", short("request_id"), short("status")),
        // Whole, since a part of it is of no use.
        Action::Link => format!("{}\n", plain_text::capped(&text(answer, "login_link"), usize::MAX)),
        Action::Revoke { .. } => {
            format!("{}: {}, and its tokens are revoked\n", short("task_id"), short("status"))
        }
    }
}

fn pending(request: &Value) -> Vec<Cell> {
    let mut row = cells(request, &["request_id", "risk_level", "agent_id", "task_name"]);
    row.extend([user(request), permission(request)]);
    row.extend(cells(request, &["expires_at"]));
    let reason = text(request, "justification");
    row.push(match reason.strip_suffix(MARK) {
        Some(reason) => Cell::with_end(reason, MARK),
        None => reason.into(),
    });
    row
}

fn task(task: &Value) -> Vec<Cell> {
    let of = |name: &str| task.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let live = of("tokens").iter().filter(|token| token.get("remaining").is_some_and(Value::is_u64)).count();
    let mut row = cells(task, &["task_id", "state", "agent_id", "name"]);
    row.extend([user(task), of("requests").len().to_string().into(), live.to_string().into()]);
    row.extend(cells(task, &["expires_at"]));
    row
}

fn event(event: &Value) -> Vec<Cell> {
    let mut row = cells(event, &["time", "event", "agent_id"]);
    row.push(match event.get("claimed_user") {
        Some(Value::String(user)) => Cell::with_end(user, CLAIMED),
        _ => text(event, "user").into(),
    });
    row.extend(cells(event, &["task_id", "request_id", "risk_level", "reason"]));
    row.push(permission(event));
    row
}

fn cells(value: &Value, members: &[&str]) -> Vec<Cell> {
    members.iter().map(|member| text(value, member).into()).collect()
}

fn text(value: &Value, member: &str) -> String {
    match value.get(member) {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// What follows a user whom nobody but the agent named.
pub(super) const CLAIMED: &str = " (claimed)";

/// The user for whom a task is. What is not confirmed is the agent's claim.
fn user(value: &Value) -> Cell {
    match value.get("on_behalf_of") {
        Some(Value::String(user)) if value.get("on_behalf_of_confirmed") != Some(&json!(true)) => {
            Cell::with_end(user, CLAIMED)
        }
        _ => text(value, "on_behalf_of").into(),
    }
}

/// What a permission is, in short: `"document" ["delete"] "doc_1"`, and how much of it that leaves out.
fn permission(value: &Value) -> Cell {
    let Some(detail) = value.get("authorization_details").filter(|detail| !detail.is_null()) else {
        return "-".to_owned().into();
    };
    match serde_json::from_value::<AuthorizationDetail>(detail.clone()) {
        Ok(detail) => {
            let (named, counted) = detail.summary_parts();
            Cell::with_end(named, counted)
        }
        Err(_) => detail.to_string().into(),
    }
}
