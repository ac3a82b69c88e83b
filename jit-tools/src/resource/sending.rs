//! What happens when a tool's request is sent: with a token or without one, and again after a challenge.

use std::{
    pin::pin,
    time::{Duration, Instant},
};

use futures_util::future::{Either, select};
use http::{HeaderValue, StatusCode, header};
use url::Url;

use super::{CallState, ResourceClient, ResourceError, Response, outgoing::Outgoing};
use crate::{
    authorization_details::AuthorizationDetail,
    challenge::{self, Challenge},
    escalation::{ApprovalBinding, EscalationError, Grant, Missing, Purpose, decide_up_front},
    origin::Origin,
    plain_text,
    secret::AccessToken,
    tool::definition::Retry,
    transport::{Exchange, TransportError, content_encoding, proves_no_effect},
};

/// How long a body is looked into for a challenge; whoever reads it then has its beginning, and waits for the rest.
const LONGEST_LOOK: Duration = Duration::from_secs(10);

/// A request on its way.
pub(super) struct Sending<'a> {
    pub(super) client: ResourceClient<'a>,
    pub(super) request: Outgoing,
    pub(super) origin: Origin,
}

/// What was asked for before the request was sent, and what came of it.
struct UpFront {
    asked: AuthorizationDetail,
    outcome: Result<Grant, EscalationError>,
}

/// What became of a request whose token was not accepted.
struct AfterRejection {
    answer: Response,
    challenge: Option<Challenge>,
    up_front: Option<UpFront>,
}

