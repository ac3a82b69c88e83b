//! The HTTP client that tools get.
//!
//! A request that is answered with a challenge is sent again in place: the same bytes, once, with a token for what is
//! missing. The tool's code does not run again, and sees only the final answer.

mod direct;
mod error;
mod outgoing;
mod request;
mod response;
mod sending;

use std::{
    fmt,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use http::Method;
use url::Url;

pub use self::{direct::DirectCall, error::ResourceError, request::RequestBuilder, response::Response};
use crate::{
    challenge::Challenge,
    clock::Clock,
    escalation::{EscalationError, Grant},
    http_url::{BaseUrl, IntoUrl, UrlError},
    origin::Origin,
    policy::{Entitlement, Policy},
    secret::AccessToken,
    session::JitContext,
    tool::definition::Retry,
};

/// What one call of a tool has done so far, across the runs of its body.
#[derive(Debug, Default)]
pub(crate) struct CallState {
    effects: AtomicBool,
    /// Nothing until there is something to note, which in most calls there is not.
    outcome: Mutex<Option<Box<CallOutcome>>>,
}

#[derive(Debug, Default)]
struct CallOutcome {
    not_obtained: Option<EscalationError>,
    grants: Vec<Grant>,
    /// The agent's own tokens that the body got.
    handed_out: Vec<AccessToken>,
    /// What a request met that is not sent again in place.
    challenge: Option<Challenge>,
    /// Whether a token that was obtained for the body was answered with a 401 that names nothing.
    is_token_rejected: bool,
    waits: Waits,
}

/// For how long a call has waited for permissions.
#[derive(Debug, Default)]
struct Waits {
    /// How many waits go on, and since when there was at least one.
    open: u32,
    since: Option<Instant>,
    /// The time of those that ended.
    ended: Duration,
}

impl Waits {
    fn total(&self, now: Instant) -> Duration {
        let open = self.since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        self.ended.saturating_add(open)
    }
}

/// A wait for a permission, until it is dropped.
#[derive(Debug)]
pub(crate) struct Wait<'a> {
    call: &'a CallState,
    clock: &'a dyn Clock,
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        let now = self.clock.now();
        let mut outcome = self.call.outcome();
        let waits = &mut outcome.get_or_insert_default().waits;
        waits.open = waits.open.saturating_sub(1);
        if waits.open == 0 {
            waits.ended = waits.total(now);
            waits.since = None;
        }
    }
}

impl CallState {
    /// Notes that something outside may have changed, so that the call's body must not run again.
    pub(crate) fn note_effect(&self) {
        self.effects.store(true, Ordering::Relaxed);
    }

    /// Whether something outside may have changed.
    pub(crate) fn has_effects(&self) -> bool {
        self.effects.load(Ordering::Relaxed)
    }

    /// Notes that a permission was not obtained: the model is told so if the call fails.
    pub(crate) fn note_not_obtained(&self, error: EscalationError) {
        self.outcome().get_or_insert_default().not_obtained = Some(error);
    }

    /// The last permission that was not obtained.
    pub(crate) fn take_not_obtained(&self) -> Option<EscalationError> {
        self.outcome().as_mut()?.not_obtained.take()
    }

    /// Keeps a grant for a tool that sends its requests by another client.
    pub(crate) fn keep_grant(&self, grant: Grant) {
        self.outcome().get_or_insert_default().grants.push(grant);
    }

    /// The last grant that was obtained for `origin` in this call.
    pub(crate) fn token_for(&self, origin: &Origin) -> Option<AccessToken> {
        let outcome = self.outcome();
        outcome.as_ref()?.grants.iter().rev().find(|grant| grant.origin() == origin).map(|grant| grant.token.clone())
    }

    /// Keeps a token that a tool got to send it by another client.
    pub(crate) fn note_handed_out(&self, token: &AccessToken) {
        let mut outcome = self.outcome();
        let handed_out = &mut outcome.get_or_insert_default().handed_out;
        // A body may ask for it as often as it likes.
        if handed_out.last().is_none_or(|last| last.expose() != token.expose()) {
            handed_out.push(token.clone());
        }
    }

    /// The agent's own tokens that a tool may have sent by another client.
    pub(crate) fn handed_out(&self) -> Vec<AccessToken> {
        self.outcome().as_ref().map_or_else(Vec::new, |outcome| outcome.handed_out.clone())
    }

    /// Keeps the challenge that a request met, for the body to run again.
    pub(crate) fn note_challenge(&self, challenge: Challenge) {
        self.outcome().get_or_insert_default().challenge = Some(challenge);
    }

    /// The last challenge that a request met.
    pub(crate) fn take_challenge(&self) -> Option<Challenge> {
        self.outcome().as_mut()?.challenge.take()
    }

    /// Notes that a token which was obtained for the body was not accepted.
    pub(crate) fn note_rejected_token(&self) {
        self.outcome().get_or_insert_default().is_token_rejected = true;
    }

