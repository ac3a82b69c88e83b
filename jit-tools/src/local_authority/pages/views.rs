//! What the pages show, gathered under one lock, and bounded.

use std::{sync::Arc, time::UNIX_EPOCH};

use axum::{
    extract::{Query, State},
    response::Response,
};
use http::StatusCode;
use serde::Deserialize;

use super::{answer, markup, sign_in::Person};
use crate::local_authority::{
    audit::AuditEvent,
    input::Id,
    shared::Shared,
    store::{Request, RequestState, Store, Task, TokenRecord},
};

/// How many requests are shown at once; the oldest are decided first.
const MOST_CARDS: usize = 20;
/// How many earlier permissions are told beside a request.
const MOST_EARLIER: usize = 5;
/// How many lines a list has.
const LINES: usize = 50;

/// A request that waits, and what a person wants to know beside it.
pub(super) struct Card {
    pub(super) request: Request,
    pub(super) task: Option<Task>,
    pub(super) earlier: Earlier,
}

/// What became of other requests of one agent, as far as they are remembered.
pub(super) struct Earlier {
    /// The newest that were approved.
    pub(super) approved: Vec<Request>,
    pub(super) approved_in_all: usize,
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

/// A task, and all that belongs to it.
pub(super) struct Picture {
    pub(super) task: Task,
    pub(super) children: Vec<Task>,
    pub(super) requests: Vec<Request>,
    pub(super) tokens: Vec<Token>,
    pub(super) events: Vec<AuditEvent>,
}

/// A token of a task, and whether it still counts.
pub(super) struct Token {
    pub(super) record: TokenRecord,
    pub(super) is_live: bool,
}

#[derive(Deserialize)]
pub(super) struct Asked {
    /// A request that was just decided.
    done: Option<String>,
    page: Option<usize>,
    /// The one task whose events are asked for.
    task: Option<String>,
}

/// `GET /`
pub(super) async fn requests(
    State(shared): State<Arc<Shared>>,
    person: Person,
    Query(asked): Query<Asked>,
) -> Response {
    let (cards, waiting, done, now) = shared.with(|store, now| {
        let pending = store.pending(now);
        let waiting = pending.len();
        let card = |request: Request| Card {
            task: store.tasks().find(|task| task.id == request.task_id).cloned(),
            earlier: earlier(store, &request.agent_id),
            request,
        };
        let cards: Vec<_> = pending.into_iter().take(MOST_CARDS).map(card).collect();
        let is_done =
            |request: &&Request| Some(&request.id) == asked.done.as_ref() && request.state != RequestState::Pending;
        (cards, waiting, store.requests().find(is_done).cloned(), now)
    });
    let page = markup::request::page(&shared.org, &cards, waiting, done.as_ref(), now, &person.csrf);
    answer(StatusCode::OK, page)
}

fn earlier(store: &Store, agent_id: &str) -> Earlier {
    let of = |state| store.requests().filter(move |other| other.agent_id == agent_id && other.state == state);
    let approved: Vec<&Request> = of(RequestState::Approved).collect();
    Earlier {
        approved: approved.iter().rev().take(MOST_EARLIER).map(|request| (*request).clone()).collect(),
        approved_in_all: approved.len(),
        denied: of(RequestState::Denied).count(),
    }
}

/// `GET /tasks`
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
    answer(StatusCode::OK, markup::lists::tasks(&part, now, &person.csrf))
}

/// `GET /tasks/{id}`
pub(super) async fn task(State(shared): State<Arc<Shared>>, person: Person, Id(id): Id) -> Response {
    let events: Vec<_> = shared
        .audit
        .events()
        .into_iter()
        .rev()
        .filter(|event| event.task_id.as_ref() == Some(&id))
        .take(LINES)
        .collect();
    let (picture, now) = shared.with(|store, now| {
        store.expire_requests(now);
        (picture(store, &id, events, now), now)
    });
    match picture {
        Some(picture) => answer(StatusCode::OK, markup::task::page(&picture, now, &person.csrf)),
        None => answer(StatusCode::NOT_FOUND, markup::frame::problem("There is no such task, or no longer.")),
    }
}

fn picture(store: &Store, id: &str, events: Vec<AuditEvent>, now: u64) -> Option<Picture> {
    let newest_first = |mut found: Vec<Request>| {
        found.reverse();
        found.truncate(LINES);
        found
    };
    let mut tokens: Vec<_> = store.tokens().filter(|token| token.task_id.as_deref() == Some(id)).collect();
    tokens.reverse();
    Some(Picture {
        task: store.tasks().find(|task| task.id == id)?.clone(),
        children: store.tasks().filter(|task| task.parent.as_deref() == Some(id)).take(LINES).cloned().collect(),
        requests: newest_first(store.requests().filter(|request| request.task_id == id).cloned().collect()),
        tokens: tokens
            .into_iter()
            .take(LINES)
            .map(|token| Token { is_live: store.live_token(&token.jti, now).is_some(), record: token.clone() })
            .collect(),
        events,
    })
}

/// `GET /history`
pub(super) async fn history(State(shared): State<Arc<Shared>>, person: Person, Query(asked): Query<Asked>) -> Response {
    let (part, now) = shared.with(|store, now| {
        store.expire_requests(now);
        let over: Vec<&Request> = store.requests().filter(|request| request.state != RequestState::Pending).collect();
        (part(&over, asked.page, |request| (*request).clone()), now)
    });
    answer(StatusCode::OK, markup::lists::history(&part, now, &person.csrf))
}

/// `GET /audit`
pub(super) async fn audit(State(shared): State<Arc<Shared>>, person: Person, Query(asked): Query<Asked>) -> Response {
    let mut events = shared.audit.events();
    if let Some(task) = &asked.task {
        events.retain(|event| event.task_id.as_ref() == Some(task));
    }
    let part = part(&events, asked.page, Clone::clone);
    answer(StatusCode::OK, markup::lists::audit(&part, asked.task.as_deref(), shared.now(), &person.csrf))
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
