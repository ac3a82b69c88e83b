//! Tokens, by their `jti`: which were issued, and which still count.

use serde::{Deserialize, Serialize};

use super::{Refusal, RequestState, Store, requests::MAX_EXCHANGES, shelf::Owned};
use crate::{
    authorization_details::AuthorizationDetail,
    local_authority::{
        audit::{AuditEvent, AuditKind, DecidedBy},
        random,
    },
};

/// How long a token lives that is no JIT token, in seconds.
pub(in super::super) const TOKEN_LIFETIME: u64 = 3600;
/// How many agents act for a user at most, one through the other.
pub(in super::super) const DEEPEST_CHAIN: usize = 3;
const SECONDS_A_DAY: u64 = 86_400;

/// What is remembered of a token. Never the token itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in super::super) struct TokenRecord {
    pub(in super::super) jti: String,
    /// The client that it was issued to.
    pub(in super::super) agent_id: String,
    /// The task of a JIT token; no other token has one.
    pub(in super::super) task_id: Option<String>,
    pub(in super::super) parent_task_id: Option<String>,
    /// The approved request that a JIT token was exchanged for.
    request_id: Option<String>,
    /// The user whose token it is, or for whom an agent acts by it.
    pub(in super::super) user: Option<String>,
    /// The agents that act for the user, the one that does so now first (RFC 8693, section 4.1).
    pub(in super::super) actors: Vec<String>,
    /// The token that it was derived from: it ends with that one.
    pub(in super::super) source: Option<String>,
    pub(in super::super) detail: Option<AuthorizationDetail>,
    pub(in super::super) scope: Option<String>,
    /// Whom it is for, other than this authority (RFC 8707; RFC 8693, section 2.1). A JIT token has it in its permission.
    pub(in super::super) audience: Option<String>,
    pub(in super::super) issued_at: u64,
    pub(in super::super) expires_at: u64,
    revoked: bool,
}

/// A token that was just recorded, and is now to be signed.
pub(in super::super) type Issued = TokenRecord;

/// An agent that calls: as itself, or on behalf of a user.
#[derive(Clone, Debug)]
pub(in super::super) struct Caller {
    pub(in super::super) agent_id: String,
    pub(in super::super) user: Option<String>,
    /// The delegated token by which it acts for the user.
    source: Option<String>,
    scope: Option<String>,
}

/// What a token exchange asks for (RFC 8693, section 2.1).
#[derive(Debug)]
pub(in super::super) struct Exchange<'a> {
    /// The token of the user, or one by which an agent acts for the user already.
    pub(in super::super) subject: &'a TokenRecord,
    /// The agent that is to act.
    pub(in super::super) actor: &'a str,
    pub(in super::super) scope: String,
    /// Whom the token is for, other than this authority.
    pub(in super::super) audience: Option<String>,
}

/// How many tokens an agent was issued on one day.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Usage {
    day: u64,
    tokens: u64,
}

impl Caller {
    #[cfg(test)]
    pub(in super::super) fn itself(agent_id: &str) -> Self {
        Self { agent_id: agent_id.to_owned(), user: None, source: None, scope: Some("jit:request".to_owned()) }
    }

    #[cfg(test)]
    pub(in super::super) fn for_user(agent_id: &str, user: &str) -> Self {
        Self { user: Some(user.to_owned()), ..Self::itself(agent_id) }
    }

    /// Whoever holds this token. `None` when it is not an agent's to call with: a JIT token, or a user's own.
    pub(in super::super) fn of(record: TokenRecord) -> Option<Self> {
        if record.is_jit() || record.is_users() {
            return None;
        }
        let source = record.user.is_some().then_some(record.jti);
        Some(Self { agent_id: record.agent_id, user: record.user, source, scope: record.scope })
    }

    /// Whether the scope of the token holds this capability (RFC 6749, section 3.3).
    pub(in super::super) fn is_good_for(&self, capability: &str) -> bool {
        holds(self.scope.as_deref(), capability)
    }
}

impl Owned for TokenRecord {
    fn owner(&self) -> &str {
        &self.agent_id
    }
}

impl TokenRecord {
    fn new(prefix: &str, agent_id: &str, now: u64, lifetime: u64) -> Self {
        Self {
            jti: random::id(prefix),
            agent_id: agent_id.to_owned(),
            task_id: None,
            parent_task_id: None,
            request_id: None,
            user: None,
            actors: Vec::new(),
            source: None,
            detail: None,
            scope: None,
            audience: None,
            issued_at: now,
            expires_at: now.saturating_add(lifetime),
            revoked: false,
        }
    }

    /// Whether it has neither ended nor been revoked itself. Whether its source has is for the store to say.
    fn is_live(&self, now: u64) -> bool {
        // RFC 7519, section 4.1.4: on `exp` the token is already over.
        !self.revoked && now < self.expires_at
    }

    pub(in super::super) fn is_revoked(&self) -> bool {
        self.revoked
    }

    pub(in super::super) fn is_jit(&self) -> bool {
        self.task_id.is_some()
    }

