//! The HTML. maud escapes every value.

use maud::{DOCTYPE, Markup, html};

use crate::{
    local_authority::{risk::RiskLevel, store::Request},
    secret::AccessToken,
};

pub(super) const STYLE: &str = "\
:root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.5 }
body { max-width: 50rem; margin: 2rem auto; padding: 0 1rem }
article { border: 1px solid GrayText; border-radius: .5rem; padding: 1rem; margin: 1rem 0 }
h2 { margin: 0 0 .5rem; overflow-wrap: anywhere }
dl { display: grid; grid-template-columns: 8rem 1fr; gap: .25rem 1rem; margin: 0 }
dt { font-weight: 600 }
dd { margin: 0; overflow-wrap: anywhere }
blockquote { margin: 0; padding-left: .75rem; border-left: .25rem solid GrayText; white-space: pre-wrap }
pre { white-space: pre-wrap; overflow-wrap: anywhere; max-height: 20rem; overflow-y: auto }
label { display: block }
input[type=text] { width: 100%; box-sizing: border-box; font: inherit }
button { font: inherit; padding: .25rem 1rem; margin: .5rem .5rem 0 0 }
.critical { font-weight: 700 }
";

/// What waits for a person.
pub(super) fn pending_page(org: &str, pending: &[Request], now: u64, csrf: &AccessToken) -> Markup {
    page(
        "Permission requests",
        &html! {
            h1 { "Permission requests in " (org) }
            p {
                @match pending.len() {
                    0 => "Nothing waits for you.",
                    1 => "One request waits for you.",
                    count => { (count) " requests wait for you." }
                }
                " " a href="/" { "Look again" }
            }
            @for request in pending { (card(request, now, csrf)) }
        },
    )
}

fn card(request: &Request, now: u64, csrf: &AccessToken) -> Markup {
    let details = serde_json::to_string_pretty(&request.detail).unwrap_or_default();
    let message = format!("message-{}", request.id);
    html! {
        article aria-labelledby=(request.id) {
            h2 id=(request.id) { (request.detail.summary()) }
            dl {
                dt { "Agent" } dd { (request.agent_id) }
                dt { "Task" } dd { (request.task_id) }
                dt { "Risk" }
                dd .critical[request.risk == RiskLevel::Critical] {
                    (request.risk)
                    @if request.risk == RiskLevel::Critical { ": look twice" }
                }
                dt { "Held for" } dd { (duration(request.ttl)) }
                dt { "Decide within" } dd { (duration(request.expires_at.saturating_sub(now))) }
                dt { "Reason" }
                dd {
                    @match &request.justification {
                        Some(justification) => {
                            "In the words of the agent, whose model may have been misled:"
                            blockquote { (justification) }
                        }
                        None => "The agent gave none.",
                    }
                }
            }
            details { summary { "Exactly what is asked for" } pre { (details) } }
            form method="post" {
                input type="hidden" name="csrf" value=(csrf.expose());
                label for=(message) { "Message that the agent will read (optional)" }
                input #(message) type="text" name="agent_message" maxlength="500" autocomplete="off";
                button type="submit" formaction={ "/requests/" (request.id) "/approve" } { "Approve" }
                button type="submit" formaction={ "/requests/" (request.id) "/deny" } { "Deny" }
            }
        }
    }
}

/// What whoever has no session sees.
pub(super) fn refusal_page() -> Markup {
    page(
        "Not logged in",
        &html! {
            h1 { "Not logged in" }
            p { "Open the login link that the authority printed when it started." }
        },
    )
}

/// One sentence about what went wrong.
pub(super) fn problem_page(sentence: &str) -> Markup {
    page("Not done", &html! { h1 { "Not done" } p { (sentence) } p { a href="/" { "Back to the requests" } } })
}

fn page(title: &str, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                link rel="stylesheet" href="/style.css";
            }
            body { main { (content) } }
        }
    }
}

fn duration(seconds: u64) -> String {
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, 0) => format!("{minutes} min"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}
