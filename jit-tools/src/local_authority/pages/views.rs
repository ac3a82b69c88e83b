//! What the pages show, gathered under one lock, and bounded.

use std::{collections::HashMap, sync::Arc, time::UNIX_EPOCH};

use axum::{
    extract::{Query, State},
    response::Response,
};
use http::StatusCode;
use serde::Deserialize;

use super::{answer, markup, sign_in::Person};
use crate::local_authority::{
    audit::AuditEvent,
    history::{TaskView, WaitingView},
    input::Id,
    shared::Shared,
    store::{Request, RequestState, Store, Task, TokenRecord},
};

/// How many requests are shown at once; the oldest are decided first.
const MOST_CARDS: usize = 20;
/// How many lines a list has.
const LINES: usize = 50;

/// A request that waits, and what a person wants to know beside it.
pub(super) struct Card {
    pub(super) waiting: WaitingView,
    /// How many requests of this agent were approved, and how many denied, as far as they are remembered.
    pub(super) approved: usize,
    pub(super) denied: usize,
}

/// A part of a list, the newest first.
pub(super) struct Part<T> {
    pub(super) items: Vec<T>,
    pub(super) in_all: usize,
    /// Counted from one.
    pub(super) page: usize,
    pub(super) pages: usize,
}

/// A task, and the newest of all that belongs to it, newest first.
pub(super) struct Picture {
    pub(super) view: TaskView,
    pub(super) children: Vec<Task>,
    pub(super) events: Vec<AuditEvent>,
}

#[derive(Deserialize)]
pub(super) struct Asked {
    /// A request that was just decided.
    done: Option<String>,
    page: Option<usize>,
    /// The one task whose events are asked for.
    task: Option<String>,
}

/// `GET …/`
pub(super) async fn requests(
    State(shared): State<Arc<Shared>>,
    person: Person,
    Query(asked): Query<Asked>,
) -> Response {
    let (cards, waiting, done, now) = shared.with(|store, now| {
        let pending = store.pending(now);
        let waiting = pending.len();
        let card = |request: Request| {
            let count = |state| {
                store.requests().filter(|other| other.agent_id == request.agent_id && other.state == state).count()
            };
            let (approved, denied) = (count(RequestState::Approved), count(RequestState::Denied));
            Card { waiting: store.waiting_view(request, now), approved, denied }
        };
        let cards: Vec<_> = fair(pending, MOST_CARDS).into_iter().map(card).collect();
        let is_done =
            |request: &&Request| Some(&request.id) == asked.done.as_ref() && request.state != RequestState::Pending;
        (cards, waiting, store.requests().find(is_done).cloned(), now)
    });
    let page = markup::request::page(&shared.org, &cards, waiting, done.as_ref(), now, &person);
    answer(StatusCode::OK, page)
}

/// So many of the requests, oldest first. Each agent has its turn: one that asks for much hides none of another's.
fn fair(pending: Vec<Request>, most: usize) -> Vec<Request> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    let mut turns: Vec<(usize, usize, Request)> = Vec::new();
    for (age, request) in pending.into_iter().enumerate() {
        let turn = counts.entry(request.agent_id.clone()).or_default();
        *turn = turn.saturating_add(1);
        turns.push((*turn, age, request));
    }
    turns.sort_by_key(|(turn, age, _)| (*turn, *age));
    turns.truncate(most);
    turns.sort_by_key(|(_, age, _)| *age);
    turns.into_iter().map(|(_, _, request)| request).collect()
}

/// `GET …/tasks`
pub(super) async fn tasks(State(shared): State<Arc<Shared>>, person: Person, Query(asked): Query<Asked>) -> Response {
    let (part, now) = shared.with(|store, now| {
        let tasks: Vec<&Task> = store.tasks().collect();
        let part = part(&tasks, asked.page, |task| {
            let is_live = |token: &&TokenRecord| {
                token.task_id.as_ref() == Some(&task.id) && store.live_token(&token.jti, now).is_some()
            };
            ((*task).clone(), store.tokens().filter(is_live).count())
        });
        (part, now)
    });
    answer(StatusCode::OK, markup::lists::tasks(&part, now, &person))
}

/// `GET …/tasks/{id}`
pub(super) async fn task(State(shared): State<Arc<Shared>>, person: Person, Id(id): Id) -> Response {
    let events: Vec<_> =
        shared.events().into_iter().rev().filter(|event| event.task_id.as_ref() == Some(&id)).take(LINES).collect();
    let (picture, now) = shared.with(|store, now| {
        store.expire_requests(now);
        (picture(store, &id, events, now), now)
    });
    match picture {
        Some(picture) => answer(StatusCode::OK, markup::task::page(&picture, now, &person)),
        None => answer(StatusCode::NOT_FOUND, markup::frame::problem("There is no such task, or no longer.", &person)),
    }
}

fn picture(store: &Store, id: &str, events: Vec<AuditEvent>, now: u64) -> Option<Picture> {
    let mut view = store.task_view(store.tasks().find(|task| task.id == id)?, now);
    view.requests.reverse();
    view.requests.truncate(LINES);
    view.tokens.reverse();
    view.tokens.truncate(LINES);
    let children = store.tasks().filter(|task| task.parent.as_deref() == Some(id)).take(LINES).cloned().collect();
    Some(Picture { view, children, events })
}

/// `GET …/history`
pub(super) async fn history(State(shared): State<Arc<Shared>>, person: Person, Query(asked): Query<Asked>) -> Response {
    let (part, now) = shared.with(|store, now| {
        store.expire_requests(now);
        let over: Vec<&Request> = store.requests().filter(|request| request.state != RequestState::Pending).collect();
        (part(&over, asked.page, |request| (*request).clone()), now)
    });
    answer(StatusCode::OK, markup::lists::history(&part, now, &person))
}

/// `GET …/audit`
pub(super) async fn audit(State(shared): State<Arc<Shared>>, person: Person, Query(asked): Query<Asked>) -> Response {
    let mut events = shared.events();
    if let Some(task) = &asked.task {
        events.retain(|event| event.task_id.as_ref() == Some(task));
    }
    let part = part(&events, asked.page, Clone::clone);
    answer(StatusCode::OK, markup::lists::audit(&part, asked.task.as_deref(), shared.now(), &person))
}

/// The seconds since 1970 of an event.
pub(super) fn seconds(event: &AuditEvent) -> u64 {
    event.time.duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
}

fn part<T, U>(items: &[T], page: Option<usize>, describe: impl Fn(&T) -> U) -> Part<U> {
    let pages = items.len().div_ceil(LINES).max(1);
    let page = page.unwrap_or(1).clamp(1, pages);
    let shown = items.iter().rev().skip((page - 1).saturating_mul(LINES)).take(LINES);
    Part { items: shown.map(describe).collect(), in_all: items.len(), page, pages }
}
