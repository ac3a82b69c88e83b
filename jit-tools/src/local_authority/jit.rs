//! The endpoints of an agent: tasks, permission requests, and the exchange for a JIT token.

use std::sync::Arc;

use axum::{Extension, Json, extract::State};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    answer::PlatformError,
    audience::MAX_AUDIENCE,
    clients::{Client, DELEGATE},
    input::{Id, JsonBody, TaskAgent, whole},
    risk,
    routes::Base,
    shared::{Shared, rfc3339},
    store::{Ask, Caller, NewTask, Outcome, Refusal, Request, RequestState, TaskResult, until_tomorrow},
};
use crate::authorization_details::AuthorizationDetail;

pub(super) const LONGEST_NAME: usize = 256;
const LONGEST_JUSTIFICATION: usize = 4096;
/// The longest permission, in bytes of JSON: all that wait, or are in the log, have to be listed for a person at once.
const MAX_DETAIL: usize = 8 * 1024;
/// What holds for every text within authorization details, in characters; and for the length of every list.
const LONGEST_MEMBER: usize = 2048;
const MOST_MEMBERS: usize = 64;
/// The largest number that every reader of JSON keeps exactly: 2^53 - 1.
const MOST_EXACT: f64 = 9_007_199_254_740_991.0;
/// Without `requested_ttl`, in seconds.
const DEFAULT_TTL: u64 = 600;

type Answer = Result<(StatusCode, Json<Value>), PlatformError>;

#[derive(Deserialize)]
pub(super) struct TaskBody {
    name: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    parent_task_id: Option<String>,
    on_behalf_of: Option<String>,
}

/// `POST …/jit/task`
pub(super) async fn create_task(
    State(shared): State<Arc<Shared>>,
    TaskAgent(caller): TaskAgent,
    JsonBody(body): JsonBody<TaskBody>,
) -> Answer {
    for (name, text) in [
        ("name", &body.name),
        ("type", &body.kind),
        ("parent_task_id", &body.parent_task_id),
        ("on_behalf_of", &body.on_behalf_of),
    ] {
        at_most(name, text.as_deref(), LONGEST_NAME)?;
    }
    let agent_id = &caller.agent_id;
    let on_behalf_of = on_behalf_of(&shared, &caller, body.on_behalf_of)?;
    let new = NewTask {
        name: body.name,
        kind: body.kind,
        parent: body.parent_task_id,
        on_behalf_of,
        is_delegated: caller.user.is_some(),
    };
    let task = shared.with(|store, now| store.create_task(agent_id, new, now).cloned())?;
    let answer = json!({
        "task_id": task.id,
        "caep_session_id": task.caep_session_id,
        "expires_at": rfc3339(task.expires_at),
        "agent_id": task.agent_id,
        "agent": { "id": task.agent_id, "name": task.agent_id, "client_id": task.agent_id },
        "name": task.name,
        "type": task.kind,
        "parent_task_id": task.parent,
        "on_behalf_of": task.on_behalf_of,
    });
    Ok((StatusCode::CREATED, Json(answer)))
}

/// For whom a task is. An agent that acts for a user does so for nobody else, and one that does not needs the
/// capability.
fn on_behalf_of(shared: &Shared, caller: &Caller, named: Option<String>) -> Result<Option<String>, PlatformError> {
    let is_allowed = match (&caller.user, &named) {
        (Some(user), Some(named)) => user == named,
        (None, Some(_)) => {
            shared.client(&caller.agent_id).is_some_and(Client::may_delegate) && caller.is_good_for(DELEGATE)
        }
        (_, None) => true,
    };
    if is_allowed { Ok(named.or_else(|| caller.user.clone())) } else { Err(Refusal::DelegationNotAllowed.into()) }
}

/// `POST …/jit/task/{id}/complete`
pub(super) async fn complete_task(
    State(shared): State<Arc<Shared>>,
    TaskAgent(caller): TaskAgent,
    Id(task_id): Id,
) -> Answer {
    let completed = shared.with(|store, now| {
        store.complete_task(&caller.agent_id, &task_id, now).map(|task| (task.clone(), task.state_name(now)))
    });
    let (task, state) = completed?;
    let answer = json!({
        "task_id": task.id,
        "status": state,
        "completed_at": task.ended_at.map(rfc3339),
    });
    Ok((StatusCode::OK, Json(answer)))
}

#[derive(Deserialize)]
pub(super) struct EvaluationBody {
    result: Option<TaskResult>,
    notes: Option<String>,
}

