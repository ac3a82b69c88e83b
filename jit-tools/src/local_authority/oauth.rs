//! The OAuth endpoints: token (RFC 6749), revocation (RFC 7009), introspection (RFC 7662), and the keys.

use std::sync::Arc;

use axum::{Json, extract::State};
use http::StatusCode;
use jsonwebtoken::jwk::JwkSet;
use serde_json::{Value, json};

use super::{
    answer::OAuthError,
    audience::{self, REVIEWER_SCOPE},
    clients::Client,
    exchange,
    input::Form,
    keys,
    limits::Kind,
    shared::Shared,
};

/// The longest `scope` that is accepted, in bytes.
const LONGEST_SCOPE: usize = 512;
/// RFC 8693, section 2.1.
pub(super) const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// `POST …/oauth/token` (RFC 6749, section 4.4; RFC 8693).
pub(super) async fn token(State(shared): State<Arc<Shared>>, form: Form) -> Result<Json<Value>, OAuthError> {
    issue(&shared, &form).await.inspect_err(|error| {
        // Who it was is not known: the presented id is only a claim, and goes into no log.
        shared.record_refusal(error.code());
    })
}

async fn issue(shared: &Shared, form: &Form) -> Result<Json<Value>, OAuthError> {
    if form.get("grant_type") == Some(TOKEN_EXCHANGE) && !form.has_credentials() {
        return exchange::exchange(shared, form, &form.slot).map(Json);
    }
    let agent_id = form.counted_client(shared, Kind::Token).await?;
    match form.get("grant_type") {
        Some("client_credentials") => {}
        Some(TOKEN_EXCHANGE) => return exchange::exchange(shared, form, &form.slot).map(Json),
        Some(_) => {
            return Err(OAuthError::new("unsupported_grant_type", "client_credentials and token-exchange are offered"));
        }
        None => return Err(OAuthError::invalid_request("grant_type is missing")),
    }
    let scope = scope(shared, agent_id, form.get("scope"))?;
    let audience = audience::requested(shared, form)?;
    let issued = shared
        .with(|store, now| store.issue_agent_token(agent_id, scope, audience, now))
        .map_err(|_| OAuthError::full())?;
    let token = shared.sign(&issued).ok_or_else(OAuthError::server_error)?;
    Ok(Json(json!({
        "access_token": token.expose(),
        "token_type": "Bearer",
        "expires_in": issued.lifetime(),
        "scope": issued.scope.as_deref().unwrap_or_default(),
    })))
}

/// The scope of an agent's own token: all that the agent may do, or what it asks for of that.
fn scope(shared: &Shared, agent_id: &str, wanted: Option<&str>) -> Result<String, OAuthError> {
    let all = || shared.client(agent_id).into_iter().flat_map(Client::scopes);
    let Some(wanted) = wanted else { return Ok(all().collect::<Vec<_>>().join(" ")) };
    let has = |scope: &str| scope != REVIEWER_SCOPE && all().any(|known| known == scope);
    if wanted.len() > LONGEST_SCOPE || !wanted.split_ascii_whitespace().all(has) {
        return Err(OAuthError::new("invalid_scope", "the scope is too long, or names what the agent may not do"));
    }
    Ok(wanted.to_owned())
}

/// `POST …/oauth/revoke` (RFC 7009): an unknown token is as good as a revoked one.
pub(super) async fn revoke(State(shared): State<Arc<Shared>>, form: Form) -> Result<StatusCode, OAuthError> {
    let agent_id = form.counted_client(&shared, Kind::Api).await?;
    let token = form.get("token").ok_or_else(|| OAuthError::invalid_request("token is missing"))?;
    let Some(record) = shared.live_token(token) else { return Ok(StatusCode::OK) };
    if record.agent_id != agent_id {
        // RFC 7009, section 2.1: only whom it was issued to may revoke it.
        return Err(OAuthError::new("unauthorized_client", "the token belongs to another client"));
    }
    shared.with(|store, now| store.revoke_tokens(now, |token| token.jti == record.jti));
    Ok(StatusCode::OK)
}

/// `POST …/oauth/introspect` (RFC 7662). Every client may ask about every token: APIs are clients as well here.
///
/// What one client asks is counted for each agent whose tokens it asks about, and once for all tokens that do not count:
/// those who send an API their tokens take nothing from the others.
pub(super) async fn introspect(State(shared): State<Arc<Shared>>, form: Form) -> Result<Json<Value>, OAuthError> {
    let mut record = None;
    let counted_as = |client: &str| {
        record = form.get("token").and_then(|token| shared.live_token(token));
        record.as_ref().map_or_else(|| client.to_owned(), |record| format!("{client} {}", record.agent_id))
    };
    form.client_counted_as(&shared, Kind::Introspection, counted_as).await?;
    form.get("token").ok_or_else(|| OAuthError::invalid_request("token is missing"))?;
    let Some(record) = record else {
        // RFC 7662, section 2.2: nothing tells an expired token from one that never was.
        return Ok(Json(json!({ "active": false })));
    };
    let mut answer = json!({
        "active": true,
        "iss": shared.url,
        "sub": record.subject(),
        "client_id": record.agent_id,
        "agent_id": record.agent_id,
        "token_type": "Bearer",
        "jit": record.is_jit(),
        "iat": record.issued_at,
        "exp": record.expires_at,
        "jti": record.jti,
    });
    let audiences = record.audiences(&shared.url);
    if let (Some(members), false) = (answer.as_object_mut(), audiences.is_empty()) {
        members.insert("aud".to_owned(), json!(audiences));
    }
    if let (Some(members), Some(act)) = (answer.as_object_mut(), keys::act(&record.actors)) {
        members.insert("act".to_owned(), act);
    }
    if let (Some(members), Some(scope)) = (answer.as_object_mut(), &record.scope) {
        members.insert("scope".to_owned(), json!(scope));
    }
    if let (Some(members), Some(task_id), Some(detail)) = (answer.as_object_mut(), &record.task_id, &record.detail) {
        members.insert("task_id".to_owned(), json!(task_id));
        members.insert("parent_task_id".to_owned(), json!(record.parent_task_id));
        members.insert("authorization_details".to_owned(), json!([detail]));
    }
    Ok(Json(answer))
}

/// `GET /.well-known/jwks.json` (RFC 7517, section 5).
pub(super) async fn jwks(State(shared): State<Arc<Shared>>) -> Json<JwkSet> {
    Json(shared.keys.jwks().clone())
}
