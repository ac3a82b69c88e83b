//! Token exchange (RFC 8693): an agent gets a token by which it acts for a user.

use serde_json::{Value, json};

use super::{
    answer::OAuthError,
    audience::{self, REQUEST_SCOPE, REVIEWER_SCOPE},
    clients::{Client, DELEGATE},
    input::Form,
    limits::{Kind, QuotaSlot},
    shared::Shared,
    store::{Exchange, TokenRecord, until_tomorrow},
};

/// The only kinds of token that are exchanged here (RFC 8693, section 3): each is an access token, and a JWT.
const TYPES: [&str; 2] = [ACCESS_TOKEN, "urn:ietf:params:oauth:token-type:jwt"];
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
/// The longest `scope` that is accepted, in bytes.
const MAX_SCOPE: usize = 512;

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
    if !actor.is_for_the_authority() {
        return Err(OAuthError::new("invalid_grant", "the actor token is for another audience than this authority"));
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
    // What was made for an API is not for that API to go on with; what was made for this agent is.
    if !subject.is_for_the_authority() && subject.audience.as_ref() != Some(&actor.agent_id) {
        let description =
            "the subject token is for another audience than this authority, or than the agent that is to act";
        return Err(OAuthError::new("invalid_grant", description));
    }
    if !shared.client(&actor.agent_id).is_some_and(Client::may_delegate) || !actor.has_scope(DELEGATE) {
        return Err(OAuthError::delegation_not_allowed());
    }
    let exchange = Exchange {
        subject: &subject,
        actor: &actor.agent_id,
        scope: scope(shared, form, &subject, &actor)?,
        audience: audience::requested(shared, form)?,
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

/// The scope of the new token: what is asked for, or else all of the subject's. It holds no more than the subject's does,
/// and of what an agent may do at this authority no more than the actor's does.
fn scope(shared: &Shared, form: &Form, subject: &TokenRecord, actor: &TokenRecord) -> Result<String, OAuthError> {
    // A user's own token has no scope: it is the whole of the user.
    let of_subject = |wanted: &str| subject.scope.is_none() || subject.has_scope(wanted);
    let capabilities = shared.client(&actor.agent_id).map(|client| client.capabilities.as_slice()).unwrap_or_default();
    let is_agents = |wanted: &str| wanted == REQUEST_SCOPE || capabilities.iter().any(|known| known == wanted);
    let of_actor = |wanted: &str| !is_agents(wanted) || actor.has_scope(wanted);
    let may_have = |wanted: &str| wanted != REVIEWER_SCOPE && of_subject(wanted) && of_actor(wanted);
    match form.get("scope") {
        Some(scope) if scope.len() <= MAX_SCOPE && scope.split_ascii_whitespace().all(may_have) => Ok(scope.to_owned()),
        Some(_) => Err(OAuthError::new("invalid_scope", "the scope is too long, or more than the two tokens' own")),
        None => {
            let whole = subject.scope.as_ref().or(actor.scope.as_ref()).map_or("", String::as_str);
            Ok(whole.split_ascii_whitespace().filter(|wanted| may_have(wanted)).collect::<Vec<_>>().join(" "))
        }
    }
}
