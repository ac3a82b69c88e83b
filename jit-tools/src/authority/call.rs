//! One call to the authority: its address, its token, its bounds, and when it is made again.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use secrecy::{ExposeSecret, SecretString, zeroize::Zeroizing};
use serde::{Serialize, de::DeserializeOwned};
use url::{Url, form_urlencoded};

use super::{
    AuthorityError, LumoAuthAgent,
    credentials::PathStyle,
    error::{Kind, Refused},
    wire::{ErrorAnswer, MAX_TEXT},
};
use crate::{
    plain_text,
    secret::AccessToken,
    transport::{Exchange, MAX_AUTHORITY_EXCHANGE, read_body},
};

/// The longest answer that is read, in bytes.
const MAX_ANSWER: usize = 256 * 1024;
/// How often one call is made at most.
const MAX_TRIES: u32 = 4;
/// The first pause between two tries; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest `Retry-After` that a call waits for by itself; a longer one is told to the caller.
const MAX_PAUSE: Duration = Duration::from_secs(30);

/// Whether a call that failed on the way may be made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    /// Not at all: the caller asks again by itself.
    Never,
    /// Asking twice has the effect of asking once.
    Always,
    /// Only when the authority certainly did nothing: a second request would put a second prompt before a person.
    IfUnprocessed,
}

/// What is sent.
#[derive(Clone)]
pub(super) enum Body {
    Empty,
    Json(Bytes),
    Form {
        /// Zeroized once the last clone is dropped.
        text: Bytes,
        /// What is secret in it.
        secrets: Vec<SecretString>,
    },
}

impl Body {
    pub(super) fn json(operation: &'static str, value: &impl Serialize) -> Result<Self, AuthorityError> {
        serde_json::to_vec(value)
            .map(|bytes| Self::Json(bytes.into()))
            .map_err(|_| AuthorityError::new(operation, Kind::Unusable { field: "authorization_details" }))
    }

    /// A form of fields that anybody may know and of fields that are secret.
    pub(super) fn form(plain: &[(&str, &str)], secret: &[(&str, &str)]) -> Self {
        // Long enough from the start, so that no copy is left behind when it grows: a byte becomes `%XX` at most.
        let room = plain.iter().chain(secret).map(|(name, value)| 3 * (name.len() + value.len()) + 2).sum();
        let mut form = form_urlencoded::Serializer::new(String::with_capacity(room));
        form.extend_pairs(plain).extend_pairs(secret);
        let text = Bytes::from_owner(Zeroizing::new(form.finish()));
        Self::Form { text, secrets: secret.iter().map(|(_, value)| SecretString::from(*value)).collect() }
    }
}

/// An answer, read whole.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    received: SystemTime,
    /// Whether an earlier try may have been acted on.
    pub(super) earlier_may_have_acted: bool,
    /// What the authority was sent, or knows, that is not to be repeated.
    secrets: Vec<SecretString>,
}

impl LumoAuthAgent {
    /// Calls the API with the agent's token. A token that is not accepted is replaced once, and by the next call where
    /// this one is not repeated.
    pub(super) async fn call(
        &self,
        operation: &'static str,
        method: Method,
        path: &[&str],
        body: Body,
        repeat: Repeat,
    ) -> Result<Answer, AuthorityError> {
        let token = self.agent_token().await?.token;
        let url = self.endpoint(self.inner.style.current(), path);
        let answer = self.exchange(operation, method.clone(), url.clone(), body.clone(), Some(&token), repeat).await?;
        if answer.status != StatusCode::UNAUTHORIZED {
            return answer.success(operation);
        }
        self.forget_token(&token);
        if repeat == Repeat::Never {
            return answer.success(operation);
        }
        let in_doubt = answer.earlier_may_have_acted;
        let again = async {
            let token = self.agent_token().await?.token;
            let answer = self.exchange(operation, method, url, body, Some(&token), repeat).await?;
            let earlier_may_have_acted = in_doubt || answer.earlier_may_have_acted;
            Answer { earlier_may_have_acted, ..answer }.success(operation)
        };
        again.await.map_err(|error| error.after_tries(in_doubt))
    }

    /// Sends a request, a few times where that is allowed and may help, and reads the answer, whatever it says.
    pub(super) async fn exchange(
        &self,
        operation: &'static str,
        method: Method,
        url: Url,
        body: Body,
        token: Option<&AccessToken>,
        repeat: Repeat,
    ) -> Result<Answer, AuthorityError> {
        let mut pause = FIRST_PAUSE;
        let mut tries = 1;
        let mut earlier_may_have_acted = false;
        loop {
            let outcome = self.exchange_once(operation, &method, &url, body.clone(), token).await;
            let failure = match &outcome {
                Ok(answer) if answer.status.is_client_error() || answer.status.is_server_error() => {
                    answer.refusal(operation)
                }
                Ok(_) => return outcome.map(|answer| Answer { earlier_may_have_acted, ..answer }),
                Err(error) => error.clone(),
            };
            let again = match repeat {
                Repeat::Never => false,
                Repeat::Always => failure.is_transient(),
                Repeat::IfUnprocessed => failure.is_unprocessed(),
            };
            let wait = failure.retry_after().unwrap_or(pause);
            if !again || tries == MAX_TRIES || wait > MAX_PAUSE {
                return outcome
                    .map(|answer| Answer { earlier_may_have_acted, ..answer })
                    .map_err(|error| error.after_tries(earlier_may_have_acted));
            }
            earlier_may_have_acted |= failure.may_have_acted();
            tracing::debug!(operation, tries, ?wait, error = %failure, "calling LumoAuth again");
            self.clock().sleep(wait).await;
            pause *= 2;
            tries += 1;
        }
    }

