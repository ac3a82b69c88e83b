//! What a call carries, taken apart and bounded before a handler sees it.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, RawPathParams, Request, rejection::BytesRejection},
    response::IntoResponse,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{Extensions, HeaderMap, StatusCode, header, request::Parts};
use serde::{
    Deserialize as _, Deserializer,
    de::{DeserializeOwned, Error as _},
};

use super::{
    answer::{OAuthError, PlatformError, Unusable},
    audience::REQUEST_SCOPE,
    limits::{Kind, QuotaSlot},
    server::Connection,
    shared::Shared,
    store::Caller,
};

/// The longest token that is looked at, in bytes.
const LONGEST_TOKEN: usize = 16 * 1024;
/// How long the answer to wrong credentials takes once there were too many of them in a minute.
const GUESS_DELAY: Duration = Duration::from_secs(1);
/// The longest identifier in a path, in bytes.
const LONGEST_ID: usize = 128;

/// The one bearer token of a call (RFC 6750, section 2.1). None when there is none, or more than one.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = authorization(headers)?;
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && token.len() <= LONGEST_TOKEN).then_some(token)
}

/// Client credentials in an `Authorization` header: each is form-encoded before base64 (RFC 6749, section 2.3.1).
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let (scheme, credentials) = authorization(headers)?;
    if !scheme.eq_ignore_ascii_case("basic") || credentials.len() > LONGEST_TOKEN {
        return None;
    }
    let decoded = String::from_utf8(BASE64_STANDARD.decode(credentials).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    let plain = |text: &str| {
        // A pair with an empty name is how the form decoder reads a lone value.
        let encoded = format!("={}", text.replace('&', "%26"));
        url::form_urlencoded::parse(encoded.as_bytes()).next().map(|(_, value)| value.into_owned())
    };
    Some((plain(id)?, plain(secret)?))
}

fn authorization(headers: &HeaderMap) -> Option<(&str, &str)> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let (scheme, rest) = value.to_str().ok()?.split_once(' ')?;
    Some((scheme, rest.trim_matches(' ')))
}

/// The agent that calls, with its own token or with one by which it acts for a user.
pub(super) struct Agent(pub(super) Caller);

impl FromRequestParts<Arc<Shared>> for Agent {
    type Rejection = PlatformError;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Self::Rejection> {
        let record = shared.own_token(bearer(&parts.headers)).map_err(PlatformError::invalid_token)?;
        let caller = Caller::of(record).ok_or_else(|| {
            PlatformError::forbidden("this call needs the agent's own token, or one by which it acts for a user")
        })?;
        let slot = slot_of(&parts.extensions);
        shared.count_call(&caller.agent_id, &slot).map_err(PlatformError::rate_limited)?;
        Ok(Self(caller))
    }
}

/// An agent that calls with a token which is good for tasks: that was asked for with this scope, or without any.
pub(super) struct TaskAgent(pub(super) Caller);

impl FromRequestParts<Arc<Shared>> for TaskAgent {
    type Rejection = PlatformError;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Self::Rejection> {
        let Agent(caller) = Agent::from_request_parts(parts, shared).await?;
        if caller.is_good_for(REQUEST_SCOPE) { Ok(Self(caller)) } else { Err(PlatformError::insufficient_scope()) }
    }
}

/// A call with the reviewer's token. No agent's token is one, whatever its scope.
pub(super) struct Reviewer;

impl FromRequestParts<Arc<Shared>> for Reviewer {
    type Rejection = PlatformError;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Self::Rejection> {
        let missing = || PlatformError::invalid_token(Unusable::Missing);
        let token = bearer(&parts.headers).ok_or_else(missing)?;
        if shared.is_reviewer(token) {
            Ok(Self)
        } else if shared.live_token(token).is_some() {
            Err(PlatformError::forbidden("only a person who reviews requests may do this, never an agent"))
        } else {
            Err(missing())
        }
    }
}

/// The `{id}` of a path.
pub(super) struct Id(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = PlatformError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let not_found = || PlatformError::new(StatusCode::NOT_FOUND, "not_found", "there is nothing with this id");
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| not_found())?;
        let id = params.iter().find_map(|(name, value)| (name == "id").then_some(value)).ok_or_else(not_found)?;
        if id.len() > LONGEST_ID { Err(not_found()) } else { Ok(Self(id.to_owned())) }
    }
}

/// A JSON body. An empty one is an empty object, since the vendor's clients send none where nothing is to say.
pub(super) struct JsonBody<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = PlatformError;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let body = Bytes::from_request(request, state).await.map_err(|rejection| {
            let status = status_of(rejection);
            PlatformError::new(status, "invalid_request", "the body could not be read, or is longer than 64 KiB")
        })?;
        let body: &[u8] = if body.is_empty() { b"{}" } else { &body };
        if body.trim_ascii_start().first() != Some(&b'{') {
            // serde would take an array for the members of an object.
            return Err(PlatformError::invalid_request("the body is not a JSON object"));
        }
        serde_json::from_slice(body)
            .map(Self)
            .map_err(|error| PlatformError::invalid_request(format!("the body is not what it should be: {error}")))
    }
}

