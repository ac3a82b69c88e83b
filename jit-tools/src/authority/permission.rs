//! Requests for a permission, and what became of them.

use std::time::{Duration, SystemTime};

use http::Method;

use super::{
    AuthorityError, LumoAuthAgent, RequestId, TaskId,
    call::{Body, Repeat},
    error::Kind,
    task::date,
    wire::{PermissionAnswer, RequestPermission, needed},
};
use crate::{authorization_details::AuthorizationDetail, origin::Origin, risk::RiskLevel};

/// The longest lifetime that the authority grants.
pub(crate) const MAX_TTL: Duration = Duration::from_secs(900);

/// What is asked for, for which task, and why.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PermissionRequest<'a> {
    /// The task that is to hold the permission.
    pub(crate) task: &'a TaskId,
    /// The permission.
    pub(crate) detail: &'a AuthorizationDetail,
    /// The API that it is for, where its `locations` do not say so.
    pub(crate) resource: Option<&'a Origin>,
    /// Why it is needed, for the person who approves it.
    pub(crate) justification: Option<&'a str>,
    /// How long the token is to live; the authority's default (10 minutes) and at most 15 minutes.
    pub(crate) ttl: Option<Duration>,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PermissionStatus {
    /// It is granted: exchange it for a token.
    Approved {
        /// How long the token is going to live, where the authority says so.
        granted_ttl: Option<Duration>,
    },
    /// A person has to decide.
    Pending(Undecided),
    /// A person, or the authority, said no.
    Denied {
        /// What the reviewer wrote for the agent. Text of somebody else's: show it to no model unasked.
        agent_message: Option<String>,
    },
    /// Nobody decided in time.
    Expired,
}

/// A request that waits for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Undecided {
    /// When the request ends undecided, where the authority says so.
    pub(crate) expires_at: Option<SystemTime>,
}

/// A request as the authority sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PermissionAnswered {
    pub(crate) request_id: RequestId,
    pub(crate) risk_level: Option<RiskLevel>,
    pub(crate) status: PermissionStatus,
}

impl LumoAuthAgent {
    /// Asks for a permission. Does not wait for a person.
    pub(crate) async fn ask_permission(
        &self,
        request: PermissionRequest<'_>,
    ) -> Result<PermissionAnswered, AuthorityError> {
        let support = &self.inner.resources;
        let plain = PermissionRequest { resource: None, ..request };
        if request.resource.is_none() || !support.may_be_requested() {
            return self.post_permission(plain).await;
        }
        match self.post_permission(request).await {
            Err(error) if error.may_be_of_a_parameter() => {
                let answered = self.post_permission(plain).await?;
                support.note_request_refuses();
                Ok(answered)
            }
            outcome => outcome,
        }
    }

    async fn post_permission(&self, request: PermissionRequest<'_>) -> Result<PermissionAnswered, AuthorityError> {
        const OPERATION: &str = "take the request for a permission";
        let body = Body::json(
            OPERATION,
            &RequestPermission {
                task_id: request.task.as_str(),
                authorization_details: request.detail,
                resource: request.resource.map(Origin::to_string),
                justification: request.justification,
                requested_ttl: request.ttl.map(|ttl| ttl.min(MAX_TTL).as_secs()),
            },
        )?;
        let answer: PermissionAnswer = self
            .call(OPERATION, Method::POST, &["jit", "request"], body, Repeat::IfUnprocessed)
            .await?
            .json(OPERATION)?;
        let failed = |kind| AuthorityError::new(OPERATION, kind);
        let id = needed(answer.request_id.clone(), "request_id").map_err(failed)?;
        let request_id = RequestId::try_from(id).map_err(|_| failed(Kind::Unusable { field: "request_id" }))?;
        understand(request_id, answer).map_err(failed)
    }

    /// Asks what became of a request.
    pub(crate) async fn permission_status(&self, request: &RequestId) -> Result<PermissionAnswered, AuthorityError> {
        const OPERATION: &str = "tell the status of a request";
        let path = ["jit", "request", request.as_str(), "status"];
        // A failed poll is not repeated at once: the next one comes by itself.
        let answer: PermissionAnswer =
            self.call(OPERATION, Method::GET, &path, Body::Empty, Repeat::Never).await?.json(OPERATION)?;
        understand(request.clone(), answer).map_err(|kind| AuthorityError::new(OPERATION, kind))
    }
}

pub(super) fn understand(request_id: RequestId, answer: PermissionAnswer) -> Result<PermissionAnswered, Kind> {
    let status = match needed(answer.status, "status")?.as_str() {
        "approved" => PermissionStatus::Approved { granted_ttl: answer.granted_ttl.map(Duration::from_secs) },
        "pending" => PermissionStatus::Pending(Undecided { expires_at: answer.expires_at.as_deref().and_then(date) }),
        "denied" => PermissionStatus::Denied { agent_message: answer.agent_message },
        "expired" => PermissionStatus::Expired,
        _ => return Err(Kind::Unusable { field: "status" }),
    };
    let risk_level = match answer.risk_level.as_deref() {
        Some("low") => Some(RiskLevel::Low),
        Some("medium") => Some(RiskLevel::Medium),
        Some("high") => Some(RiskLevel::High),
        Some("critical") => Some(RiskLevel::Critical),
        _ => None,
    };
    Ok(PermissionAnswered { request_id, risk_level, status })
}
