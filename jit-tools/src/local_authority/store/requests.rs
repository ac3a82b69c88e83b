//! Permission requests: asked, decided by rule or by a person, or left undecided.

use std::mem;

use serde::{Deserialize, Serialize};

use super::{Caller, Refusal, Store, shelf::Owned};
use crate::{
    authorization_details::AuthorizationDetail,
    digest::Sha256Hex,
    local_authority::{
        audit::{AuditEvent, AuditKind, DecidedBy},
        random,
        risk::{self, RiskLevel},
    },
};

/// What a grant lasts at most, in seconds.
pub(in super::super) const LONGEST_TTL: u64 = 900;
/// How long a request waits for a person, in seconds.
const WAIT_FOR_A_PERSON: u64 = 300;
/// How often one approval is exchanged at most. Each token ends the one before it, so more than one exchange only repeats
/// an answer that got lost.
pub(super) const MAX_EXCHANGES: u32 = 16;

/// One permission request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in super::super) struct Request {
    pub(in super::super) id: String,
    pub(in super::super) task_id: String,
    pub(in super::super) agent_id: String,
    /// The user for whom it was asked, by a token that says so.
    pub(super) user: Option<String>,
    pub(in super::super) detail: AuthorizationDetail,
    pub(in super::super) justification: Option<String>,
    /// For how long it is asked or granted, in seconds.
    pub(in super::super) ttl: u64,
    pub(in super::super) risk: RiskLevel,
    pub(in super::super) state: RequestState,
    pub(in super::super) created_at: u64,
    /// When a pending request expires.
    pub(in super::super) expires_at: u64,
    pub(in super::super) decided_at: Option<u64>,
    pub(in super::super) decided_by: Option<DecidedBy>,
    /// What the reviewer wrote for the agent.
    pub(in super::super) agent_message: Option<String>,
    /// What the reviewer wrote for the staff. No agent ever sees it.
    pub(in super::super) note: Option<String>,
    pub(in super::super) callback_url: Option<String>,
    /// How often it was exchanged for a token.
    pub(super) exchanges: u32,
}

impl Request {
    /// The SHA-256 of what a person decides about while it waits: who asks for what, for how long, and why.
    pub(in super::super) fn digest(&self) -> Sha256Hex {
        let (detail, ttl) = (self.detail.canonical(), self.ttl.to_string());
        let has_reason = if self.justification.is_some() { "1" } else { "0" };
        let parts = [
            &self.id,
            &self.task_id,
            &self.agent_id,
            &detail,
            has_reason,
            self.justification.as_deref().unwrap_or_default(),
            self.risk.as_str(),
            &ttl,
        ];
        Sha256Hex::of(parts.map(str::as_bytes))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) enum RequestState {
    Pending,
    Approved,
    Denied,
    Expired,
}

impl RequestState {
    /// The word that stands for it on the wire.
    pub(in super::super) fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Denied => "denied",
            Self::Expired => "expired",
        }
    }
}

/// What an agent asks for.
#[derive(Debug)]
pub(in super::super) struct Ask {
    pub(in super::super) task_id: String,
    pub(in super::super) detail: AuthorizationDetail,
    /// How risky the detail is by itself.
    pub(in super::super) risk: RiskLevel,
    pub(in super::super) justification: Option<String>,
    pub(in super::super) ttl: u64,
    pub(in super::super) callback_url: Option<String>,
}

/// What a person says about a request.
#[derive(Debug)]
pub(in super::super) struct Decision {
    pub(in super::super) verdict: Verdict,
    pub(in super::super) agent_message: Option<String>,
    pub(in super::super) note: Option<String>,
    /// The [digest](Request::digest) of what the person was shown. Another request is not decided about.
    pub(in super::super) shown: Option<String>,
}

#[derive(Clone, Copy, Debug)]
pub(in super::super) enum Verdict {
    /// Yes, for so many seconds, where it is not for as long as was asked.
    Approve { ttl: Option<u64> },
    /// No.
    Deny,
}

impl Owned for Request {
    fn owner(&self) -> &str {
        &self.agent_id
    }
}

impl Decision {
    pub(in super::super) fn approve(ttl: Option<u64>) -> Self {
        Self { verdict: Verdict::Approve { ttl }, agent_message: None, note: None, shown: None }
    }

    pub(in super::super) fn deny() -> Self {
        Self { verdict: Verdict::Deny, agent_message: None, note: None, shown: None }
    }
}

impl Request {
    /// When all that was granted ends, in seconds since 1970: the lifetime counts from the decision, so that what a
    /// person gives for ten minutes is over in ten minutes, whenever the agent picks it up. `None` where nothing was
    /// granted.
    pub(in super::super) fn granted_until(&self) -> Option<u64> {
        let decided_at = self.decided_at.filter(|_| self.state == RequestState::Approved);
        decided_at.map(|decided_at| decided_at.saturating_add(self.ttl))
    }

    /// Returns true if it was approved, and what was granted is over.
    pub(super) fn has_lapsed(&self, now: u64) -> bool {
        self.granted_until().is_some_and(|end| now >= end)
    }

    /// The request as its agent sees it: an approval that is over is of no use any more.
    pub(in super::super) fn as_of(&self, now: u64) -> Self {
        let state = if self.has_lapsed(now) { RequestState::Expired } else { self.state };
        Self { state, ..self.clone() }
    }
}

impl Store {
    /// A request of this agent. Another agent's request does not exist for it.
    pub(in super::super) fn request(&self, agent_id: &str, id: &str) -> Result<&Request, Refusal> {
        self.requests.get(id).filter(|request| request.agent_id == agent_id).ok_or(Refusal::NoSuchRequest)
    }

