//! The endpoints of an agent: tasks, permission requests, and the exchange for a JIT token.

use std::sync::Arc;

use axum::{Extension, Json, extract::State};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    answer::PlatformError,
    input::{Agent, Id, JsonBody},
    routes::Base,
    shared::{Shared, rfc3339},
    store::{Ask, NewTask, Request, RequestState},
};
use crate::authorization_details::AuthorizationDetail;

const LONGEST_NAME: usize = 256;
const LONGEST_JUSTIFICATION: usize = 4096;
/// What holds for every text within authorization details, in bytes; and for the length of every list.
const LONGEST_MEMBER: usize = 2048;
const MOST_MEMBERS: usize = 64;
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
    Agent(agent_id): Agent,
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
    let new = NewTask { name: body.name, parent: body.parent_task_id, on_behalf_of: body.on_behalf_of };
    let task = shared.with(|store, now| store.create_task(&agent_id, new, now).cloned())?;
    let answer = json!({
        "task_id": task.id,
        "caep_session_id": task.caep_session_id,
        "expires_at": rfc3339(task.expires_at),
        "agent_id": task.agent_id,
        "agent": task.agent_id,
        "name": task.name,
        "parent_task_id": task.parent,
        "on_behalf_of": task.on_behalf_of,
    });
    Ok((StatusCode::CREATED, Json(answer)))
}

/// `POST …/jit/task/{id}/complete`
pub(super) async fn complete_task(
    State(shared): State<Arc<Shared>>,
    Agent(agent_id): Agent,
    Id(task_id): Id,
) -> Answer {
    let task = shared.with(|store, now| store.complete_task(&agent_id, &task_id, now).cloned())?;
    let answer = json!({
        "task_id": task.id,
        "status": "completed",
        "completed_at": task.completed_at.map(rfc3339),
    });
    Ok((StatusCode::OK, Json(answer)))
}

#[derive(Deserialize)]
pub(super) struct EvaluationBody {
    result: Evaluation,
    notes: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Evaluation {
    Completed,
    Failed,
    Cancelled,
}

/// `POST …/jit/task/{id}/evaluate`. Open to ended tasks as well: what came out is known at the end.
pub(super) async fn evaluate_task(
    State(shared): State<Arc<Shared>>,
    Agent(agent_id): Agent,
    Id(task_id): Id,
    JsonBody(body): JsonBody<EvaluationBody>,
) -> Answer {
    at_most("notes", body.notes.as_deref(), LONGEST_JUSTIFICATION)?;
    let result = match body.result {
        Evaluation::Completed => "completed",
        Evaluation::Failed => "failed",
        Evaluation::Cancelled => "cancelled",
    };
    shared.with(|store, _| store.evaluate_task(&agent_id, &task_id, result))?;
    Ok((StatusCode::OK, Json(json!({ "task_id": task_id, "result": result }))))
}

#[derive(Deserialize)]
pub(super) struct RequestBody {
    task_id: Option<String>,
    authorization_details: Option<Value>,
    justification: Option<String>,
    requested_ttl: Option<i64>,
    // `callback_url` is accepted and never called: this authority opens no connection.
}

/// `POST …/jit/request`
pub(super) async fn ask(
    State(shared): State<Arc<Shared>>,
    Extension(base): Extension<Base>,
    Agent(agent_id): Agent,
    JsonBody(body): JsonBody<RequestBody>,
) -> Answer {
    let task_id = body.task_id.ok_or_else(|| PlatformError::invalid_request("task_id is missing"))?;
    at_most("task_id", Some(&task_id), LONGEST_NAME)?;
    at_most("justification", body.justification.as_deref(), LONGEST_JUSTIFICATION)?;
    let detail = detail(body.authorization_details)?;
    let ttl = match body.requested_ttl {
        None => DEFAULT_TTL,
        Some(ttl) => u64::try_from(ttl)
            .ok()
            .filter(|ttl| *ttl > 0)
            .ok_or_else(|| PlatformError::invalid_request("requested_ttl must be a positive number of seconds"))?,
    };
    let ask = Ask { task_id, detail, justification: body.justification, ttl };
    let request = shared.with(|store, now| store.ask(&agent_id, ask, now).cloned())?;
    Ok((StatusCode::CREATED, Json(describe(&request, &base))))
}

/// `GET …/jit/request/{id}/status`
pub(super) async fn status(
    State(shared): State<Arc<Shared>>,
    Extension(base): Extension<Base>,
    Agent(agent_id): Agent,
    Id(id): Id,
) -> Answer {
    let request = shared.with(|store, now| {
        store.expire_requests(now);
        store.request(&agent_id, &id).cloned()
    })?;
    let mut answer = describe(&request, &base);
    if let Some(members) = answer.as_object_mut() {
        if request.state == RequestState::Pending {
            members.insert("delegation_consent_required".to_owned(), json!(false));
        } else {
            // What a reviewer wrote for the staff stays with the staff; even whether they did is not said.
            members.insert("has_notes".to_owned(), json!(request.agent_message.is_some()));
            members.insert("agent_message".to_owned(), json!(request.agent_message));
        }
    }
    Ok((StatusCode::OK, Json(answer)))
}

/// `POST …/jit/request/{id}/token`
pub(super) async fn exchange(State(shared): State<Arc<Shared>>, Agent(agent_id): Agent, Id(id): Id) -> Answer {
    let issued = shared.with(|store, now| store.exchange(&agent_id, &id, now))?;
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
    if !value.is_object() {
        return Err(PlatformError::invalid_details("authorization_details must be one object with a type"));
    }
    let detail: AuthorizationDetail = serde_json::from_value(value)
        .map_err(|error| PlatformError::invalid_details(format!("authorization_details: {error}")))?;

    let lists = [&detail.actions, &detail.datatypes, &detail.privileges, &detail.locations];
    let lists = || lists.into_iter().flatten();
    let texts = || lists().flatten().chain(&detail.identifier).chain([&detail.kind]);
    if detail.kind.is_empty() {
        return Err(PlatformError::invalid_details("the type of authorization_details is empty"));
    }
    if texts().any(|text| text.len() > LONGEST_MEMBER)
        || lists().any(|list| list.len() > MOST_MEMBERS)
        || detail.extensions.len() > MOST_MEMBERS
    {
        return Err(PlatformError::invalid_details("a member of authorization_details is too long"));
    }
    Ok(detail)
}

pub(super) fn at_most(name: &str, text: Option<&str>, limit: usize) -> Result<(), PlatformError> {
    if text.is_some_and(|text| text.len() > limit) {
        return Err(PlatformError::invalid_request(format!("{name} is longer than {limit} bytes")));
    }
    Ok(())
}
