//! Token exchange (RFC 8693): an agent gets a token by which it acts for a user.

use serde_json::{Value, json};
use url::Url;

use super::{
    answer::OAuthError,
    clients::Client,
    input::Form,
    limits::{Kind, QuotaSlot},
    oauth::REVIEWER_SCOPE,
    shared::Shared,
    store::{Exchange, TokenRecord, until_tomorrow},
};

/// The only kinds of token that are exchanged here (RFC 8693, section 3): each is an access token, and a JWT.
const TYPES: [&str; 2] = [ACCESS_TOKEN, "urn:ietf:params:oauth:token-type:jwt"];
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
/// The longest `scope` and `resource` that are accepted, in bytes.
const LONGEST_PARAMETER: usize = 512;

/// Makes a token by which the agent of the actor token acts for the user of the subject token.
///
/// The actor token says which client calls, as the vendor's clients have it; credentials may be there as well, and have
/// to be the same agent's then.
pub(super) fn exchange(shared: &Shared, form: &Form, slot: &QuotaSlot) -> Result<Value, OAuthError> {
    let subject = token(shared, form, "subject_token", "subject_token_type")?;
    let actor = token(shared, form, "actor_token", "actor_token_type")?;
    if !actor.is_agents_own() {
        return Err(OAuthError::new("invalid_grant", "the actor token is not an agent's own"));
    }
    if form.has_credentials() {
        // They were counted and checked when they came in.
        if form.client(shared)? != actor.agent_id {
            return Err(OAuthError::invalid_client());
        }
    } else {
        shared.limiter.take(Kind::Token, &actor.agent_id, shared.now(), slot).map_err(OAuthError::rate_limited)?;
    }
    if subject.is_jit() || subject.user.is_none() {
        return Err(OAuthError::new("invalid_grant", "the subject token is not a user's"));
    }
    if !shared.client(&actor.agent_id).is_some_and(Client::may_delegate) {
        return Err(OAuthError::delegation_not_allowed());
    }
    let exchange = Exchange {
        subject: &subject,
        actor: &actor.agent_id,
        scope: scope(form, &subject)?,
        resource: resource(form)?,
    };
    let budget = shared.budget(&actor.agent_id);
    let issued = shared.with(|store, now| {
        let until_tomorrow = until_tomorrow(now);
        store.delegate(exchange, budget, now).map_err(|refusal| OAuthError::delegation(refusal, until_tomorrow))
    })?;
    let token = shared.sign(&issued).ok_or_else(OAuthError::server_error)?;
    Ok(json!({
        "access_token": token.expose(),
        "issued_token_type": ACCESS_TOKEN,
        "token_type": "Bearer",
        "expires_in": issued.lifetime(),
        "scope": issued.scope.as_deref().unwrap_or_default(),
    }))
}

/// A token of the form that still counts. RFC 8693, section 2.1: each comes with its type.
fn token(shared: &Shared, form: &Form, name: &str, type_name: &str) -> Result<TokenRecord, OAuthError> {
    let token =
        form.get(name).ok_or_else(|| OAuthError::invalid_request("subject_token and actor_token are needed"))?;
    match form.get(type_name) {
        Some(kind) if TYPES.contains(&kind) => {}
        Some(_) => return Err(OAuthError::invalid_request("only access tokens are exchanged here")),
        None => return Err(OAuthError::invalid_request("subject_token_type and actor_token_type are needed")),
    }
    shared.live_token(token).ok_or_else(|| OAuthError::new("invalid_grant", "a token is unknown, expired or revoked"))
}

/// What is asked for of the subject's scope, which may only become less.
fn scope(form: &Form, subject: &TokenRecord) -> Result<Option<String>, OAuthError> {
    let Some(scope) = form.get("scope") else { return Ok(None) };
    let has = |wanted: &str| {
        subject.scope.as_ref().is_none_or(|scope| scope.split_ascii_whitespace().any(|known| known == wanted))
    };
    let is_reviewers = |wanted: &str| wanted == REVIEWER_SCOPE;
    if scope.len() > LONGEST_PARAMETER || scope.split_ascii_whitespace().any(|one| is_reviewers(one) || !has(one)) {
        return Err(OAuthError::new("invalid_scope", "the scope is too long, or more than the subject token's"));
    }
    Ok(Some(scope.to_owned()))
}

/// The API that the token is for: an absolute URI without a fragment (RFC 8707, section 2).
fn resource(form: &Form) -> Result<Option<String>, OAuthError> {
    let Some(resource) = form.get("resource") else { return Ok(None) };
    let is_usable =
        resource.len() <= LONGEST_PARAMETER && Url::parse(resource).is_ok_and(|url| url.fragment().is_none());
    if is_usable {
        Ok(Some(resource.to_owned()))
    } else {
        Err(OAuthError::new("invalid_target", "the resource is no absolute URI, or has a fragment"))
    }
}
