//! What a person decides, by forms.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use http::StatusCode;

use super::{
    answer, markup,
    sign_in::{Person, Sent},
};
use crate::local_authority::{
    input::{Form, Id},
    review::LONGEST_MESSAGE,
    risk::RiskLevel,
    shared::Shared,
    store::{Decision, Refusal, Store, Verdict},
};

/// `POST …/requests/{id}/approve`
pub(super) async fn approve(State(shared): State<Arc<Shared>>, Id(id): Id, Sent { form, person }: Sent) -> Response {
    let ttl = match form.get("ttl").map(str::parse) {
        None => None,
        Some(Ok(ttl @ 1_u64..)) => Some(ttl),
        Some(_) => return problem(&person, StatusCode::BAD_REQUEST, "The time is not a number of seconds."),
    };
    let Some(decision) = decision(&form, Verdict::Approve { ttl }) else { return too_long(&person) };
    if shared.audit.check().is_err() {
        return not_recorded(&person);
    }
    if decision.shown.is_none() {
        let sentence = "The form does not say what it approves: look at the page again.";
        return problem(&person, StatusCode::BAD_REQUEST, sentence);
    }
    let has_looked_twice = form.get("looked_twice").is_some();
    let decided = shared.with(|store, now| {
        let asked = store.requests().find(|request| request.id == id).ok_or(Refusal::NoSuchRequest)?;
        if asked.risk == RiskLevel::Critical && !has_looked_twice {
            return Ok(None);
        }
        store.decide(&id, decision, now).map(|_| Some(()))
    });
    match decided {
        Ok(Some(())) if shared.recorded().await.is_err() => not_recorded(&person),
        Ok(Some(())) => done(&person, &id),
        Ok(None) => {
            let sentence = "The risk is critical: tick the box once you have looked twice.";
            problem(&person, StatusCode::BAD_REQUEST, sentence)
        }
        Err(refusal) => nothing_changed(&person, refusal),
    }
}

/// `POST …/requests/{id}/deny`
pub(super) async fn deny(State(shared): State<Arc<Shared>>, Id(id): Id, Sent { form, person }: Sent) -> Response {
    let Some(decision) = decision(&form, Verdict::Deny) else { return too_long(&person) };
    match shared.with(|store, now| store.decide(&id, decision, now).map(|_| ())) {
        Ok(()) => done(&person, &id),
        Err(refusal) => nothing_changed(&person, refusal),
    }
}

/// `POST …/tasks/{id}/suspend`
pub(super) async fn suspend(State(shared): State<Arc<Shared>>, Id(id): Id, Sent { person, .. }: Sent) -> Response {
    // The id that the store knows, since it becomes a part of a link.
    let suspend = |store: &mut Store, now| store.suspend_task(&id, now).map(|task| task.id.clone());
    match shared.with(suspend) {
        Ok(id) => Redirect::to(&person.at(&format!("/tasks/{id}"))).into_response(),
        Err(refusal) => nothing_changed(&person, refusal),
    }
}

/// What a form says. `None` where a text is too long.
fn decision(form: &Form, verdict: Verdict) -> Option<Decision> {
    let text = |name: &str| match form.get(name).map(str::trim).filter(|text| !text.is_empty()) {
        Some(text) if text.chars().count() > LONGEST_MESSAGE => None,
        text => Some(text.map(str::to_owned)),
    };
    let shown = form.get("request_digest").map(str::to_owned);
    Some(Decision { verdict, agent_message: text("agent_message")?, note: text("note")?, shown })
}

fn too_long(person: &Person) -> Response {
    problem(person, StatusCode::BAD_REQUEST, "A text is too long.")
}

fn done(person: &Person, id: &str) -> Response {
    Redirect::to(&person.at(&format!("/?done={id}"))).into_response()
}

fn nothing_changed(person: &Person, refusal: Refusal) -> Response {
    problem(person, StatusCode::CONFLICT, &format!("Nothing was changed: {refusal}."))
}

fn not_recorded(person: &Person) -> Response {
    let sentence = "Nothing is granted, because the audit log cannot be written. Make room for it, then restart.";
    problem(person, StatusCode::SERVICE_UNAVAILABLE, sentence)
}

fn problem(person: &Person, status: StatusCode, sentence: &str) -> Response {
    answer(status, markup::frame::problem(sentence, person))
}
