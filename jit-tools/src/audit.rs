//! What was asked for, granted, used and given back: one event each, for whoever answers for the agent.
//!
//! An event holds ids, digests and permissions, never a token, a secret or a body.

use std::{
    fmt,
    io::Write,
    sync::Arc,
    time::{Duration, SystemTime},
};

use serde::{Serialize, Serializer};

use crate::{
    authorization_details::AuthorizationDetail,
    digest::Sha256Hex,
    risk::RiskLevel,
    secret::AccessToken,
    sync::{Mutex, lock},
};

/// Takes audit events. It is called on the way of a call, so it must not wait for anything slow.
pub trait Audit: fmt::Debug + Send + Sync {
    /// Takes an event.
    fn record(&self, event: &AuditEvent);
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AuditKind {
    /// The authority is about to be asked for a permission.
    Asked,
    /// A challenge was not followed: the tool's ceiling or the policy does not allow it, or what would have to be done
    /// again cannot be.
    Refused,
    /// A person has to decide.
    Pending,
    /// A permission was approved.
    Approved,
    /// A permission was denied.
    Denied,
    /// A token was issued.
    Issued,
    /// A token is about to be sent to an API: the agent's own, or one that was issued for it.
    Used,
    /// A token, or all tokens of a task, were revoked.
    Revoked,
    /// A permission was not obtained, or a token not revoked, because something failed or was given up.
    Failed,
}

/// One event. As JSON, what does not apply is left out.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AuditEvent {
    /// When, on the agent's clock; RFC 3339 in JSON.
    #[serde(serialize_with = "rfc3339")]
    pub time: SystemTime,
    /// What happened.
    pub event: AuditKind,
    /// The agent's client id.
    pub agent: String,
    /// The task's id.
    pub task: String,
    /// The tool that was called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// The API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// The permission.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<AuthorizationDetail>,
    /// The authority's id of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// How the authority judged the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk: Option<RiskLevel>,
    /// For how long, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u64>,
    /// The SHA-256 digest of the token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<Sha256Hex>,
    /// Why, in the words of this library.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl AuditEvent {
    /// An event of a task, to which what else is known is added.
    pub(crate) fn new(event: AuditKind, time: SystemTime, agent: &str, task: &str) -> Self {
        Self {
            time,
            event,
            agent: agent.to_owned(),
            task: task.to_owned(),
            tool: None,
            origin: None,
            detail: None,
            request: None,
            risk: None,
            seconds: None,
            token: None,
            reason: None,
        }
    }

    pub(crate) fn tool(mut self, tool: Option<&str>) -> Self {
        self.tool = tool.map(str::to_owned);
        self
    }

    pub(crate) fn origin(mut self, origin: impl fmt::Display) -> Self {
        self.origin = Some(origin.to_string());
        self
    }

    pub(crate) fn detail(mut self, detail: &AuthorizationDetail) -> Self {
        self.detail = Some(detail.clone());
        self
    }

    pub(crate) fn request(mut self, request: impl fmt::Display, risk: Option<RiskLevel>) -> Self {
        self.request = Some(request.to_string());
        self.risk = risk;
        self
    }

    pub(crate) fn lasting(mut self, duration: Option<Duration>) -> Self {
        self.seconds = duration.map(|duration| duration.as_secs());
        self
    }

    pub(crate) fn token(mut self, token: &AccessToken) -> Self {
        self.token = Some(Sha256Hex::of([token.expose().as_bytes()]));
        self
    }

    pub(crate) fn reason(mut self, reason: impl fmt::Display) -> Self {
        self.reason = Some(reason.to_string());
        self
    }
}

fn rfc3339<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    let time = jiff::Timestamp::try_from(*time).map_err(serde::ser::Error::custom)?;
    serializer.collect_str(&time)
}

/// Events as `tracing` events of the target `jit_tools::audit`: warnings for what was refused, denied or failed, and
/// information for the rest. This is what a task has unless it is given another.
#[derive(Clone, Copy, Debug, Default)]
pub struct TracingAudit;

impl Audit for TracingAudit {
    fn record(&self, event: &AuditEvent) {
        macro_rules! emit {
            ($level:ident) => {
                tracing::$level!(
                    target: "jit_tools::audit",
                    event = ?event.event,
                    agent = event.agent,
                    task = event.task,
                    tool = event.tool,
                    origin = event.origin,
                    detail = event.detail.as_ref().map(AuthorizationDetail::summary),
                    request = event.request,
                    risk = event.risk.map(|risk| risk.to_string()),
                    seconds = event.seconds,
                    token = event.token.as_ref().map(Sha256Hex::as_str),
                    reason = event.reason,
                )
            };
        }
        match event.event {
            AuditKind::Refused | AuditKind::Denied | AuditKind::Failed => emit!(warn),
            _ => emit!(info),
        }
    }
}

/// Events as JSON lines.
///
/// A line is written and flushed on the way of a call; give it a file, or something that takes lines and writes them
/// elsewhere. A line that cannot be written is a `tracing` error: the call goes on.
///
/// ```
/// use std::sync::Arc;
/// use jit_tools::audit::{Audit, JsonLinesAudit};
///
/// let audit: Arc<dyn Audit> = Arc::new(JsonLinesAudit::new(std::io::stderr()));
/// ```
pub struct JsonLinesAudit<W> {
    writer: Mutex<W>,
}

impl<W: Write + Send> JsonLinesAudit<W> {
    /// Writes to `writer`.
    pub fn new(writer: W) -> Self {
        Self { writer: Mutex::new(writer) }
    }
}

impl<W: Write + Send> Audit for JsonLinesAudit<W> {
    fn record(&self, event: &AuditEvent) {
        let written = serde_json::to_vec(event).map_err(std::io::Error::from).and_then(|mut line| {
            line.push(b'\n');
            let mut writer = lock(&self.writer);
            writer.write_all(&line)?;
            writer.flush()
        });
        if let Err(error) = written {
            tracing::error!(%error, event = ?event.event, task = event.task, "an audit event could not be written");
        }
    }
}

impl<W> fmt::Debug for JsonLinesAudit<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonLinesAudit").finish_non_exhaustive()
    }
}

/// An audit that is shared by tasks.
pub type SharedAudit = Arc<dyn Audit>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_json_without_what_does_not_apply() {
        let event = AuditEvent::new(AuditKind::Issued, SystemTime::UNIX_EPOCH, "agt_x", "task_1")
            .detail(&AuthorizationDetail::new("note").actions(["read"]))
            .token(&AccessToken::new("canary"));
        let audit = JsonLinesAudit::new(Vec::new());
        audit.record(&event);
        let written = String::from_utf8(lock(&audit.writer).clone()).unwrap();
        let digest = Sha256Hex::of([b"canary".as_slice()]);
        assert_eq!(
            written,
            format!(
                "{{\"time\":\"1970-01-01T00:00:00Z\",\"event\":\"issued\",\"agent\":\"agt_x\",\"task\":\"task_1\",\
                 \"detail\":{{\"type\":\"note\",\"actions\":[\"read\"]}},\"token\":\"{digest}\"}}\n"
            )
        );
    }
}
