//! A request that waits for a person, as a value: it can be stored, and picked up by another process.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::ApprovalBinding;
use crate::{
    authority::{LumoAuthAgent, RequestId, TaskId},
    authorization_details::AuthorizationDetail,
    origin::Origin,
};

/// A request that waits for a person, without anything secret in it.
///
/// Store it, and give it back with [`JitContext::adopt`](crate::JitContext::adopt) to a context of the same task, in
/// this process or another; see [`JitContextBuilder::attach`](crate::session::JitContextBuilder::attach).
///
/// ```
/// use jit_tools::PendingApproval;
///
/// let stored = r#"{
///     "authority": "https://app.lumoauth.dev", "tenant": "acme-corp", "agent": "agt_x",
///     "task_id": "task_1", "request_id": "req_1",
///     "detail": {"type": "document", "actions": ["delete"], "identifier": "doc_1"},
///     "origin": "https://api.acme.com",
///     "binding": "v2:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
/// }"#;
/// let pending: PendingApproval = serde_json::from_str(stored)?;
/// assert_eq!(pending.request_id.as_str(), "req_1");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PendingApproval {
    /// The authority that was asked.
    pub authority: Origin,
    /// The organization, or tenant.
    pub tenant: String,
    /// The agent's client id.
    pub agent: String,
    /// The task that is to hold the permission.
    pub task_id: TaskId,
    /// The request.
    pub request_id: RequestId,
    /// The permission.
    pub detail: AuthorizationDetail,
    /// The API that named it; `None` when it was asked for by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// What exactly it was asked for.
    pub binding: ApprovalBinding,
    /// How long the token was asked to live, in seconds, where that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_ttl: Option<u64>,
    /// When the request ends undecided, where the authority says so; RFC 3339.
    #[serde(default, with = "optional_date", skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<SystemTime>,
    /// Before when the authority is not to be asked about it again; RFC 3339. `None` where it was not asked yet.
    #[serde(default, with = "optional_date", skip_serializing_if = "Option::is_none")]
    pub not_before: Option<SystemTime>,
    /// How much slower than otherwise the authority wants to be asked about it (RFC 8628, section 3.5). Whole seconds
    /// when serialized.
    #[serde(default, with = "seconds", skip_serializing_if = "Duration::is_zero")]
    pub slower_by: Duration,
}

/// A [`PendingApproval`] that belongs to another authority, tenant, agent or task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the approval belongs to another {0}")]
pub struct ForeignApproval(&'static str);

impl PendingApproval {
    /// Whether it belongs to this agent and task; if not, what differs.
    pub(crate) fn check(&self, agent: &LumoAuthAgent, task: &TaskId) -> Result<(), ForeignApproval> {
        let parts = [
            ("authority", self.authority == *agent.origin()),
            ("organization", self.tenant == agent.tenant()),
            ("agent", self.agent == agent.client_id()),
            ("task", self.task_id == *task),
        ];
        parts.into_iter().find(|(_, same)| !same).map_or(Ok(()), |(part, _)| Err(ForeignApproval(part)))
    }
}

/// A date as in RFC 3339.
mod optional_date {
    use std::time::SystemTime;

    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer, de, ser};

    #[expect(clippy::ref_option, reason = "the signature that serde calls")]
    pub(super) fn serialize<S: Serializer>(date: &Option<SystemTime>, serializer: S) -> Result<S::Ok, S::Error> {
        let date = date.map(jiff::Timestamp::try_from).transpose().map_err(ser::Error::custom)?;
        date.map(|date| date.to_string()).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SystemTime>, D::Error> {
        let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
        let date = crate::authority::date(&text);
        date.map(Some).ok_or_else(|| de::Error::custom("expected a date as in RFC 3339"))
    }
}

/// A time as whole seconds.
mod seconds {
    use std::time::Duration;

    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(time.as_secs())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_secs)
    }
}
