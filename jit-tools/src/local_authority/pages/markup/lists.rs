//! Lists: the tasks, what was decided, and what happened.

use maud::{Markup, html};

use super::{
    super::{
        sign_in::Person,
        views::{Part, seconds},
        words::{count, duration},
    },
    frame::{self, Tab},
    pieces::{act_in_short, date, json, left, reason, risk, shown, state, user},
    task::task_state,
};
use crate::local_authority::{
    audit::{AuditEvent, DecidedBy},
    store::{Request, RequestState, Task},
};

/// The tasks, and how many tokens of each are alive.
pub(in super::super) fn tasks(part: &Part<(Task, usize)>, now: u64, person: &Person) -> Markup {
    let content = html! {
        h1 tabindex="-1" { "Tasks" }
        div #list data-live="" {
            (found(part, "task"))
            @if !part.items.is_empty() {
                ol .rows { @for (task, live) in &part.items { (task_row(task, *live, now, person)) } }
            }
            (pages(part, &person.at("/tasks?")))
        }
    };
    frame::live("Tasks", Tab::Tasks, now, person, &content)
}

fn task_row(task: &Task, live: usize, now: u64, person: &Person) -> Markup {
    html! {
        li {
            div .what {
                a href={ (person.root) "/tasks/" (task.id) } {
                    (shown(task.name.as_deref().unwrap_or("without a name")))
                }
            }
            div {
                (task_state(task, now)) " "
                @if live > 0 { span .badge.high { (count(live, "live token")) } }
                @if task.check_open(now).is_ok() { " " (left(task.expires_at, now)) " left" }
            }
            div .muted {
                code { (shown(&task.agent_id)) }
                @if task.on_behalf_of.is_some() { " for " (user(Some(task))) }
            }
            div .muted { "Began " (date(task.created_at)) }
        }
    }
}

/// What was decided, or not in time.
pub(in super::super) fn history(part: &Part<Request>, now: u64, person: &Person) -> Markup {
    let content = html! {
        h1 tabindex="-1" { "History" }
        div #list data-live="" {
            (found(part, "request"))
            @if !part.items.is_empty() { ol .rows { @for request in &part.items { (decided(request, person)) } } }
            (pages(part, &person.at("/history?")))
        }
    };
    frame::live("History", Tab::History, now, person, &content)
}

fn decided(request: &Request, person: &Person) -> Markup {
    html! {
        li {
            div .what { (act_in_short(&request.detail)) }
            div {
                (state(request)) " " (risk(request.risk)) " "
                @match request.decided_by {
                    Some(DecidedBy::Reviewer) => "by a person",
                    Some(DecidedBy::Rule) => "by rule",
                    None => "nobody decided in time, or the task ended first",
                }
                @if request.state == RequestState::Approved { ", for " (duration(request.ttl)) }
            }
            div .muted {
                code { (shown(&request.agent_id)) } ", "
                a href={ (person.root) "/tasks/" (request.task_id) } { "its task" } ", "
                (date(request.decided_at.unwrap_or(request.created_at)))
            }
            @if request.justification.is_some() {
                details { summary { "Why it was asked for" } (reason(request.justification.as_deref())) }
            }
            (json(&request.detail))
            @if let Some(message) = &request.agent_message { div { "Told to the agent: " (shown(message)) } }
            @if let Some(note) = &request.note { div { "Noted: " (shown(note)) } }
        }
    }
}

/// What happened, in all or in one task.
pub(in super::super) fn audit(part: &Part<AuditEvent>, task: Option<&str>, now: u64, person: &Person) -> Markup {
    let mut path = person.at("/audit?");
    if let Some(task) = task {
        path.extend(["task=", &url::form_urlencoded::byte_serialize(task.as_bytes()).collect::<String>(), "&"]);
    }
    let content = html! {
        h1 tabindex="-1" { "Audit" }
        @if let Some(task) = task {
            p { "Of the task " code { (shown(task)) } ". " a href={ (person.root) "/audit" } { "All tasks" } }
        }
        div #list data-live="" {
            (found(part, "event"))
            @if !part.items.is_empty() { ol .rows { @for each in &part.items { (event(each, true, person)) } } }
            (pages(part, &path))
        }
    };
    frame::live("Audit", Tab::Audit, now, person, &content)
}

/// One event, with whatever it names; on the page of its task it need not name that.
pub(super) fn event(event: &AuditEvent, names_task: bool, person: &Person) -> Markup {
    // The name that stands in the log's file: who reads one finds it in the other.
    let kind = serde_json::to_value(event.event).ok();
    let kind = kind.as_ref().and_then(|kind| kind.as_str()).unwrap_or_default();
    html! {
        li {
            div .line { span .what { (kind.replace('_', " ")) } span .muted { (date(seconds(event))) } }
            @if let Some(detail) = &event.authorization_details { div { (act_in_short(detail)) } }
            div .muted {
                @for text in [&event.agent_id, &event.user, &event.reason].into_iter().flatten() { code { (shown(text)) } " " }
                @if let Some(user) = &event.claimed_user { code { (shown(user)) } " (claimed) " }
                @if let Some(task) = event.task_id.as_ref().filter(|_| names_task) {
                    a href={ (person.root) "/tasks/" (task) } { (task) } " "
                }
                @if let Some(times) = event.count { (times) " times " }
                @for text in [&event.request_id, &event.jti].into_iter().flatten() { code { (shown(text)) } " " }
                @if let Some(ttl) = event.ttl { "for " (duration(ttl)) }
            }
        }
    }
}

fn found<T>(part: &Part<T>, one: &str) -> Markup {
    html! {
        p {
            (count(part.in_all, one)) ", the newest first."
            @if part.pages > 1 { " Page " (part.page) " of " (part.pages) "." }
        }
    }
}

/// Links to what is newer and older. `path` ends where a parameter may begin.
fn pages<T>(part: &Part<T>, path: &str) -> Markup {
    html! {
        @if part.pages > 1 {
            p .pages {
                @if part.page > 1 { a href={ (path) "page=" (part.page - 1) } { "Newer" } }
                @if part.page < part.pages { a href={ (path) "page=" (part.page + 1) } { "Older" } }
            }
        }
    }
}