impl Sending<'_> {
    pub(super) async fn run(self) -> Result<Response, ResourceError> {
        if self.request.headers.contains_key(header::AUTHORIZATION) {
            return self.attempt(None).await;
        }
        let jit = self.client.jit;
        let started = jit.agent().clock().now();
        let retry = self.client.entitled.retry();
        // Where the body runs again, its requests carry what was obtained for it.
        let held = if retry == Retry::Body { self.client.call.token_for(&self.origin) } else { None };
        if let Some(held) = held {
            return self.send_for_body(&held).await;
        }
        // Boxed, since most calls do not ask up front and all of them would carry it. What nobody has seen, a stream,
        // cannot be approved.
        let asks = retry != Retry::Never && !self.request.is_stream() && self.client.entitled.asks_up_front();
        let mut up_front = if asks { Box::pin(self.ask_up_front()).await } else { None };
        let token = match &up_front {
            Some(UpFront { outcome: Ok(grant), .. }) => Some(grant.token.clone()),
            _ if jit.policy().allows_agent_token(&self.request.url) => {
                let token = jit.agent().access_token_for(&self.origin).await?;
                jit.record_use(&self.origin, &token, self.client.entitled.tool());
                Some(token)
            }
            _ => None,
        };
        let mut denied = self.attempt(token.as_ref()).await?;
        if retry == Retry::Never {
            return Ok(denied);
        }
        let mut challenge = self.challenge_in(&mut denied, token.as_ref()).await;
        if challenge.is_none()
            && is_rejected(&denied)
            && let Some(UpFront { asked, outcome: Ok(grant) }) = &up_front
        {
            let is_new = grant.obtained_at >= started;
            let after = Box::pin(self.after_rejection(denied, asked, is_new, started)).await?;
            (denied, challenge, up_front) = (after.answer, after.challenge, after.up_front);
        }
        let Some(challenge) = challenge else { return Ok(denied) };
        if retry == Retry::Body {
            self.client.call.note_challenge(challenge);
            return Ok(denied);
        }
        Box::pin(self.follow(denied, challenge, up_front, token.as_ref(), started)).await
    }

    /// Sends the request of a body that runs again, with the token that was obtained for it, and notes whether that is
    /// accepted.
    async fn send_for_body(&self, held: &AccessToken) -> Result<Response, ResourceError> {
        self.client.jit.record_use(&self.origin, held, self.client.entitled.tool());
        let mut answer = self.attempt(Some(held)).await?;
        match self.challenge_in(&mut answer, Some(held)).await {
            Some(challenge) => self.client.call.note_challenge(challenge),
            None if is_rejected(&answer) => self.client.call.note_rejected_token(),
            None => {}
        }
        Ok(answer)
    }

    /// What comes after an answer that does not accept the token of a grant for `asked`: one that was held may have been
    /// revoked meanwhile, and is asked for again, once.
    async fn after_rejection(
        &self,
        mut denied: Response,
        asked: &AuthorizationDetail,
        is_new: bool,
        started: Instant,
    ) -> Result<AfterRejection, ResourceError> {
        let jit = self.client.jit;
        let last = |answer| AfterRejection { answer, challenge: None, up_front: None };
        if !is_new {
            jit.forget_older(self.missing(asked), started);
            let Some(up_front) = self.ask_up_front().await else { return Ok(last(denied)) };
            match &up_front.outcome {
                Ok(grant) => denied = self.attempt(Some(&grant.token)).await?,
                Err(error) => return Ok(last(self.not_obtained(denied, error.clone()))),
            }
            let sent = up_front.outcome.as_ref().ok().map(|grant| &grant.token);
            let challenge = self.challenge_in(&mut denied, sent).await;
            if challenge.is_some() || !is_rejected(&denied) {
                return Ok(AfterRejection { answer: denied, challenge, up_front: Some(up_front) });
            }
        }
        let error = jit.note_unsatisfied(self.missing(asked), None);
        Ok(last(self.not_obtained(denied, error)))
    }

    /// Obtains what a challenge names, and sends the request again.
    async fn follow(
        &self,
        denied: Response,
        mut challenge: Challenge,
        up_front: Option<UpFront>,
        sent_first: Option<&AccessToken>,
        started: Instant,
    ) -> Result<Response, ResourceError> {
        let jit = self.client.jit;
        if self.request.is_stream() {
            let error = EscalationError::not_replayable();
            jit.record_not_followed(&challenge, self.client.entitled.tool(), &error);
            return Ok(self.not_obtained(denied, error));
        }
        let entitlement = self.client.entitled.entitlement();
        let mut replaced = false;
        match up_front {
            // It is not asked for again, with or without the addresses where it may be used.
            Some(UpFront { asked, outcome: Err(error) })
                if jit.policy().covers(&anywhere(&asked), &anywhere(challenge.detail())) =>
            {
                return Ok(self.not_obtained(denied, error));
            }
            Some(UpFront { asked, outcome: Ok(grant) }) if grant.answers((&challenge).into(), jit.policy()) => {
                if grant.obtained_at >= started {
                    // Neither up front nor after a challenge.
                    jit.note_unsatisfied(self.missing(&asked), None);
                    let error = jit.note_unsatisfied((&challenge).into(), None);
                    return Ok(self.not_obtained(denied, error));
                }
                jit.forget_older((&challenge).into(), started);
                replaced = true;
            }
            _ => {}
        }
        loop {
            let purpose = self.purpose(challenge.detail());
            let waiting = self.client.call.wait(&**jit.agent().clock());
            let followed = jit.follow(&challenge, &entitlement, &purpose).await;
            drop(waiting);
            let grant = match followed {
                Ok(grant) => grant,
                Err(error) => return Ok(self.not_obtained(denied, error)),
            };
            jit.record_use(&self.origin, &grant.token, entitlement.tool());
            let mut answer = self.attempt(Some(&grant.token)).await?;
            let again = self.challenge_in(&mut answer, sent_first.into_iter().chain([&grant.token])).await;
            // Also where it is named otherwise: the token that was sent should have been enough for it.
            let is_same = |again: &Challenge| again.repeats(&challenge) || grant.answers(again.into(), jit.policy());
            let is_refused = again.as_ref().map_or_else(|| is_rejected(&answer), is_same);
            if !is_refused {
                return Ok(answer);
            }
            // A token that was held already is used again once, since it may have been revoked meanwhile: then it is
            // replaced, once. One that was made for this very request, and is not enough, will not be enough the next
            // time either (draft-ietf-oauth-rar-metadata-remediation: reuse once, obtain once, then stop).
            if replaced || grant.obtained_at >= started {
                let error = jit.note_unsatisfied((&challenge).into(), again.as_ref());
                return Ok(self.not_obtained(answer, error));
            }
            jit.forget_older((&challenge).into(), started);
            challenge = again.filter(|again| again.repeats(&challenge)).unwrap_or(challenge);
            replaced = true;
        }
    }

    /// The grant for what the tool's ceiling has for this address, if that is one thing. Where it is not obtained, the
    /// API is asked all the same: it may not need it.
    async fn ask_up_front(&self) -> Option<UpFront> {
        let jit = self.client.jit;
        let entitlement = self.client.entitled.entitlement();
        let asked = decide_up_front(&self.request.url, &entitlement, jit.policy())?;
        let waiting = self.client.call.wait(&**jit.agent().clock());
        let outcome = jit.prepare(self.missing(asked), &entitlement, &self.purpose(asked)).await;
        drop(waiting);
        if let Ok(grant) = &outcome {
            jit.record_use(&self.origin, &grant.token, entitlement.tool());
        }
        Some(UpFront { asked: asked.clone(), outcome })
    }

    fn purpose(&self, detail: &AuthorizationDetail) -> Purpose {
        let Outgoing { method, url, headers, .. } = &self.request;
        let binding = ApprovalBinding::of_request(method.as_str(), url.as_str(), headers, self.request.bytes(), detail);
        Purpose { binding, is_safe: self.request.is_safe() }
    }

    /// What the API is taken to need before it says so.
    fn missing<'d>(&'d self, detail: &'d AuthorizationDetail) -> Missing<'d> {
        Missing { origin: &self.origin, detail, reference: None }
    }

    fn not_obtained(&self, denied: Response, error: EscalationError) -> Response {
        tracing::debug!(origin = %self.origin, %error, "a permission was not obtained");
        self.client.call.note_not_obtained(error.clone());
        denied.with_not_obtained(error)
    }

    /// Sends the request with this token, or with none.
    async fn attempt(&self, token: Option<&AccessToken>) -> Result<Response, ResourceError> {
        let url = &self.request.url;
        let request = self.request.ready(token)?;
        let mut possible = PossibleEffect((!self.request.is_safe()).then_some(self.client.call));
        let agent = self.client.jit.agent();
        let limit = self.request.timeout.unwrap_or(agent.request_timeout());
        let outcome = request.send(Exchange::new(&**agent.transport(), agent.clock(), limit)).await;
        if !may_have_taken_effect(&outcome) {
            possible.0 = None;
        }
        drop(possible);
        let response = outcome?;
        if let Some(token) = token
            && response.status().is_redirection()
            && let Some(location) = response.headers().get(header::LOCATION)
        {
            let target = redirect_target(url, location, token);
            return Err(ResourceError::Redirect { status: response.status(), target });
        }
        Ok(Response::new(response))
    }

    /// What an answer says is missing, if it says so in a form that can be followed. `sent` are the tokens that the API
    /// got with this request; the grants for it that are held it may have got before.
    async fn challenge_in<'t>(
        &self,
        response: &mut Response,
        sent: impl IntoIterator<Item = &'t AccessToken>,
    ) -> Option<Challenge> {
        let forms = self.client.jit.policy().forms();
        let (url, status) = (&self.request.url, response.status());
        if !forms.may_stand_at(status) {
            return None;
        }
        let mut read = Challenge::read(url, &response.denial(), forms);
        // A body may break off, or take its time: it is looked into only where no header says what is missing.
        if read == Ok(None) && forms.may_stand_in_a_body_at(status) {
            if let Some(encoding) = content_encoding(response.headers()) {
                tracing::warn!(origin = %self.origin, encoding, "a body is not looked into for a challenge: it is encoded");
                let error = EscalationError::unreadable(encoding);
                self.client.call.note_not_obtained(error.clone());
                response.note_not_obtained(error);
                return None;
            }
            let clock = self.client.jit.agent().clock();
            match select(pin!(response.peek(challenge::MAX_BODY)), clock.deadline(LONGEST_LOOK)).await {
                Either::Left((true, _)) => {}
                Either::Left((false, _)) | Either::Right(_) => return None,
            }
            read = Challenge::read(url, &response.denial(), forms);
        }
        let read = match read {
            Ok(Some(challenge)) => {
                let held = self.client.jit.tokens_at(&self.origin);
                challenge.repeating_none_of(&held).and_then(|challenge| challenge.repeating_none_of(sent)).map(Some)
            }
            other => other,
        };
        read.unwrap_or_else(|malformed| {
            tracing::warn!(origin = %self.origin, %malformed, "an answer is taken as an ordinary one");
            None
        })
    }
}

