//! What holds for every answer, whoever wrote it: for the fuzz package.

use super::{
    RequestId, TaskId, identity,
    permission::understand,
    task::date,
    wire::{AskAnswer, ErrorAnswer, PermissionAnswer, TaskAnswer, TokenAnswer, UserInfoAnswer, tame},
};
use crate::authorization_details::AuthorizationDetail;

pub(super) fn answers(body: &[u8]) {
    if let Ok(token) = serde_json::from_slice::<TokenAnswer>(body) {
        let granted = token.authorization_details.map(|granted| serde_json::from_str(granted.get()));
        let granted: Option<Vec<AuthorizationDetail>> = granted.and_then(Result::ok);
        for granted in granted.iter().flatten() {
            assert!(!granted.summary().chars().any(char::is_control));
            assert!(!granted.canonical().is_empty());
        }
    }
    if let Ok(task) = serde_json::from_slice::<TaskAnswer>(body) {
        let _ = task.expires_at.as_deref().and_then(date);
        is_one_segment(task.task_id.and_then(|id| TaskId::try_from(id).ok()).as_ref().map(TaskId::as_str));
    }
    if let Ok(answer) = serde_json::from_slice::<PermissionAnswer>(body)
        && let Some(id) = answer.request_id.clone().and_then(|id| RequestId::try_from(id).ok())
    {
        is_one_segment(Some(id.as_str()));
        let _ = understand(id, answer);
    }
    if let Ok(answer) = serde_json::from_slice::<UserInfoAnswer>(body)
        && let Ok(info) = identity::understand(answer)
    {
        for text in [&info.subject].into_iter().chain(&info.name).chain(&info.agent_id).chain(&info.capabilities) {
            is_tame(text);
        }
        assert!(info.budget.is_none_or(|budget| budget.left_today() <= budget.per_day));
    }
    if let Ok(answer) = serde_json::from_slice::<AskAnswer>(body)
        && let Ok(preflight) = identity::judge(&answer)
    {
        preflight.reason.iter().chain(&preflight.audit_id).for_each(|text| is_tame(text));
    }
    if let Ok(error) = serde_json::from_slice::<ErrorAnswer>(body) {
        [error.code(), error.message()].into_iter().flatten().for_each(|text| is_tame(&tame(text)));
        let _ = error.is_oauth();
    }
}

/// A text for an author's eyes is short, and has nothing hidden in it.
fn is_tame(text: &str) {
    assert!(text.chars().count() <= 200 && !text.chars().any(char::is_control));
}

/// An id becomes a segment of a path, and must stay one.
fn is_one_segment(id: Option<&str>) {
    let leads_elsewhere =
        |id: &str| id.is_empty() || id == "." || id == ".." || id.contains(['/', '\\', '?', '#', '%']);
    assert!(!id.is_some_and(leads_elsewhere));
}
