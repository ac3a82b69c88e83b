//! What the people who review see: what waits, what was decided, and each task with its requests and tokens.
//!
//! Values, for whoever shows them: the calls of the terminal (`review.rs`) and the page. [`Shared::watch`] tells when to
//! look again.

use serde_json::{Value, json};
use tokio::sync::watch;

use super::{
    shared::{Shared, rfc3339},
    store::{Request, RequestState, Store, Task, TokenRecord},
};

/// How many decided requests are shown.
const MOST_DECIDED: usize = 256;
/// How many earlier grants of an agent are shown beside what it asks for.
const MOST_EARLIER: usize = 16;

/// One task, with all that belongs to it, oldest first.
#[derive(Debug)]
pub(super) struct TaskView {
    pub(super) task: Task,
    /// `open`, `completed`, `failed`, `cancelled`, `suspended` or `expired`.
    pub(super) state: &'static str,
    pub(super) requests: Vec<Request>,
    pub(super) tokens: Vec<TokenView>,
}

/// A token of a task. Never the token itself.
#[derive(Debug)]
pub(super) struct TokenView {
    pub(super) token: TokenRecord,
    /// How many seconds it still lives; none where it has ended or was revoked.
    pub(super) remaining: Option<u64>,
}

/// A request, most often one that waits, with what a person wants to know beside it.
#[derive(Debug)]
pub(super) struct WaitingView {
    pub(super) request: Request,
    pub(super) task: Option<Task>,
    /// What this agent was granted before, newest first.
    pub(super) earlier: Vec<Request>,
    /// How often it was denied something in the last hour.
    pub(super) denials: u32,
}

impl Store {
    /// What waits for a person, oldest first.
    pub(super) fn waiting(&mut self, now: u64) -> Vec<WaitingView> {
        self.pending(now).into_iter().map(|request| self.waiting_view(request, now)).collect()
    }

    pub(super) fn waiting_view(&self, request: Request, now: u64) -> WaitingView {
        WaitingView {
            task: self.tasks().find(|task| task.id == request.task_id).cloned(),
            earlier: self.granted_to(&request.agent_id),
            denials: self.recent_denials_like(&request, now),
            request,
        }
    }

    /// What an agent was granted, newest first.
    fn granted_to(&self, agent_id: &str) -> Vec<Request> {
        let is_granted = |request: &&Request| request.agent_id == agent_id && request.state == RequestState::Approved;
        newest(self.requests().filter(is_granted), MOST_EARLIER)
    }

    /// What no longer waits, newest first.
    pub(super) fn decided(&mut self, now: u64) -> Vec<Request> {
        self.expire_requests(now);
        newest(self.requests().filter(|request| request.state != RequestState::Pending), MOST_DECIDED)
    }

    /// Every task that is remembered, newest first.
    pub(super) fn task_views(&mut self, now: u64) -> Vec<TaskView> {
        self.expire_requests(now);
        let mut views: Vec<TaskView> = self.tasks().map(|task| self.task_view(task, now)).collect();
        views.reverse();
        views
    }

    pub(super) fn task_view(&self, task: &Task, now: u64) -> TaskView {
        let of_task = |token: &&TokenRecord| token.task_id.as_ref() == Some(&task.id);
        let view = |token: &TokenRecord| TokenView {
            remaining: self.live_token(&token.jti, now).map(|token| token.expires_at.saturating_sub(now)),
            token: token.clone(),
        };
        TaskView {
            state: task.state_name(now),
            requests: self.requests().filter(|request| request.task_id == task.id).cloned().collect(),
            tokens: self.tokens().filter(of_task).map(view).collect(),
            task: task.clone(),
        }
    }
}

fn newest<'a>(requests: impl Iterator<Item = &'a Request>, most: usize) -> Vec<Request> {
    let mut requests: Vec<&Request> = requests.collect();
    requests.reverse();
    requests.into_iter().take(most).cloned().collect()
}

impl Shared {
    /// Changes whenever anything happens. A look at the present state is due then; several changes may be one.
    pub(super) fn watch(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}

impl TaskView {
    pub(super) fn to_json(&self) -> Value {
        let task = &self.task;
        json!({
            "task_id": task.id,
            "agent_id": task.agent_id,
            "name": task.name,
            "type": task.kind,
            "parent_task_id": task.parent,
            "on_behalf_of": task.on_behalf_of,
            "on_behalf_of_confirmed": task.on_behalf_of.as_ref().map(|_| task.is_delegated),
            "state": self.state,
            "denials": task.denials,
            "created_at": rfc3339(task.created_at),
            "expires_at": rfc3339(task.expires_at),
            "ended_at": task.ended_at.map(rfc3339),
            "notes": task.outcome.as_ref().and_then(|outcome| outcome.notes.as_deref()),
            "requests": self.requests.iter().map(request_json).collect::<Vec<_>>(),
            "tokens": self.tokens.iter().map(TokenView::to_json).collect::<Vec<_>>(),
        })
    }
}

impl TokenView {
    fn to_json(&self) -> Value {
        json!({
            "jti": self.token.jti,
            "authorization_details": self.token.detail,
            "issued_at": rfc3339(self.token.issued_at),
            "expires_at": rfc3339(self.token.expires_at),
            "remaining": self.remaining,
            "revoked": self.token.is_revoked(),
        })
    }
}

impl WaitingView {
    pub(super) fn to_json(&self) -> Value {
        let mut value = request_json(&self.request);
        if let Some(members) = value.as_object_mut() {
            let task = self.task.as_ref();
            members.insert("task_name".to_owned(), json!(task.and_then(|task| task.name.as_ref())));
            members.insert("on_behalf_of".to_owned(), json!(task.and_then(|task| task.on_behalf_of.as_ref())));
            let is_confirmed = task.filter(|task| task.on_behalf_of.is_some()).map(|task| task.is_delegated);
            members.insert("on_behalf_of_confirmed".to_owned(), json!(is_confirmed));
            members.insert("request_digest".to_owned(), json!(self.request.digest()));
            let earlier: Vec<_> = self.earlier.iter().map(|request| &request.detail).collect();
            members.insert("granted_before".to_owned(), json!(earlier));
            members.insert("denied_in_the_last_hour".to_owned(), json!(self.denials));
        }
        value
    }
}

/// A request as a reviewer sees it, with what is never shown to an agent.
pub(super) fn request_json(request: &Request) -> Value {
    json!({
        "request_id": request.id,
        "status": request.state.as_str(),
        "agent_id": request.agent_id,
        "task_id": request.task_id,
        "authorization_details": request.detail,
        "justification": request.justification,
        "risk_level": request.risk,
        "requested_ttl": request.ttl,
        "created_at": rfc3339(request.created_at),
        "expires_at": rfc3339(request.expires_at),
        "decided_at": request.decided_at.map(rfc3339),
        "decided_by": request.decided_by,
        "granted_until": request.granted_until().map(rfc3339),
        "agent_message": request.agent_message,
        "notes": request.note,
    })
}
