//! What happened, as JSON lines: identifiers only, never a token or a secret.

mod log;
mod refusals;
mod retained;

use std::time::SystemTime;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub(super) use self::{
    log::{AuditLog, NotRecorded},
    refusals::Refusals,
    retained::{MAX_IN_MEMORY, Retained, Retention, source},
};
use super::risk::RiskLevel;
use crate::{authority::date, authorization_details::AuthorizationDetail};

/// One thing that happened in the authority.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AuditEvent {
    /// When, on the authority's clock. RFC 3339 in JSON.
    #[serde(serialize_with = "rfc3339", deserialize_with = "from_rfc3339")]
    pub time: SystemTime,
    /// What.
    pub event: AuditKind,
    /// The agent that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// The user that it is about, who signed in or consented.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The user for whom an agent says that it acts, and nobody confirmed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed_user: Option<String>,
    /// The task that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_id: Option<String>,
    /// The permission request that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The token that it is about, by its `jti` (RFC 7519, section 4.1.7).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// How risky the request was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk_level: Option<RiskLevel>,
    /// What was asked for or granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_details: Option<AuthorizationDetail>,
    /// Who decided, where something was decided, or follows from a decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<DecidedBy>,
    /// For how long, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl: Option<u64>,
    /// Why something was refused, as an error code, or what came out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How many equal events this one stands for, where they are more than one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// The id by which an answer named this event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit_id: Option<String>,
}

/// The kind of an [`AuditEvent`]; snake case in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AuditKind {
    /// An agent, or a user, got its own token.
    TokenIssued,
    /// Calls to the token endpoint were refused. The first of a minute is an event of its own; those that follow for the
    /// same reason are counted, and become one event.
    TokenRefused,
    /// A task began.
    TaskCreated,
    /// A task was given back, and its tokens with it.
    TaskCompleted,
    /// A task was stopped after several denials, and its tokens revoked.
    TaskSuspended,
    /// A task was judged by its agent.
    TaskEvaluated,
    /// A permission was asked for.
    RequestCreated,
    /// A request waits for a person.
    RequestPending,
    /// A request was approved, by rule or by a person.
    RequestApproved,
    /// A person denied a request.
    RequestDenied,
    /// Nobody decided a request in time, or its task ended first.
    RequestExpired,
    /// An approved request was exchanged for a JIT token.
    JitTokenIssued,
    /// A token was revoked.
    TokenRevoked,
    /// An agent got a token by which it acts for a user.
    TokenDelegated,
    /// An agent asked whether it may do something.
    ActionChecked,
    /// A webhook took the news of a decision.
    WebhookDelivered,
    /// A webhook did not take the news of a decision, however often it was tried.
    WebhookFailed,
}

/// Who decided a permission request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum DecidedBy {
    /// Its risk was low enough.
    Rule,
    /// A person.
    Reviewer,
}

impl AuditEvent {
    pub(super) fn new(event: AuditKind) -> Self {
        Self {
            // Stamped when it is recorded.
            time: SystemTime::UNIX_EPOCH,
            event,
            agent_id: None,
            user: None,
            claimed_user: None,
            task_id: None,
            request_id: None,
            jti: None,
            risk_level: None,
            authorization_details: None,
            decided_by: None,
            ttl: None,
            reason: None,
            count: None,
            audit_id: None,
        }
    }

    pub(super) fn agent(mut self, agent_id: &str) -> Self {
        self.agent_id = Some(agent_id.to_owned());
        self
    }

    pub(super) fn user(mut self, user: &str) -> Self {
        self.user = Some(user.to_owned());
        self
    }

    pub(super) fn claimed_user(mut self, user: &str) -> Self {
        self.claimed_user = Some(user.to_owned());
        self
    }

    pub(super) fn task(mut self, task_id: &str) -> Self {
        self.task_id = Some(task_id.to_owned());
        self
    }

    pub(super) fn request(mut self, request_id: &str) -> Self {
        self.request_id = Some(request_id.to_owned());
        self
    }

    pub(super) fn token(mut self, jti: &str) -> Self {
        self.jti = Some(jti.to_owned());
        self
    }

    pub(super) fn ttl(mut self, seconds: u64) -> Self {
        self.ttl = Some(seconds);
        self
    }

    pub(super) fn detail(mut self, detail: &AuthorizationDetail) -> Self {
        self.authorization_details = Some(detail.clone());
        self
    }

    pub(super) fn risk(mut self, risk: RiskLevel) -> Self {
        self.risk_level = Some(risk);
        self
    }

    pub(super) fn decided_by(mut self, who: Option<DecidedBy>) -> Self {
        self.decided_by = who;
        self
    }

    /// Stands for so many equal events.
    pub(super) fn counted(mut self, count: u64) -> Self {
        self.count = (count > 1).then_some(count);
        self
    }

    pub(super) fn reason(mut self, code: &str) -> Self {
        self.reason = Some(code.to_owned());
        self
    }

    pub(super) fn audit_id(mut self, id: &str) -> Self {
        self.audit_id = Some(id.to_owned());
        self
    }
}

fn rfc3339<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    match jiff::Timestamp::try_from(*time) {
        Ok(timestamp) => serializer.collect_str(&timestamp),
        Err(_) => serializer.serialize_none(),
    }
}

fn from_rfc3339<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SystemTime, D::Error> {
    let text = String::deserialize(deserializer)?;
    date(&text).ok_or_else(|| serde::de::Error::custom("a time is not in the form of RFC 3339"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_event_is_one_json_line_with_an_rfc_3339_time() {
        let mut event = AuditEvent::new(AuditKind::JitTokenIssued).task("task_1").ttl(600);
        event.time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_500);
        assert_eq!(
            serde_json::to_string(&event).unwrap(),
            r#"{"time":"1970-01-01T00:00:01.5Z","event":"jit_token_issued","task_id":"task_1","ttl":600}"#
        );
    }
}
