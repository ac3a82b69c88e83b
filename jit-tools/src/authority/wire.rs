//! The authority's wire format. Every field of an answer is optional there, so each is optional here; what is needed
//! is asked for by name with [`needed`].

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value, value::RawValue};

use super::error::Kind;
use crate::{authorization_details::AuthorizationDetail, plain_text, secret::AccessToken};

/// A field that the caller cannot do without.
pub(super) fn needed<T>(field: Option<T>, name: &'static str) -> Result<T, Kind> {
    field.ok_or(Kind::Missing { field: name })
}

fn token<'de, D: Deserializer<'de>>(source: D) -> Result<Option<AccessToken>, D::Error> {
    Ok(Option::<String>::deserialize(source)?.map(AccessToken::new))
}

#[derive(Deserialize)]
pub(super) struct TokenAnswer {
    #[serde(default, deserialize_with = "token")]
    pub(super) access_token: Option<AccessToken>,
    pub(super) token_type: Option<String>,
    pub(super) expires_in: Option<u64>,
    /// An array of details, or what stands in its place: the token that comes with it has to be dealt with.
    pub(super) authorization_details: Option<Box<RawValue>>,
}

/// What a token says of itself, where it is a JWT (RFC 7519, section 4.1.3).
#[derive(Deserialize)]
pub(super) struct TokenClaims {
    pub(super) aud: Option<Value>,
}

#[derive(Serialize)]
pub(super) struct CreateTask<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) parent_task_id: Option<&'a str>,
}

#[derive(Serialize)]
pub(super) struct EvaluateTask<'a> {
    pub(super) result: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) notes: Option<&'a str>,
}

#[derive(Deserialize)]
pub(super) struct UserInfoAnswer {
    pub(super) sub: Option<String>,
    pub(super) name: Option<String>,
    pub(super) agent_id: Option<String>,
    pub(super) capabilities: Option<Vec<String>>,
    pub(super) budget_policy: Option<BudgetPolicy>,
}

#[derive(Deserialize)]
pub(super) struct BudgetPolicy {
    pub(super) tokens_used_today: Option<u64>,
    pub(super) max_tokens_per_day: Option<u64>,
}

#[derive(Serialize)]
pub(super) struct AskQuestion<'a> {
    pub(super) action: &'a str,
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub(super) context: &'a Map<String, Value>,
}

#[derive(Deserialize)]
pub(super) struct AskAnswer {
    pub(super) allowed: Option<bool>,
    pub(super) reason: Option<String>,
    pub(super) audit_id: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct TaskAnswer {
    pub(super) task_id: Option<String>,
    pub(super) expires_at: Option<String>,
}

#[derive(Serialize)]
pub(super) struct RequestPermission<'a> {
    pub(super) task_id: &'a str,
    pub(super) authorization_details: &'a AuthorizationDetail,
    /// Not of the vendor's: an authority that knows it issues a token for this API only (RFC 8707).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) resource: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) justification: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) requested_ttl: Option<u64>,
}

/// The answer to a request, and to a question about its status. Its `status_url` and `token_url` are not read: where
/// to ask next follows from the id, so that no answer can send a token elsewhere.
#[derive(Deserialize)]
pub(super) struct PermissionAnswer {
    pub(super) request_id: Option<String>,
    pub(super) status: Option<String>,
    pub(super) risk_level: Option<String>,
    pub(super) granted_ttl: Option<u64>,
    pub(super) expires_at: Option<String>,
    pub(super) agent_message: Option<String>,
}

/// An error in either shape: OAuth (`error`, `error_description`) or platform (`error`, `message`, `code`).
#[derive(Deserialize)]
pub(super) struct ErrorAnswer {
    error: Option<Value>,
    error_description: Option<String>,
    message: Option<String>,
    code: Option<Value>,
}

impl ErrorAnswer {
    /// The code: `error` where it is a text (OAuth, and some of the platform's), else `code`.
    pub(super) fn code(&self) -> Option<&str> {
        self.error.as_ref().and_then(Value::as_str).or_else(|| self.code.as_ref().and_then(Value::as_str))
    }

    pub(super) fn message(&self) -> Option<&str> {
        self.error_description.as_deref().or(self.message.as_deref())
    }

    /// Whether this is the OAuth shape, whose `error` is a text (RFC 6749, section 5.2).
    pub(super) fn is_oauth(&self) -> bool {
        self.error.as_ref().is_some_and(Value::is_string)
    }
}

/// How much of a text of the authority's is kept, in characters.
pub(super) const MAX_TEXT: usize = 200;

/// Server text for an author's eyes: capped, and without hidden characters.
pub(super) fn tame(text: &str) -> String {
    plain_text::capped(text, MAX_TEXT)
}