/// `POST …/jit/task/{id}/evaluate`: closes the task with an outcome. Open to ended tasks as well: what came out may be
/// known later. The vendor's generated client sends no body; that is a plain completion.
pub(super) async fn evaluate_task(
    State(shared): State<Arc<Shared>>,
    TaskAgent(caller): TaskAgent,
    Id(task_id): Id,
    JsonBody(body): JsonBody<EvaluationBody>,
) -> Answer {
    at_most("notes", body.notes.as_deref(), LONGEST_JUSTIFICATION)?;
    let result = body.result.unwrap_or(TaskResult::Completed);
    let outcome = Outcome { result, notes: body.notes };
    let task = shared.with(|store, now| store.evaluate_task(&caller.agent_id, &task_id, outcome, now).cloned())?;
    let answer = json!({
        "task_id": task.id,
        "status": result.as_str(),
        "result": result.as_str(),
        "completed_at": task.ended_at.map(rfc3339),
    });
    Ok((StatusCode::OK, Json(answer)))
}

#[derive(Deserialize)]
pub(super) struct RequestBody {
    task_id: Option<String>,
    authorization_details: Option<Value>,
    /// The API that the permission is for, where the details name no `locations`.
    resource: Option<String>,
    justification: Option<String>,
    #[serde(default, deserialize_with = "whole")]
    requested_ttl: Option<u64>,
    callback_url: Option<String>,
}

/// `POST …/jit/request`
pub(super) async fn ask(
    State(shared): State<Arc<Shared>>,
    Extension(base): Extension<Base>,
    TaskAgent(caller): TaskAgent,
    JsonBody(body): JsonBody<RequestBody>,
) -> Answer {
    let task_id = body.task_id.ok_or_else(|| PlatformError::invalid_request("task_id is missing"))?;
    at_most("task_id", Some(&task_id), LONGEST_NAME)?;
    at_most("justification", body.justification.as_deref(), LONGEST_JUSTIFICATION)?;
    let detail = located(detail(body.authorization_details)?, body.resource)?;
    let ttl = match body.requested_ttl {
        None => DEFAULT_TTL,
        Some(0) => return Err(PlatformError::invalid_request("requested_ttl must be a positive number of seconds")),
        Some(ttl) => ttl,
    };
    let callback_url = body.callback_url.map(|url| callback(&shared, url)).transpose()?;
    let risk = risk::assess(&detail, &shared.low_risk_types);
    let ask = Ask { task_id, detail, risk, justification: body.justification, ttl, callback_url };
    let request = shared.with(|store, now| store.ask(&caller, ask, now).cloned())?;
    Ok((StatusCode::CREATED, Json(describe(&request, &base))))
}

/// `GET …/jit/request/{id}/status`
pub(super) async fn status(
    State(shared): State<Arc<Shared>>,
    Extension(base): Extension<Base>,
    TaskAgent(caller): TaskAgent,
    Id(id): Id,
) -> Answer {
    let request = shared.with(|store, now| {
        store.expire_requests(now);
        store.request(&caller.agent_id, &id).map(|request| request.as_of(now))
    })?;
    let mut answer = describe(&request, &base);
    if let Some(members) = answer.as_object_mut() {
        if request.state == RequestState::Pending {
            members.insert("delegation_consent_required".to_owned(), json!(false));
        } else {
            // What a reviewer wrote for the staff stays with the staff.
            members.insert("has_notes".to_owned(), json!(request.note.is_some()));
            members.insert("agent_message".to_owned(), json!(request.agent_message));
        }
    }
    Ok((StatusCode::OK, Json(answer)))
}

/// `POST …/jit/request/{id}/token`: a token until what was granted ends, `granted_ttl` seconds after the decision. Asking
/// again, as after an answer that got lost, revokes the token before.
pub(super) async fn exchange(State(shared): State<Arc<Shared>>, TaskAgent(caller): TaskAgent, Id(id): Id) -> Answer {
    let budget = shared.budget(&caller.agent_id);
    let issued = shared.with(|store, now| {
        store.exchange(&caller, &id, budget, now).map_err(|refusal| match refusal {
            Refusal::BudgetExceeded => PlatformError::from(refusal).retry_after(until_tomorrow(now)),
            _ => refusal.into(),
        })
    })?;
    let token = shared.sign(&issued).ok_or_else(PlatformError::server_error)?;
    let answer = json!({
        "access_token": token.expose(),
        "token_type": "Bearer",
        "expires_in": issued.lifetime(),
        "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
        "authorization_details": issued.detail.as_slice(),
        "task_id": issued.task_id,
        "jit_request_id": id,
    });
    Ok((StatusCode::OK, Json(answer)))
}