    /// Whether a token which was obtained for the body was not accepted.
    pub(crate) fn is_token_rejected(&self) -> bool {
        self.outcome().as_ref().is_some_and(|outcome| outcome.is_token_rejected)
    }

    /// Begins a wait for a permission, whose time is not the tool's.
    pub(crate) fn wait<'a>(&'a self, clock: &'a dyn Clock) -> Wait<'a> {
        let now = clock.now();
        let mut outcome = self.outcome();
        let waits = &mut outcome.get_or_insert_default().waits;
        waits.open += 1;
        waits.since.get_or_insert(now);
        Wait { call: self, clock }
    }

    /// For how long the call has waited for permissions, and whether it does now.
    pub(crate) fn waited(&self, now: Instant) -> (Duration, bool) {
        let outcome = self.outcome();
        outcome.as_ref().map_or((Duration::ZERO, false), |outcome| (outcome.waits.total(now), outcome.waits.open > 0))
    }

    fn outcome(&self) -> MutexGuard<'_, Option<Box<CallOutcome>>> {
        // Nothing between lock and unlock can panic half-way through a change.
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Knows what a call may ask for. Asked only after a challenge, since most calls meet none.
pub(crate) trait Entitled: Sync {
    fn entitlement(&self) -> Entitlement;

    /// The tool's name, if a tool is called.
    fn tool(&self) -> Option<&str>;

    /// What is done again once a permission was obtained.
    fn retry(&self) -> Retry;

    /// Whether the call asks for its permission before an API says that it is missing.
    fn asks_up_front(&self) -> bool;

    /// The URL below which the requests of the call stay, if the tool names one.
    fn base_url(&self) -> Option<&Result<BaseUrl, UrlError>>;
}

/// Checks that a URL is one that the call may use: below the tool's base URL, and below one of the policy's.
pub(crate) fn admit(url: &Url, call: &dyn Entitled, policy: &Policy) -> Result<(), ResourceError> {
    if let Some(base) = call.base_url() {
        let base = base.as_ref().map_err(Clone::clone)?;
        if !base.holds(url) {
            return Err(ResourceError::OutsideBaseUrl { base: base.clone() });
        }
    }
    if policy.allows_request_to(url) { Ok(()) } else { Err(ResourceError::NotAllowed) }
}

/// Sends a tool's requests. Get one from [`ToolContext::http`](crate::ToolContext::http).
///
/// - A URL is what [`url!`](crate::url) builds, or a text that means what it says ([`IntoUrl`]). It is below the tool's
///   `base_url` and what the [policy](crate::Policy::allow_requests_to) names, if they name anything.
/// - A request carries no token, or the agent's own for this API where the [policy](crate::Policy::send_agent_token_to)
///   names the URL. One with an `Authorization` header of yours is left alone altogether.
/// - A 403 (or a 401, where the [policy](crate::Policy::challenge_forms) reads that form) with a challenge that the tool
///   may follow is sent again once, with a token for exactly that; a token that was held before and is not accepted any
///   more (the same challenge, or a 401) is replaced once. What comes back then is the answer. Where no token was obtained
///   the answer is the original 403, and [`Response::escalation_error`] tells why.
/// - Redirects are not followed: one that answers a request with a token is an error that names where it points, any other
///   an answer like any other.
/// - Bodies are held whole, so that each can be sent again; headers too, so that an `Idempotency-Key` stays the same. A
///   body that is a [stream](RequestBuilder::stream) is sent once, so that nothing is asked for with it.
#[derive(Clone, Copy)]
pub struct ResourceClient<'a> {
    jit: &'a JitContext,
    call: &'a CallState,
    entitled: &'a dyn Entitled,
}

impl<'a> ResourceClient<'a> {
    pub(crate) fn new(jit: &'a JitContext, call: &'a CallState, entitled: &'a dyn Entitled) -> Self {
        Self { jit, call, entitled }
    }

    /// A GET request.
    pub fn get(self, url: impl IntoUrl) -> RequestBuilder<'a> {
        self.request(Method::GET, url)
    }

    /// A POST request.
    pub fn post(self, url: impl IntoUrl) -> RequestBuilder<'a> {
        self.request(Method::POST, url)
    }

    /// A PUT request.
    pub fn put(self, url: impl IntoUrl) -> RequestBuilder<'a> {
        self.request(Method::PUT, url)
    }

    /// A PATCH request.
    pub fn patch(self, url: impl IntoUrl) -> RequestBuilder<'a> {
        self.request(Method::PATCH, url)
    }

    /// A DELETE request.
    pub fn delete(self, url: impl IntoUrl) -> RequestBuilder<'a> {
        self.request(Method::DELETE, url)
    }

    /// A request with any method. What is wrong with it is told when it is sent.
    pub fn request(self, method: Method, url: impl IntoUrl) -> RequestBuilder<'a> {
        RequestBuilder::new(self, method, url)
    }
}

impl fmt::Debug for ResourceClient<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResourceClient").field("task", self.jit.task_id()).finish_non_exhaustive()
    }
}