    async fn exchange_once(
        &self,
        operation: &'static str,
        method: &Method,
        url: &Url,
        body: Body,
        token: Option<&AccessToken>,
    ) -> Result<Answer, AuthorityError> {
        let failed = |kind| AuthorityError::new(operation, kind);
        let mut request = Request::builder().method(method).uri(url.as_str());
        request = request.header(header::ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(token) = token {
            let bearer = token.bearer().ok_or_else(|| failed(Kind::Unusable { field: "access_token" }))?;
            request = request.header(header::AUTHORIZATION, bearer);
        }
        let mut secrets = vec![self.inner.config.client_secret.clone()];
        secrets.extend(token.map(|token| SecretString::from(token.expose())));
        let (content_type, bytes) = match body {
            Body::Empty => (None, Bytes::new()),
            Body::Json(bytes) => (Some("application/json"), bytes),
            Body::Form { text, secrets: sent } => {
                secrets.extend(sent);
                (Some("application/x-www-form-urlencoded"), text)
            }
        };
        if let Some(content_type) = content_type {
            request = request.header(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        let request = request.body(bytes).map_err(|_| failed(Kind::Unusable { field: "url" }))?;

        let exchange = Exchange::new(&**self.transport(), self.clock(), MAX_AUTHORITY_EXCHANGE);
        let response = exchange.send(request).await.map_err(|error| failed(Kind::Transport(error)))?;
        let (head, body) = response.into_parts();
        let body = read_body(body, MAX_ANSWER).await.map_err(|error| failed(Kind::Body(error)))?;
        let received = self.clock().system_time();
        Ok(Answer {
            status: head.status,
            headers: head.headers,
            body,
            received,
            earlier_may_have_acted: false,
            secrets,
        })
    }

    /// The address of a call. The authority's own URL may have a path of its own.
    pub(super) fn endpoint(&self, style: PathStyle, path: &[&str]) -> Url {
        let config = &self.inner.config;
        let mut url = config.base.clone();
        // An http or https URL always can be a base.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend([style.segment(), &config.tenant, "api", "v1"]).extend(path);
        }
        url
    }
}

/// Whether a code is made as those are that have a meaning (`invalid_client`), and no generated secret is: what it means
/// must not depend on a secret that happens to be a part of it.
fn is_plain(code: &str) -> bool {
    code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

impl Answer {
    /// The answer, if it says yes.
    pub(super) fn success(self, operation: &'static str) -> Result<Self, AuthorityError> {
        if self.status.is_success() { Ok(self) } else { Err(self.refusal(operation)) }
    }

    /// The answer's JSON, if it says yes.
    pub(super) fn json<T: DeserializeOwned>(self, operation: &'static str) -> Result<T, AuthorityError> {
        let answer = self.success(operation)?;
        serde_json::from_slice(&answer.body).map_err(|_| AuthorityError::new(operation, answer.not_understood()))
    }

    /// The error that the answer is.
    pub(super) fn refusal(&self, operation: &'static str) -> AuthorityError {
        let kind = match serde_json::from_slice::<ErrorAnswer>(&self.body) {
            Ok(error) => Kind::Refused(Refused {
                status: self.status,
                code: error
                    .code()
                    .and_then(|code| if is_plain(code) { Some(code.to_owned()) } else { self.tame(code) }),
                message: error.message().and_then(|message| self.tame(message)),
                retry_after: self.retry_after(),
            }),
            // The status alone says enough of these, and a proxy in front may have written them.
            Err(_) if self.status == StatusCode::TOO_MANY_REQUESTS || self.status.is_server_error() => {
                Kind::Refused(Refused {
                    status: self.status,
                    code: None,
                    message: None,
                    retry_after: self.retry_after(),
                })
            }
            Err(_) => self.not_understood(),
        };
        AuthorityError::new(operation, kind).after_tries(self.earlier_may_have_acted)
    }

    /// What the authority wrote, for an author's eyes; nothing where it repeats a secret.
    fn tame(&self, text: &str) -> Option<String> {
        plain_text::without_secrets(text, MAX_TEXT, self.secrets.iter().map(ExposeSecret::expose_secret))
    }

    fn not_understood(&self) -> Kind {
        let content_type = self.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let content_type = content_type.and_then(|text| self.tame(text));
        Kind::NotUnderstood { status: self.status, content_type }
    }

    /// `Retry-After`, in either of its forms (RFC 9110, section 10.2.3).
    fn retry_after(&self) -> Option<Duration> {
        let text = self.headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
        match text.parse() {
            Ok(seconds) => Some(Duration::from_secs(seconds)),
            Err(_) => httpdate::parse_http_date(text).ok()?.duration_since(self.received).ok(),
        }
    }
}
