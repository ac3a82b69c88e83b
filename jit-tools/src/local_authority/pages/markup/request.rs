//! The page of what waits for a person.

use maud::{Markup, html};

use super::{
    super::{
        sign_in::Person,
        views::Card,
        words::{count, duration},
    },
    frame::{self, Tab},
    pieces::{act, act_in_short, date, json, left, members, reason, risk, shown, user},
};
use crate::local_authority::{
    history::WaitingView,
    risk::RiskLevel,
    store::{Request, RequestState},
};

/// What a person may give instead of what was asked for, in seconds.
const SHORTER: [u64; 4] = [600, 300, 120, 60];
/// How many earlier permissions are told beside a request.
const MOST_EARLIER: usize = 5;
/// The longest text that the page lets a person write, in characters.
const LONGEST_TEXT: u64 = 500;

/// The requests that wait, of `waiting` in all, and a word on the one that was just decided.
pub(in super::super) fn page(
    org: &str,
    cards: &[Card],
    waiting: usize,
    done: Option<&Request>,
    now: u64,
    person: &Person,
) -> Markup {
    let title = match waiting {
        0 => "Permission requests".to_owned(),
        waiting => format!("({waiting}) Permission requests"),
    };
    let content = html! {
        h1 tabindex="-1" { "Permission requests in " (org) }
        @if let Some(request) = done { (decided(request, person)) }
        p .status {
            span #waiting data-live="" role="status" {
                @match waiting {
                    0 => "Nothing waits for you.",
                    1 => "One request waits for you.",
                    waiting => { (waiting) " requests wait for you." }
                }
                @if waiting > cards.len() { " Here are the oldest " (cards.len()) ", with each agent's in turn." }
            }
            " " a href={ (person.root) "/" } { "Look again" }
        }
        div #requests data-live="items" {
            @for (index, each) in cards.iter().enumerate() { (card(each, index, waiting, now, person)) }
        }
    };
    frame::live(&title, Tab::Requests, now, person, &content)
}

fn decided(request: &Request, person: &Person) -> Markup {
    html! {
        p .notice .approved[request.state == RequestState::Approved] role="status" {
            @match request.state {
                RequestState::Approved => {
                    "Approved for " (duration(request.ttl)) ": " (shown(&request.agent_id)) " may " (act_in_short(&request.detail)) "."
                }
                _ => { "Not approved: " (shown(&request.agent_id)) " may not " (act_in_short(&request.detail)) "." }
            }
            " " a href={ (person.root) "/tasks/" (request.task_id) } { "See its task" }
        }
    }
}

fn card(card: &Card, index: usize, waiting: usize, now: u64, person: &Person) -> Markup {
    let WaitingView { request, task, .. } = &card.waiting;
    let id = &request.id;
    let heading = format!("heading-{id}");
    html! {
        article #(id) .card aria-labelledby=(heading) {
            header {
                (risk(request.risk))
                span #{ "place-" (id) } .muted data-live="" {
                    "Request " (index + 1) " of " (waiting)
                    @match waiting.saturating_sub(1) {
                        0 => ", no other waits",
                        1 => ", one other waits",
                        others => { ", " (others) " others wait" }
                    }
                }
            }
            h2 id=(heading) { "May " (shown(&request.agent_id)) " " (act(&request.detail)) "?" }
            dl {
                dt { "Agent" } dd { code { (shown(&request.agent_id)) } }
                dt { "Task" }
                dd {
                    @if let Some(name) = task.as_ref().and_then(|task| task.name.as_deref()) { (shown(name)) ", " }
                    a href={ (person.root) "/tasks/" (request.task_id) } { (request.task_id) }
                }
                dt { "For the user" }
                dd {
                    (user(task.as_ref()))
                }
                dt { "For how long" } dd { (duration(request.ttl)) }
                dt { "Decide within" } dd { (left(request.expires_at, now)) }
            }
            h3 { "What is asked for" }
            (members(&request.detail))
            (json(&request.detail))
            h3 { "Why" }
            (reason(request.justification.as_deref()))
            h3 { "What " (shown(&request.agent_id)) " was granted before" }
            div #{ "earlier-" (id) } data-live="" { (before(card)) }
            (form(request, &heading, person))
        }
    }
}

fn before(card: &Card) -> Markup {
    let earlier = &card.waiting.earlier;
    html! {
        p {
            @match card.approved {
                0 => "Nothing",
                number => (count(number, "permission")),
            }
            @match card.denied {
                0 => ".",
                number => { "; " (count(number, "request")) " of it " @if number == 1 { "was" } @else { "were" } " denied." }
            }
        }
        @if !earlier.is_empty() {
            ul .plain {
                @for request in earlier.iter().take(MOST_EARLIER) {
                    li { (act_in_short(&request.detail)) " " span .muted { (date(request.decided_at.unwrap_or_default())) } }
                }
            }
        }
    }
}

fn form(request: &Request, heading: &str, person: &Person) -> Markup {
    let id = &request.id;
    html! {
        form .decision method="post" {
            input type="hidden" name="csrf" value=(person.csrf.expose());
            // What is approved is what this page shows.
            input type="hidden" name="request_digest" value=(request.digest());
            // The first button is what Enter in a field presses: nobody approves by a stray key.
            button type="submit" disabled hidden {}
            label for={ "ttl-" (id) } { "Approve for" }
            select #{ "ttl-" (id) } name="ttl" {
                option value=(request.ttl) { (duration(request.ttl)) ", as asked" }
                @for shorter in SHORTER.into_iter().filter(|shorter| *shorter < request.ttl) {
                    option value=(shorter) { (duration(shorter)) }
                }
            }
            label for={ "message-" (id) } { "Message to the agent (optional)" }
            textarea #{ "message-" (id) } name="agent_message" rows="2" maxlength=(LONGEST_TEXT) autocomplete="off" {}
            label for={ "note-" (id) } { "Reason, for your own records; the agent never sees it (optional)" }
            textarea #{ "note-" (id) } name="note" rows="2" maxlength=(LONGEST_TEXT) autocomplete="off" {}
            @if request.risk == RiskLevel::Critical {
                label .check {
                    input type="checkbox" name="looked_twice" value="yes" required;
                    " The risk is critical, and I have looked twice"
                }
            }
            div .buttons {
                button .approve type="submit" formaction={ (person.root) "/requests/" (id) "/approve" }
                    aria-describedby=(heading) { "Approve" }
                button .deny type="submit" formaction={ (person.root) "/requests/" (id) "/deny" } formnovalidate
                    aria-describedby=(heading) { "Deny" }
            }
        }
    }
}
