//! The endpoints of the person who approves or denies.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    answer::PlatformError,
    input::{Id, JsonBody, Reviewer},
    jit::at_most,
    shared::{Shared, rfc3339},
    store::{Decision, Request, Store, Verdict},
};

/// The longest text of a reviewer, in bytes.
pub(super) const LONGEST_MESSAGE: usize = 2048;

/// `GET …/jit/pending`
pub(super) async fn pending(State(shared): State<Arc<Shared>>, _: Reviewer) -> Json<Value> {
    let pending: Vec<Value> = shared.with(Store::pending).iter().map(describe).collect();
    let count = pending.len();
    Json(json!({
        "pending_requests": pending,
        "data": pending,
        "count": count,
        "pagination": { "page": 1, "per_page": count, "total": count, "total_pages": 1 },
    }))
}

fn describe(request: &Request) -> Value {
    json!({
        "request_id": request.id,
        "status": request.state.as_str(),
        "agent_id": request.agent_id,
        "task_id": request.task_id,
        "authorization_details": request.detail,
        "justification": request.justification,
        "risk_level": request.risk,
        "requested_ttl": request.ttl,
        "created_at": rfc3339(request.created_at),
        "expires_at": rfc3339(request.expires_at),
    })
}

#[derive(Deserialize)]
pub(super) struct ApprovalBody {
    ttl: Option<u64>,
    notes: Option<String>,
    agent_message: Option<String>,
}

/// `POST …/jit/approve/{id}`
pub(super) async fn approve(
    State(shared): State<Arc<Shared>>,
    _: Reviewer,
    Id(id): Id,
    JsonBody(body): JsonBody<ApprovalBody>,
) -> Result<Json<Value>, PlatformError> {
    at_most("notes", body.notes.as_deref(), LONGEST_MESSAGE)?;
    at_most("agent_message", body.agent_message.as_deref(), LONGEST_MESSAGE)?;
    if body.ttl == Some(0) {
        return Err(PlatformError::invalid_request("ttl must be a positive number of seconds"));
    }
    let verdict = Verdict::Approve { ttl: body.ttl };
    let decision = Decision { verdict, agent_message: body.agent_message, note: body.notes };
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
    let decision = Decision { verdict: Verdict::Deny, agent_message: body.agent_message, note: body.reason };
    let request = shared.with(|store, now| store.decide(&id, decision, now).cloned())?;
    Ok(Json(json!({ "request_id": request.id, "status": request.state.as_str() })))
}