/// A whole number that is not negative. `60.0` is one (JSON Schema, draft 2020-12, section 6.1.1 of the validation part).
pub(super) fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let Some(number) = Option::<serde_json::Number>::deserialize(deserializer)? else { return Ok(None) };
    let written_as_float =
        || number.as_f64().filter(|value| value.fract() == 0.0).and_then(|value| format!("{value}").parse().ok());
    number
        .as_u64()
        .or_else(written_as_float)
        .map(Some)
        .ok_or_else(|| D::Error::custom("a whole number of seconds is needed"))
}

/// A form, and the client credentials that came with it.
pub(super) struct Form {
    pairs: Vec<(String, String)>,
    basic: Option<(String, String)>,
    pub(super) slot: QuotaSlot,
    /// `None` for a call in the same process.
    connection: Option<Arc<Connection>>,
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = OAuthError;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let basic = basic(request.headers());
        let slot = slot_of(request.extensions());
        let connection = request.extensions().get().cloned();
        let body = Bytes::from_request(request, state).await.map_err(|rejection| {
            OAuthError::invalid_request("the body could not be read, or is longer than 64 KiB")
                .with_status(status_of(rejection))
        })?;
        let pairs: Vec<(String, String)> =
            serde_urlencoded::from_bytes(&body).map_err(|_| OAuthError::invalid_request("the body is not a form"))?;
        // RFC 6749, section 3.2: no parameter may come twice; two readers could take two different ones.
        let is_repeated = |(index, (name, _)): (usize, &(String, String))| {
            pairs.iter().skip(index.saturating_add(1)).any(|(other, _)| other == name)
        };
        if pairs.len() > 64 || pairs.iter().enumerate().any(is_repeated) {
            return Err(OAuthError::invalid_request("a parameter is repeated, or there are too many"));
        }
        Ok(Self { pairs, basic, slot, connection })
    }
}

impl Form {
    /// A parameter. One without a value counts as left out (RFC 6749, section 3.2).
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find_map(|(key, value)| (key == name && !value.is_empty()).then_some(value.as_str()))
    }

    /// Whether client credentials came with it.
    pub(super) fn has_credentials(&self) -> bool {
        self.basic.is_some() || self.get("client_id").is_some()
    }

    /// Who calls, and counts the call.
    ///
    /// Wrong credentials are counted apart, and slowed down once they are too many: whoever sends them locks nobody
    /// out who has the right ones.
    pub(super) async fn counted_client<'a>(&self, shared: &'a Shared, kind: Kind) -> Result<&'a str, OAuthError> {
        self.client_counted_as(shared, kind, str::to_owned).await
    }

    /// Who calls, and counts the call by a name that is made of the client's. There have to be only so many of them.
    pub(super) async fn client_counted_as<'a>(
        &self,
        shared: &'a Shared,
        kind: Kind,
        name: impl FnOnce(&str) -> String,
    ) -> Result<&'a str, OAuthError> {
        let refusal = match self.client(shared) {
            Ok(id) => {
                shared.limiter.take(kind, &name(id), shared.now(), &self.slot).map_err(OAuthError::rate_limited)?;
                return Ok(id);
            }
            Err(refusal) => refusal,
        };
        let named = self.basic.as_ref().map(|(id, _)| id.as_str()).or_else(|| self.get("client_id"));
        // All who name no known client share one count.
        let counted = named.and_then(|id| shared.client(id)).map_or("", |client| &client.id);
        match shared.limiter.take(Kind::Failure, counted, shared.now(), &self.slot) {
            Ok(()) => Err(refusal),
            Err(seconds) => {
                // Whoever guesses holds no connection that another call needs.
                if let Some(connection) = &self.connection {
                    connection.rest();
                }
                shared.clock.sleep(GUESS_DELAY).await;
                Err(OAuthError::rate_limited(seconds))
            }
        }
    }

    /// Who calls: credentials in the form or in the header, never both (RFC 6749, section 2.3).
    pub(super) fn client<'a>(&self, shared: &'a Shared) -> Result<&'a str, OAuthError> {
        let in_form = self.get("client_id").zip(self.get("client_secret"));
        let (id, secret) = match (&self.basic, in_form) {
            (Some(_), Some(_)) => return Err(OAuthError::invalid_request("credentials came in two ways at once")),
            (Some((id, secret)), None) => (id.as_str(), secret.as_str()),
            (None, Some(pair)) => pair,
            (None, None) => return Err(OAuthError::invalid_client()),
        };
        shared.authenticate(id, secret).map(|client| client.id.as_str()).ok_or_else(OAuthError::invalid_client)
    }
}

fn slot_of(extensions: &Extensions) -> QuotaSlot {
    extensions.get().cloned().unwrap_or_default()
}

fn status_of(rejection: BytesRejection) -> StatusCode {
    rejection.into_response().status()
}
