//! The endpoints of the person who approves or denies.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    answer::PlatformError,
    history::{TaskView, WaitingView, request_json},
    input::{Id, JsonBody, Reviewer, whole},
    jit::{LONGEST_NAME, at_most},
    shared::Shared,
    store::{Decision, Refusal, Store, Verdict},
};

/// The longest text of a reviewer, in characters.
pub(super) const LONGEST_MESSAGE: usize = 2048;

/// `GET …/jit/pending`
pub(super) async fn pending(State(shared): State<Arc<Shared>>, _: Reviewer) -> Json<Value> {
    let pending: Vec<Value> = shared.with(Store::waiting).iter().map(WaitingView::to_json).collect();
    let count = pending.len();
    Json(json!({
        "pending_requests": pending,
        "data": pending,
        "count": count,
        "pagination": { "page": 1, "per_page": count, "total": count, "total_pages": 1 },
    }))
}

/// `GET …/jit/review/{id}`: one request, with its digest. This authority's own, as is all below.
pub(super) async fn request(
    State(shared): State<Arc<Shared>>,
    _: Reviewer,
    Id(id): Id,
) -> Result<Json<Value>, PlatformError> {
    let view = shared.with(|store, now| {
        store.expire_requests(now);
        let request = store.requests().find(|request| request.id == id).cloned();
        request.map(|request| store.waiting_view(request, now)).ok_or(Refusal::NoSuchRequest)
    })?;
    Ok(Json(view.to_json()))
}

/// `GET …/jit/tasks`: every task with its requests and tokens, newest first.
pub(super) async fn tasks(State(shared): State<Arc<Shared>>, _: Reviewer) -> Json<Value> {
    let tasks: Vec<Value> = shared.with(Store::task_views).iter().map(TaskView::to_json).collect();
    Json(json!({ "count": tasks.len(), "data": tasks }))
}

/// `GET …/jit/decided`: what no longer waits, newest first.
pub(super) async fn decided(State(shared): State<Arc<Shared>>, _: Reviewer) -> Json<Value> {
    let decided: Vec<Value> = shared.with(Store::decided).iter().map(request_json).collect();
    Json(json!({ "count": decided.len(), "data": decided }))
}

/// `GET …/jit/audit`: what happened, oldest first.
pub(super) async fn audit(State(shared): State<Arc<Shared>>, _: Reviewer) -> Json<Value> {
    let events = shared.events();
    Json(json!({ "count": events.len(), "data": events }))
}

/// `POST …/jit/task/{id}/revoke`: stops a task and those below it, and revokes their tokens.
pub(super) async fn revoke(
    State(shared): State<Arc<Shared>>,
    _: Reviewer,
    Id(task_id): Id,
) -> Result<Json<Value>, PlatformError> {
    let task = shared.with(|store, now| store.suspend_task(&task_id, now).cloned())?;
    Ok(Json(json!({ "task_id": task.id, "status": "suspended" })))
}

#[derive(Deserialize)]
pub(super) struct ApprovalBody {
    #[serde(default, deserialize_with = "whole")]
    ttl: Option<u64>,
    notes: Option<String>,
    agent_message: Option<String>,
    request_digest: Option<String>,
}

/// `POST …/jit/approve/{id}`. With `request_digest`, only the request is approved that has this digest.
pub(super) async fn approve(
    State(shared): State<Arc<Shared>>,
    _: Reviewer,
    Id(id): Id,
    JsonBody(body): JsonBody<ApprovalBody>,
) -> Result<Json<Value>, PlatformError> {
    at_most("notes", body.notes.as_deref(), LONGEST_MESSAGE)?;
    at_most("agent_message", body.agent_message.as_deref(), LONGEST_MESSAGE)?;
    at_most("request_digest", body.request_digest.as_deref(), LONGEST_NAME)?;
    if body.ttl == Some(0) {
        return Err(PlatformError::invalid_request("ttl must be a positive number of seconds"));
    }
    let verdict = Verdict::Approve { ttl: body.ttl };
    let decision =
        Decision { verdict, agent_message: body.agent_message, note: body.notes, shown: body.request_digest };
    let request = shared.with(|store, now| store.decide(&id, decision, now).cloned())?;
    Ok(Json(json!({ "request_id": request.id, "status": request.state.as_str(), "granted_ttl": request.ttl })))
}

#[derive(Deserialize)]
pub(super) struct DenialBody {
    reason: Option<String>,
    agent_message: Option<String>,
}

/// `POST …/jit/deny/{id}`
pub(super) async fn deny(
    State(shared): State<Arc<Shared>>,
    _: Reviewer,
    Id(id): Id,
    JsonBody(body): JsonBody<DenialBody>,
) -> Result<Json<Value>, PlatformError> {
    at_most("reason", body.reason.as_deref(), LONGEST_MESSAGE)?;
    at_most("agent_message", body.agent_message.as_deref(), LONGEST_MESSAGE)?;
    let decision =
        Decision { verdict: Verdict::Deny, agent_message: body.agent_message, note: body.reason, shown: None };
    let request = shared.with(|store, now| store.decide(&id, decision, now).cloned())?;
    Ok(Json(json!({ "request_id": request.id, "status": request.state.as_str() })))
}