    pub(in super::super) fn ask(&mut self, caller: &Caller, ask: Ask, now: u64) -> Result<&Request, Refusal> {
        let agent_id = caller.agent_id.as_str();
        let task = self.task(agent_id, &ask.task_id)?;
        task.check_open(now)?;
        task.check_caller(caller)?;
        let denials = self.denials(&ask.task_id, agent_id, caller.user.as_deref(), now);
        let risk = risk::after_denials(ask.risk, denials);
        let state = if risk.needs_a_person() { RequestState::Pending } else { RequestState::Approved };
        let id = random::id("jitreq");
        let request = Request {
            id: id.clone(),
            task_id: ask.task_id,
            agent_id: agent_id.to_owned(),
            user: caller.user.clone(),
            detail: ask.detail,
            justification: ask.justification,
            ttl: ask.ttl.min(LONGEST_TTL),
            risk,
            state,
            created_at: now,
            expires_at: now.saturating_add(WAIT_FOR_A_PERSON),
            decided_at: (state == RequestState::Approved).then_some(now),
            decided_by: (state == RequestState::Approved).then_some(DecidedBy::Rule),
            agent_message: None,
            note: None,
            callback_url: ask.callback_url,
            exchanges: 0,
        };
        let decided = match state {
            RequestState::Pending => AuditKind::RequestPending,
            _ => AuditKind::RequestApproved,
        };
        let events = [event(AuditKind::RequestCreated, &request), event(decided, &request)];

        let tasks = &self.tasks;
        self.requests.insert(id.clone(), request, |request| match request.state {
            RequestState::Denied | RequestState::Expired => !request.is_recent_denial(now),
            RequestState::Approved if request.has_lapsed(now) => true,
            RequestState::Pending | RequestState::Approved => {
                tasks.get(&request.task_id).is_none_or(|task| task.check_open(now).is_err())
            }
        })?;
        self.events.extend(events);
        if state == RequestState::Pending {
            self.waiting.push(id.clone());
        }
        self.request(agent_id, &id)
    }

    pub(in super::super) fn decide(&mut self, id: &str, decision: Decision, now: u64) -> Result<&Request, Refusal> {
        self.expire_requests(now);
        let request = self.requests.get(id).ok_or(Refusal::NoSuchRequest)?;
        match request.state {
            RequestState::Pending => {}
            RequestState::Expired => return Err(Refusal::RequestExpired),
            RequestState::Approved | RequestState::Denied => return Err(Refusal::AlreadyDecided),
        }
        if decision.shown.as_ref().is_some_and(|shown| shown != request.digest().as_str()) {
            return Err(Refusal::OtherRequest);
        }
        self.tasks.get(&request.task_id).ok_or(Refusal::NoSuchTask)?.check_open(now)?;
        let request = self.requests.get_mut(id).ok_or(Refusal::NoSuchRequest)?;
        request.decided_at = Some(now);
        request.decided_by = Some(DecidedBy::Reviewer);
        request.agent_message = decision.agent_message;
        request.note = decision.note;
        self.waiting.retain(|waiting| waiting != id);
        self.ended.push(id.to_owned());
        match decision.verdict {
            Verdict::Approve { ttl } => {
                request.state = RequestState::Approved;
                // A person may give less than was asked for, and not more: the agent would give the permission back.
                request.ttl = ttl.unwrap_or(request.ttl).min(request.ttl);
                self.events.push(event(AuditKind::RequestApproved, request));
            }
            Verdict::Deny => {
                request.state = RequestState::Denied;
                self.events.push(event(AuditKind::RequestDenied, request));
                let request = request.clone();
                self.count_denial(&request, now);
            }
        }
        self.requests.get(id).ok_or(Refusal::NoSuchRequest)
    }

    /// What waits for a person, oldest first.
    pub(in super::super) fn pending(&mut self, now: u64) -> Vec<Request> {
        self.expire_requests(now);
        self.waiting.iter().filter_map(|id| self.requests.get(id).cloned()).collect()
    }

    /// Every request that is remembered, oldest first.
    pub(in super::super) fn requests(&self) -> impl Iterator<Item = &Request> {
        self.requests.iter()
    }

    /// The requests that a person was to decide and that ended since somebody last asked, for their webhooks.
    pub(in super::super) fn take_ended(&mut self) -> Vec<Request> {
        let ended = mem::take(&mut self.ended);
        ended.iter().filter_map(|id| self.requests.get(id).cloned()).collect()
    }

    /// Lets go of requests that nobody decided in time.
    pub(in super::super) fn expire_requests(&mut self, now: u64) {
        self.end_pending(now, |request| now >= request.expires_at);
    }

    /// Lets go of what a task that has ended still waits for.
    pub(super) fn drop_pending(&mut self, task_id: &str, now: u64) {
        self.end_pending(now, |request| request.task_id == task_id);
    }

    fn end_pending(&mut self, now: u64, is_over: impl Fn(&Request) -> bool) {
        for id in mem::take(&mut self.waiting) {
            let is_over = self.requests.get(&id).map(&is_over);
            if is_over == Some(false) {
                self.waiting.push(id);
                continue;
            }
            // One that is forgotten waits no more.
            let Some(request) = self.requests.get_mut(&id) else { continue };
            request.state = RequestState::Expired;
            request.decided_at = Some(now);
            self.events.push(event(AuditKind::RequestExpired, request));
            self.ended.push(id);
        }
    }
}

fn event(kind: AuditKind, request: &Request) -> AuditEvent {
    let is_decision = matches!(kind, AuditKind::RequestApproved | AuditKind::RequestDenied);
    AuditEvent::new(kind)
        .decided_by(request.decided_by.filter(|_| is_decision))
        .agent(&request.agent_id)
        .task(&request.task_id)
        .request(&request.id)
        .risk(request.risk)
        .detail(&request.detail)
        .ttl(request.ttl)
}
