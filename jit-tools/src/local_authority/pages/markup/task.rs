//! The picture of one task.

use maud::{Markup, html};

use super::{
    super::{sign_in::Person, views::Picture, words::count},
    frame::{self, Tab},
    lists::event,
    pieces::{act_in_short, bar, date, left, risk, shown, state, user},
};
use crate::{
    local_authority::{
        history::{TaskView, TokenView},
        store::{Request, RequestState, Task},
    },
    plain_text::capped,
};

/// How much of a task's name stands on the browser's tab, in characters.
const LONGEST_TITLE: usize = 60;

/// A task: what it is, what it asked for, and which of its tokens still count.
pub(in super::super) fn page(picture: &Picture, now: u64, person: &Person) -> Markup {
    let TaskView { task, requests, tokens, .. } = &picture.view;
    let name = task.name.as_deref().unwrap_or("without a name");
    let is_open = task.check_open(now).is_ok();
    let content = html! {
        h1 tabindex="-1" { "Task " (shown(name)) }
        section #about .card aria-label="About the task" data-live="" {
            header {
                (task_state(task, now))
                @if is_open { span .muted { (left(task.expires_at, now)) " left" } }
            }
            @if is_open { (bar("What is left of the task's time", task.created_at, task.expires_at, now)) }
            (about(picture, person))
            @if is_open {
                form method="post" action={ (person.root) "/tasks/" (task.id) "/suspend" } {
                    input type="hidden" name="csrf" value=(person.csrf.expose());
                    button #suspend .deny type="submit" { "Stop the task and revoke its tokens" }
                }
            }
        }
        h2 { "Tokens" }
        div #tokens data-live="" {
            @let live = tokens.iter().filter(|token| token.remaining.is_some()).count();
            p { @if live == 0 { "None is alive." } @else { (count(live, "live token")) "." } }
            @if !tokens.is_empty() {
                ol .rows { @for each in tokens { (token(each, now)) } }
            }
        }
        h2 { "Requests" }
        div #asked data-live="" {
            @if requests.is_empty() { p { "Nothing was asked for." } } @else {
                ol .rows { @for each in requests { (request(each, now, person)) } }
            }
        }
        h2 { "What happened" }
        div #events data-live="" {
            ol .rows { @for each in &picture.events { (event(each, false, person)) } }
            p { a href={ (person.root) "/audit?task=" (task.id) } { "All of it" } }
        }
    };
    frame::live(&format!("Task {}", capped(name, LONGEST_TITLE)), Tab::Tasks, now, person, &content)
}

fn about(picture: &Picture, person: &Person) -> Markup {
    let Picture { view: TaskView { task, .. }, children, .. } = picture;
    html! {
        dl {
            dt { "Id" } dd { code { (task.id) } }
            dt { "Agent" } dd { code { (shown(&task.agent_id)) } }
            dt { "For the user" }
            dd {
                (user(Some(task)))
            }
            @if let Some(kind) = &task.kind { dt { "Kind" } dd { (shown(kind)) } }
            @if let Some(parent) = &task.parent {
                dt { "Part of" } dd { a href={ (person.root) "/tasks/" (parent) } { (parent) } }
            }
            @if !children.is_empty() {
                dt { "Its parts" }
                dd { @for child in children { a href={ (person.root) "/tasks/" (child.id) } { (child.id) } " " } }
            }
            dt { "Began" } dd { (date(task.created_at)) }
            @if let Some(ended) = task.ended_at { dt { "Ended" } dd { (date(ended)) } }
            @if let Some(outcome) = &task.outcome {
                dt { "Outcome" }
                dd {
                    (outcome.result.as_str())
                    @if let Some(notes) = &outcome.notes { ", in the agent's words: " (shown(notes)) }
                }
            }
            dt { "Denied" } dd { (count(usize::try_from(task.denials).unwrap_or(usize::MAX), "time")) }
        }
    }
}

/// The word for the state of a task.
pub(super) fn task_state(task: &Task, now: u64) -> Markup {
    let name = task.state_name(now);
    let class = match name {
        "open" => "badge good",
        "suspended" | "failed" => "badge critical",
        _ => "badge calm",
    };
    html! { span class=(class) { (name) } }
}

fn token(view: &TokenView, now: u64) -> Markup {
    let TokenView { token: record, remaining } = view;
    html! {
        li {
            div .what { @if let Some(detail) = &record.detail { (act_in_short(detail)) } }
            @if remaining.is_some() {
                div { span .badge.good { "live" } " " (left(record.expires_at, now)) " left" }
                (bar("What is left of the token's time", record.issued_at, record.expires_at, now))
            } @else {
                div { span .badge.calm { @if record.is_revoked() { "revoked" } @else { "ended" } } }
            }
            div .muted { "Issued " (date(record.issued_at)) }
            div .muted { code { (record.jti) } }
        }
    }
}

fn request(request: &Request, now: u64, person: &Person) -> Markup {
    html! {
        li {
            div .what {
                @if request.state == RequestState::Pending {
                    a href={ (person.root) "/#" (request.id) } { (act_in_short(&request.detail)) }
                } @else { (act_in_short(&request.detail)) }
            }
            div {
                (state(request)) " " (risk(request.risk))
                @if request.state == RequestState::Pending { " " (left(request.expires_at, now)) " left to decide" }
            }
            div .muted { "Asked " (date(request.created_at)) }
        }
    }
}
