//! Tokens, by their `jti`: which were issued, and which still count.

use super::{Refusal, RequestState, Store};
use crate::{
    authorization_details::AuthorizationDetail,
    local_authority::{
        audit::{AuditEvent, AuditKind},
        random,
    },
};

/// How long an agent's own token lives, in seconds.
pub(in super::super) const AGENT_TOKEN_LIFETIME: u64 = 3600;

/// What is remembered of a token. Never the token itself.
#[derive(Clone, Debug)]
pub(in super::super) struct TokenRecord {
    pub(in super::super) jti: String,
    pub(in super::super) agent_id: String,
    /// The task of a JIT token; an agent's own token has none.
    pub(in super::super) task_id: Option<String>,
    pub(in super::super) parent_task_id: Option<String>,
    pub(in super::super) detail: Option<AuthorizationDetail>,
    pub(in super::super) scope: Option<String>,
    pub(in super::super) issued_at: u64,
    pub(in super::super) expires_at: u64,
    revoked: bool,
}

/// A token that was just recorded, and is now to be signed.
pub(in super::super) type Issued = TokenRecord;

impl TokenRecord {
    pub(in super::super) fn is_live(&self, now: u64) -> bool {
        // RFC 7519, section 4.1.4: on `exp` the token is already over.
        !self.revoked && now < self.expires_at
    }

    pub(in super::super) fn is_jit(&self) -> bool {
        self.task_id.is_some()
    }

    /// The `sub` of the token: a task is an identity of its own.
    pub(in super::super) fn subject(&self) -> String {
        match &self.task_id {
            Some(task_id) => format!("agent:{}:task:{task_id}", self.agent_id),
            None => format!("agent:{}", self.agent_id),
        }
    }

    /// From its issue to its end, in seconds.
    pub(in super::super) fn lifetime(&self) -> u64 {
        self.expires_at.saturating_sub(self.issued_at)
    }
}

impl Store {
    /// Issues an agent's own token.
    pub(in super::super) fn issue_agent_token(
        &mut self,
        agent_id: &str,
        scope: Option<String>,
        now: u64,
    ) -> Result<Issued, Refusal> {
        let record = TokenRecord {
            jti: random::id("at"),
            agent_id: agent_id.to_owned(),
            task_id: None,
            parent_task_id: None,
            detail: None,
            scope,
            issued_at: now,
            expires_at: now.saturating_add(AGENT_TOKEN_LIFETIME),
            revoked: false,
        };
        self.keep(record, AuditKind::TokenIssued, None, now)
    }

    /// Exchanges an approved request for a JIT token.
    pub(in super::super) fn exchange(&mut self, agent_id: &str, request_id: &str, now: u64) -> Result<Issued, Refusal> {
        self.expire_requests(now);
        let request = self.request(agent_id, request_id)?;
        let task = self.task(agent_id, &request.task_id)?;
        task.check_open(now)?;
        match request.state {
            RequestState::Approved => {}
            RequestState::Pending => return Err(Refusal::RequestPending),
            RequestState::Denied => return Err(Refusal::RequestDenied),
            RequestState::Expired => return Err(Refusal::RequestExpired),
        }
        let record = TokenRecord {
            jti: random::id("jit"),
            agent_id: agent_id.to_owned(),
            task_id: Some(task.id.clone()),
            parent_task_id: task.parent.clone(),
            detail: Some(request.detail.clone()),
            scope: None,
            issued_at: now,
            expires_at: now.saturating_add(request.ttl).min(task.expires_at),
            revoked: false,
        };
        self.keep(record, AuditKind::JitTokenIssued, Some(request_id), now)
    }

    fn keep(
        &mut self,
        record: TokenRecord,
        kind: AuditKind,
        request_id: Option<&str>,
        now: u64,
    ) -> Result<Issued, Refusal> {
        self.tokens.insert(record.jti.clone(), record.clone(), |token| !token.is_live(now))?;
        let mut event = event(kind, &record).ttl(record.lifetime());
        if let Some(request_id) = request_id {
            event = event.request(request_id);
        }
        if let Some(detail) = &record.detail {
            event = event.detail(detail);
        }
        self.events.push(event);
        Ok(record)
    }

    /// The token, unless it has ended. One that is not remembered has ended.
    pub(in super::super) fn live_token(&self, jti: &str, now: u64) -> Option<&TokenRecord> {
        self.tokens.get(jti).filter(|token| token.is_live(now))
    }

    /// Every token that is remembered, oldest first.
    pub(in super::super) fn tokens(&self) -> impl Iterator<Item = &TokenRecord> {
        self.tokens.iter()
    }

    pub(in super::super) fn revoke_tokens(&mut self, now: u64, which: impl Fn(&TokenRecord) -> bool) {
        for token in self.tokens.iter_mut() {
            if token.is_live(now) && which(token) {
                token.revoked = true;
                self.events.push(event(AuditKind::TokenRevoked, token));
            }
        }
    }
}

fn event(kind: AuditKind, token: &TokenRecord) -> AuditEvent {
    let event = AuditEvent::new(kind).agent(&token.agent_id).token(&token.jti);
    match &token.task_id {
        Some(task_id) => event.task(task_id),
        None => event,
    }
}