    /// Whether it is a user's own, by which no agent acts.
    pub(in super::super) fn is_users(&self) -> bool {
        self.user.is_some() && self.actors.is_empty()
    }

    /// Whether it is an agent's own.
    pub(in super::super) fn is_agents_own(&self) -> bool {
        !self.is_jit() && self.user.is_none()
    }

    /// Whether this authority is its audience: it is for no API, and for no other agent.
    pub(in super::super) fn is_for_the_authority(&self) -> bool {
        !self.is_jit() && self.audience.is_none()
    }

    /// The `aud` of the token (RFC 7519, section 4.1.3), at the authority with this `issuer`. A JIT token is for the
    /// locations of its permission; with none of these it is for nobody.
    pub(in super::super) fn audiences(&self, issuer: &str) -> Vec<String> {
        match (&self.detail, &self.audience) {
            (Some(detail), _) => detail.locations.clone().unwrap_or_default(),
            (None, Some(audience)) => vec![audience.clone()],
            (None, None) => vec![issuer.to_owned()],
        }
    }

    /// Whether its scope holds this capability (RFC 6749, section 3.3).
    pub(in super::super) fn has_scope(&self, capability: &str) -> bool {
        holds(self.scope.as_deref(), capability)
    }

    /// The `sub` of the token: a task is an identity of its own.
    pub(in super::super) fn subject(&self) -> String {
        match (&self.task_id, &self.user) {
            (Some(task_id), _) => format!("agent:{}:task:{task_id}", self.agent_id),
            (None, Some(user)) => format!("user:{user}"),
            (None, None) => format!("agent:{}", self.agent_id),
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
        scope: String,
        audience: Option<String>,
        now: u64,
    ) -> Result<Issued, Refusal> {
        let is_own = |token: &&TokenRecord| token.agent_id == agent_id && token.is_live(now);
        let own: Vec<&str> = self.logins.iter().filter(is_own).map(|token| token.jti.as_str()).collect();
        if own.len() >= self.logins.share() {
            // The agent has as many as it may. It needs the newest, and the oldest least.
            let oldest = own.first().map(|jti| (*jti).to_owned());
            self.revoke_tokens(now, |token| Some(&token.jti) == oldest.as_ref());
        }
        let scope = Some(scope);
        let record = TokenRecord { scope, audience, ..TokenRecord::new("at", agent_id, now, TOKEN_LIFETIME) };
        self.keep(record, AuditKind::TokenIssued, None, now)
    }

    /// Issues a user's own token, as a sign-in of that user through `client` would.
    pub(in super::super) fn issue_user_token(&mut self, client: &str, user: &str, now: u64) -> Result<Issued, Refusal> {
        let user = Some(user.to_owned());
        let record = TokenRecord { user, ..TokenRecord::new("ut", client, now, TOKEN_LIFETIME) };
        self.keep(record, AuditKind::TokenIssued, None, now)
    }

    /// Issues a token by which an agent acts for a user (RFC 8693). It ends with the token that it was made of.
    pub(in super::super) fn delegate(
        &mut self,
        exchange: Exchange<'_>,
        budget: u64,
        now: u64,
    ) -> Result<Issued, Refusal> {
        let Exchange { subject, actor, scope, audience } = exchange;
        if subject.actors.len() >= DEEPEST_CHAIN {
            return Err(Refusal::ChainTooLong);
        }
        self.spend(actor, budget, now)?;
        let record = TokenRecord::new("dt", actor, now, TOKEN_LIFETIME);
        let record = TokenRecord {
            user: subject.user.clone(),
            actors: std::iter::once(actor.to_owned()).chain(subject.actors.iter().cloned()).collect(),
            source: Some(subject.jti.clone()),
            scope: Some(scope),
            audience,
            expires_at: record.expires_at.min(subject.expires_at),
            ..record
        };
        self.keep(record, AuditKind::TokenDelegated, None, now)
    }

    /// Exchanges an approved request for a JIT token, which ends with what was granted at the latest. Another exchange of
    /// the same request revokes the token before, so that an answer that got lost can be asked for again and one
    /// approval has one live token.
    pub(in super::super) fn exchange(
        &mut self,
        caller: &Caller,
        request_id: &str,
        budget: u64,
        now: u64,
    ) -> Result<Issued, Refusal> {
        self.expire_requests(now);
        let request = self.request(&caller.agent_id, request_id)?;
        let task = self.task(&caller.agent_id, &request.task_id)?;
        task.check_open(now)?;
        task.check_caller(caller)?;
        match request.state {
            RequestState::Approved if request.has_lapsed(now) => return Err(Refusal::RequestExpired),
            RequestState::Approved if request.exchanges >= MAX_EXCHANGES => return Err(Refusal::TooManyExchanges),
            RequestState::Approved => {}
            RequestState::Pending => return Err(Refusal::RequestPending),
            RequestState::Denied => return Err(Refusal::RequestDenied),
            RequestState::Expired => return Err(Refusal::RequestExpired),
        }
        let until_source_ends = match &caller.source {
            None => u64::MAX,
            Some(source) => self.live_token(source, now).map_or(now, |source| source.expires_at),
        };
        let is_repeated = request.exchanges > 0;
        let decided_by = request.decided_by;
        let granted_until = request.granted_until().unwrap_or(now);
        let record = TokenRecord {
            task_id: Some(task.id.clone()),
            parent_task_id: task.parent.clone(),
            request_id: Some(request.id.clone()),
            detail: Some(request.detail.clone()),
            source: caller.source.clone(),
            expires_at: granted_until.min(task.expires_at).min(until_source_ends),
            ..TokenRecord::new("jit", &caller.agent_id, now, 0)
        };
        self.spend(&caller.agent_id, budget, now)?;
        if let Some(request) = self.requests.get_mut(request_id) {
            request.exchanges = request.exchanges.saturating_add(1);
        }
        if is_repeated {
            self.revoke_tokens(now, |token| token.request_id.as_deref() == Some(request_id));
        }
        self.keep(record, AuditKind::JitTokenIssued, decided_by, now)
    }

    fn keep(
        &mut self,
        record: TokenRecord,
        kind: AuditKind,
        decided_by: Option<DecidedBy>,
        now: u64,
    ) -> Result<Issued, Refusal> {
        let kept = if record.is_agents_own() { &mut self.logins } else { &mut self.tokens };
        kept.insert(record.jti.clone(), record.clone(), |token| !token.is_live(now))?;
        let mut event = event(kind, &record).decided_by(decided_by).ttl(record.lifetime());
        if let Some(request_id) = &record.request_id {
            event = event.request(request_id);
        }
        if let Some(detail) = &record.detail {
            event = event.detail(detail);
        }
        self.events.push(event);
        Ok(record)
    }

    /// The token, unless it has ended, or one that it was derived from. One that is not remembered has ended.
    pub(in super::super) fn live_token(&self, jti: &str, now: u64) -> Option<&TokenRecord> {
        let token = self.tokens.get(jti).or_else(|| self.logins.get(jti)).filter(|token| token.is_live(now))?;
        let mut source = token.source.as_deref();
        // A chain, the user's token before it, and the JIT token after it.
        for _ in 0..DEEPEST_CHAIN.saturating_add(2) {
            let Some(jti) = source else { return Some(token) };
            source = self.tokens.get(jti).filter(|token| token.is_live(now))?.source.as_deref();
        }
        None
    }

    /// Every token that is remembered and is no agent's own, oldest first.
    pub(in super::super) fn tokens(&self) -> impl Iterator<Item = &TokenRecord> {
        self.tokens.iter()
    }

    pub(in super::super) fn revoke_tokens(&mut self, now: u64, which: impl Fn(&TokenRecord) -> bool) {
        for kept in [&mut self.tokens, &mut self.logins] {
            for jti in kept.find(|token| token.is_live(now) && which(token)) {
                let Some(token) = kept.get_mut(&jti) else { continue };
                token.revoked = true;
                self.events.push(event(AuditKind::TokenRevoked, token));
            }
        }
    }

    /// How many tokens the agent was issued today (UTC) for tasks and on behalf of users.
    pub(in super::super) fn tokens_today(&self, agent_id: &str, now: u64) -> u64 {
        self.usage.get(agent_id).filter(|usage| usage.day == now / SECONDS_A_DAY).map_or(0, |usage| usage.tokens)
    }

    fn spend(&mut self, agent_id: &str, budget: u64, now: u64) -> Result<(), Refusal> {
        let spent = self.tokens_today(agent_id, now);
        if spent >= budget {
            return Err(Refusal::BudgetExceeded);
        }
        // Only known agents come here, so this has a bound.
        self.usage.insert(agent_id.to_owned(), Usage { day: now / SECONDS_A_DAY, tokens: spent.saturating_add(1) });
        Ok(())
    }

    /// Counts a token again that was issued before a restart.
    pub(super) fn recount(&mut self, token: &TokenRecord, now: u64) {
        if (token.is_jit() || !token.actors.is_empty()) && token.issued_at / SECONDS_A_DAY == now / SECONDS_A_DAY {
            let _ = self.spend(&token.agent_id, u64::MAX, now);
        }
    }
}

/// Whether a scope holds a capability. Without a scope nothing is known of it.
fn holds(scope: Option<&str>, capability: &str) -> bool {
    scope.is_some_and(|scope| scope.split_ascii_whitespace().any(|held| held == capability))
}

/// How long until the next day begins (UTC), and with it a new budget, in seconds.
pub(in super::super) fn until_tomorrow(now: u64) -> u64 {
    SECONDS_A_DAY.saturating_sub(now % SECONDS_A_DAY)
}

fn event(kind: AuditKind, token: &TokenRecord) -> AuditEvent {
    let event = AuditEvent::new(kind).agent(&token.agent_id).token(&token.jti);
    let event = match &token.user {
        Some(user) => event.user(user),
        None => event,
    };
    match &token.task_id {
        Some(task_id) => event.task(task_id),
        None => event,
    }
}
