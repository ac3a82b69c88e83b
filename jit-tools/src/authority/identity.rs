//! What the authority says about the agent: who it is, what it may do, and what is left of its budget.

use http::Method;
use serde_json::{Map, Value};

use super::{
    AuthorityError, LumoAuthAgent,
    call::{Body, Repeat},
    error::Kind,
    wire::{AskAnswer, AskQuestion, UserInfoAnswer, needed, tame},
};

/// How many capabilities of an agent are read at most.
const MOST_CAPABILITIES: usize = 1024;

/// An agent as the authority knows it. Its texts are the authority's: at most 200 characters each, without hidden ones.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AgentInfo {
    /// Whom the agent's token stands for: `agent:NAME`, or the user for whom the agent acts.
    pub subject: String,
    /// The name of the agent, where the authority says it.
    pub name: Option<String>,
    /// The id of the agent, where the authority says it.
    pub agent_id: Option<String>,
    /// What the agent may do without asking in a task, such as `read:documents`; the first 1,024.
    pub capabilities: Vec<String>,
    /// What the agent may use a day, where there is a limit that the authority tells.
    pub budget: Option<AgentBudget>,
}

impl AgentInfo {
    /// Whether the agent has a capability of exactly this name.
    pub fn has_capability(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|known| known == capability)
    }
}

/// What an agent may use a day, in the authority's tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AgentBudget {
    /// How many are used today.
    pub used_today: u64,
    /// How many there are a day; `None` where there is no limit.
    pub per_day: Option<u64>,
}

impl AgentBudget {
    /// How many are left today; `None` where there is no limit.
    pub fn left_today(&self) -> Option<u64> {
        self.per_day.map(|per_day| per_day.saturating_sub(self.used_today))
    }

    /// Whether none is left.
    pub fn is_exhausted(&self) -> bool {
        self.left_today() == Some(0)
    }
}

/// The answer to whether an agent may do something.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Preflight {
    /// Whether it may, without asking for a permission.
    pub allowed: bool,
    /// Why, in the authority's words, at most 200 characters. They are for people: show them to no model unasked.
    pub reason: Option<String>,
    /// The event in the authority's audit log, at most 200 characters.
    pub audit_id: Option<String>,
}

pub(super) fn understand(answer: UserInfoAnswer) -> Result<AgentInfo, Kind> {
    let subject = needed(answer.sub, "sub")?;
    let capabilities = answer.capabilities.unwrap_or_default();
    Ok(AgentInfo {
        subject: tame(&subject),
        name: answer.name.as_deref().map(tame),
        agent_id: answer.agent_id.as_deref().map(tame),
        capabilities: capabilities.iter().take(MOST_CAPABILITIES).map(|name| tame(name)).collect(),
        budget: answer.budget_policy.map(|policy| AgentBudget {
            used_today: policy.tokens_used_today.unwrap_or(0),
            per_day: policy.max_tokens_per_day,
        }),
    })
}

pub(super) fn judge(answer: &AskAnswer) -> Result<Preflight, Kind> {
    Ok(Preflight {
        allowed: needed(answer.allowed, "allowed")?,
        reason: answer.reason.as_deref().map(tame),
        audit_id: answer.audit_id.as_deref().map(tame),
    })
}

impl LumoAuthAgent {
    /// What the authority says about the agent. It is asked each time; keep the answer where that is too often.
    pub async fn agent_info(&self) -> Result<AgentInfo, AuthorityError> {
        const OPERATION: &str = "tell who the agent is";
        let answer: UserInfoAnswer = self
            .call(OPERATION, Method::GET, &["oauth", "userinfo"], Body::Empty, Repeat::Always)
            .await?
            .json(OPERATION)?;
        understand(answer).map_err(|kind| AuthorityError::new(OPERATION, kind))
    }

    /// Whether the agent has a capability of exactly this name, as the authority says at this moment.
    pub async fn has_capability(&self, capability: &str) -> Result<bool, AuthorityError> {
        Ok(self.agent_info().await?.has_capability(capability))
    }

    /// What the agent may use a day; `None` where the authority tells no limit.
    pub async fn budget(&self) -> Result<Option<AgentBudget>, AuthorityError> {
        Ok(self.agent_info().await?.budget)
    }

    /// Asks whether the agent may do `action`, such as `document.read`, before it is tried. `context` says with what,
    /// and may be empty.
    ///
    /// This is about what the agent may do by itself. What a task may be granted is known once it is asked for.
    pub async fn ask(&self, action: &str, context: &Map<String, Value>) -> Result<Preflight, AuthorityError> {
        const OPERATION: &str = "tell whether an action is allowed";
        let body = Body::json(OPERATION, &AskQuestion { action, context })?;
        let answer: AskAnswer =
            self.call(OPERATION, Method::POST, &["agents", "ask"], body, Repeat::Always).await?.json(OPERATION)?;
        judge(&answer).map_err(|kind| AuthorityError::new(OPERATION, kind))
    }
}