/// Where the news of a decision is to go: only to origins that the owner of this authority named.
fn callback(shared: &Shared, url: String) -> Result<String, PlatformError> {
    at_most("callback_url", Some(&url), LONGEST_MEMBER)?;
    if shared.webhooks.as_ref().is_some_and(|webhooks| webhooks.allows(&url)) {
        Ok(url)
    } else {
        Err(PlatformError::invalid_request("callback_url is not at an origin that this authority may call"))
    }
}

fn describe(request: &Request, Base(base): &Base) -> Value {
    let mut answer = Map::new();
    let mut put = |name: &str, value: Value| answer.insert(name.to_owned(), value);
    let url = format!("{base}/jit/request/{}", request.id);
    put("request_id", json!(request.id));
    put("status", json!(request.state.as_str()));
    put("risk_level", json!(request.risk));
    put("task_id", json!(request.task_id));
    match request.state {
        RequestState::Approved => {
            put("token_url", json!(format!("{url}/token")));
            put("granted_ttl", json!(request.ttl));
        }
        RequestState::Pending => {
            put("status_url", json!(format!("{url}/status")));
            put("expires_at", json!(rfc3339(request.expires_at)));
            put("message", json!("a person has to decide about this request"));
        }
        RequestState::Denied | RequestState::Expired => {}
    }
    Value::Object(answer)
}

/// One authorization details object (RFC 9396, section 2), bounded.
fn detail(value: Option<Value>) -> Result<AuthorizationDetail, PlatformError> {
    let value = value.ok_or_else(|| PlatformError::invalid_details("authorization_details is missing"))?;
    let members = value.as_object().map(Map::len);
    let members = members
        .ok_or_else(|| PlatformError::invalid_details("authorization_details must be one object with a type"))?;
    if members > MOST_MEMBERS {
        return Err(PlatformError::invalid_details("authorization_details has too many members"));
    }
    if value.to_string().len() > MAX_DETAIL {
        return Err(PlatformError::invalid_details("authorization_details is longer than 8 KiB"));
    }
    if !is_exact(&value) {
        return Err(PlatformError::invalid_details("authorization_details has a number that not every reader keeps"));
    }
    let detail: AuthorizationDetail = serde_json::from_value(value)
        .map_err(|error| PlatformError::invalid_details(format!("authorization_details: {error}")))?;

    let lists = [&detail.actions, &detail.datatypes, &detail.privileges, &detail.locations];
    let lists = || lists.into_iter().flatten();
    let texts = || lists().flatten().chain(&detail.identifier).chain([&detail.kind]);
    if detail.kind.is_empty() {
        return Err(PlatformError::invalid_details("the type of authorization_details is empty"));
    }
    if texts().any(|text| text.chars().count() > LONGEST_MEMBER) || lists().any(|list| list.len() > MOST_MEMBERS) {
        return Err(PlatformError::invalid_details("a member of authorization_details is too long"));
    }
    Ok(detail)
}

/// What is asked for, at the one API that `resource` names (RFC 8707), unless it has locations of its own. That becomes a
/// part of the permission, so that a person reads it, and the token is for that API.
fn located(detail: AuthorizationDetail, resource: Option<String>) -> Result<AuthorizationDetail, PlatformError> {
    at_most("resource", resource.as_deref(), MAX_AUDIENCE)?;
    match resource {
        Some(resource) if resource.is_empty() => Err(PlatformError::invalid_request("resource is empty")),
        Some(resource) if detail.locations.is_none() => Ok(detail.locations([resource])),
        _ => Ok(detail),
    }
}

/// Whether every number within is one that all readers of JSON keep as it is (RFC 7493, section 2.2): whoever approves it
/// and whoever checks it must read the same.
fn is_exact(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_f64().is_some_and(|number| number.abs() <= MOST_EXACT),
        // As deep as the reader of the body let it be.
        Value::Array(items) => items.iter().all(is_exact),
        Value::Object(members) => members.values().all(is_exact),
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}

pub(super) fn at_most(name: &str, text: Option<&str>, limit: usize) -> Result<(), PlatformError> {
    if text.is_some_and(|text| text.chars().count() > limit) {
        return Err(PlatformError::invalid_request(format!("{name} is longer than {limit} characters")));
    }
    Ok(())
}