/// An unsafe request that may have changed something, as is noted when this is dropped: also where the tool's body does
/// not wait for the answer, and drops the future that does.
struct PossibleEffect<'a>(Option<&'a CallState>);

impl Drop for PossibleEffect<'_> {
    fn drop(&mut self) {
        if let Some(call) = self.0 {
            call.note_effect();
        }
    }
}

/// Whether an answer without a challenge says that the token is not accepted, such as one that was revoked (RFC 6750,
/// section 3.1).
fn is_rejected(answer: &Response) -> bool {
    answer.status() == StatusCode::UNAUTHORIZED
}

/// The permission without the addresses where it may be used.
fn anywhere(detail: &AuthorizationDetail) -> AuthorizationDetail {
    AuthorizationDetail { locations: None, ..detail.clone() }
}

/// Where a redirect points: its origin and path, as far as they do not repeat the token.
fn redirect_target(url: &Url, location: &HeaderValue, token: &AccessToken) -> String {
    let target = location.to_str().ok().and_then(|target| url.join(target).ok());
    let Some((origin, target)) = target.as_ref().and_then(Origin::of).zip(target.as_ref()) else {
        return "no web address at all".to_owned();
    };
    let origin = origin.to_string();
    let whole = format!("{origin}{}", target.path());
    [whole, origin]
        .into_iter()
        .find(|shown| !plain_text::repeats(shown, token.expose()))
        .unwrap_or_else(|| "an address with the token in it".to_owned())
}

/// Whether an unsafe request may have changed something: certainly not when it never arrived or was turned down.
fn may_have_taken_effect<B>(outcome: &Result<http::Response<B>, TransportError>) -> bool {
    match outcome {
        Ok(response) => !proves_no_effect(response.status()),
        Err(error) => !error.is_connect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_is_told_without_the_token_wherever_it_is_written() {
        let url: Url = "https://api.acme.com/v1/notes".parse().unwrap();
        for (location, shown) in [
            ("https://evil.test/take?token=Canary.Tok-en", "https://evil.test/take"),
            ("https://evil.test/Canary.Tok-en/x", "https://evil.test"),
            ("https://evil.test/%43anary%2ETok%2den", "https://evil.test"),
            ("https://evil.test/CANARY.TOK-EN", "https://evil.test"),
            ("https://canary.tok-en.evil.test/take", "an address with the token in it"),
            ("//evil.test/other", "https://evil.test/other"),
            ("../elsewhere", "https://api.acme.com/elsewhere"),
            ("data:Canary.Tok-en", "no web address at all"),
        ] {
            let location = HeaderValue::from_static(location);
            assert_eq!(redirect_target(&url, &location, &AccessToken::new("Canary.Tok-en")), shown);
        }
    }
}
