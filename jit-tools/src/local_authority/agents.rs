//! What an agent may ask about itself: who it is, what it may do, and what is left of its budget.

use std::sync::Arc;

use axum::{Extension, Json, extract::State};
use http::HeaderMap;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    answer::{OAuthError, PlatformError},
    audit::{AuditEvent, AuditKind},
    input::{Agent, JsonBody, bearer},
    jit::{LONGEST_NAME, at_most},
    limits::QuotaSlot,
    random,
    routes::Base,
    shared::Shared,
};

/// `GET …/oauth/userinfo`, as the vendor has it.
pub(super) async fn userinfo(
    State(shared): State<Arc<Shared>>,
    Extension(slot): Extension<QuotaSlot>,
    headers: HeaderMap,
) -> Result<Json<Value>, OAuthError> {
    let record = shared.own_token(bearer(&headers)).map_err(OAuthError::invalid_token)?;
    shared.count_call(&record.agent_id, &slot).map_err(OAuthError::rate_limited)?;
    let mut answer = json!({ "sub": record.subject() });
    if let (Some(members), false) = (answer.as_object_mut(), record.is_users()) {
        let client = shared.client(&record.agent_id);
        let used = shared.with(|store, now| store.tokens_today(&record.agent_id, now));
        members.insert("name".to_owned(), json!(record.agent_id));
        members.insert("agent_id".to_owned(), json!(record.agent_id));
        members.insert("capabilities".to_owned(), json!(client.map(|client| &client.capabilities)));
        let budget = client.map(|client| client.budget);
        let policy = json!({ "tokens_used_today": used, "max_tokens_per_day": budget });
        members.insert("budget_policy".to_owned(), policy);
    }
    Ok(Json(answer))
}

/// `GET …/agents/me`
pub(super) async fn me(
    State(shared): State<Arc<Shared>>,
    Extension(Base(base)): Extension<Base>,
    Agent(caller): Agent,
) -> Json<Value> {
    let capabilities = shared.client(&caller.agent_id).map(|client| client.capabilities.clone()).unwrap_or_default();
    Json(json!({
        "identity": {
            "id": caller.agent_id,
            "type": "agent",
            "tenant": shared.org,
            "agent_id": caller.agent_id,
            "status": "active",
        },
        "capabilities": capabilities,
        "workspace": { "slug": shared.org, "api_base": base },
    }))
}

#[derive(Deserialize)]
pub(super) struct AskBody {
    action: Option<String>,
    context: Option<Map<String, Value>>,
}

/// `POST …/agents/ask`: whether the agent has a capability of this very name, which its token is good for.
///
/// It says nothing about what could be asked for in a task: that depends on the task and on a person.
pub(super) async fn ask(
    State(shared): State<Arc<Shared>>,
    Agent(caller): Agent,
    JsonBody(body): JsonBody<AskBody>,
) -> Result<Json<Value>, PlatformError> {
    let action = body
        .action
        .filter(|action| !action.is_empty())
        .ok_or_else(|| PlatformError::invalid_request("action is missing"))?;
    at_most("action", Some(&action), LONGEST_NAME)?;
    let has = shared.client(&caller.agent_id).is_some_and(|client| client.capabilities.contains(&action));
    let allowed = has && caller.is_good_for(&action);
    let reason = match (allowed, has) {
        (true, _) => "the agent has this capability",
        (false, true) => "the scope of the token does not hold this capability",
        (false, false) => "the agent does not have this capability; a task may ask for a permission",
    };
    let audit_id = random::id("audit");
    let verdict = if allowed { "allowed" } else { "denied" };
    let event = AuditEvent::new(AuditKind::ActionChecked).agent(&caller.agent_id).reason(verdict).audit_id(&audit_id);
    shared.record(event);
    Ok(Json(json!({
        "allowed": allowed,
        "action": action,
        "context": body.context.unwrap_or_default(),
        "reason": reason,
        "audit_id": audit_id,
    })))
}
