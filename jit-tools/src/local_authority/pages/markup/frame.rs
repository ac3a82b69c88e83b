//! What every page has around it.

use maud::{DOCTYPE, Markup, html};

use super::super::sign_in::Person;

/// The pages that the navigation names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Tab {
    Requests,
    Tasks,
    History,
    Audit,
}

impl Tab {
    const ALL: [(Self, &'static str, &'static str); 4] = [
        (Self::Requests, "/", "Requests"),
        (Self::Tasks, "/tasks", "Tasks"),
        (Self::History, "/history", "History"),
        (Self::Audit, "/audit", "Audit"),
    ];
}

/// A page for a person who is logged in; it keeps itself up to date where scripts run. Each part that may change has an
/// id, and `data-live` says how: `items` come and go one by one, and everything else is replaced.
pub(super) fn live(title: &str, tab: Tab, now: u64, person: &Person, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" data-now=(now) data-events={ (person.root) "/events" } {
            (head(title, &person.root, true))
            body {
                a .skip href="#main" { "Skip to the content" }
                header .top {
                    nav aria-label="Pages" {
                        ul {
                            @for (each, path, name) in Tab::ALL {
                                li {
                                    a href={ (person.root) (path) } aria-current=[(each == tab).then_some("page")] {
                                        (name)
                                    }
                                }
                            }
                        }
                    }
                    form method="post" action={ (person.root) "/logout" } {
                        input type="hidden" name="csrf" value=(person.csrf.expose());
                        button .quiet type="submit" { "Log out" }
                    }
                }
                main #main tabindex="-1" {
                    p #connection .notice role="status" hidden {
                        "The authority does not answer: what is shown here may be out of date."
                    }
                    (content)
                }
            }
        }
    }
}

/// What whoever has no session sees.
pub(in super::super) fn refusal() -> Markup {
    plain(
        "Not logged in",
        "",
        &html! {
            p { "Open the login link that the authority printed when it started. Each link works once." }
            p { "After the login, the pages are at an address of their own, which begins with " code { "/s/" } "." }
            p { "Whoever has the reviewer's token gets another one by " code { "jit-authority link" } "." }
        },
    )
}

/// One sentence about what went wrong.
pub(in super::super) fn problem(sentence: &str, person: &Person) -> Markup {
    let content = html! { p { (sentence) } p { a href={ (person.root) "/" } { "Back to the requests" } } };
    plain("Not done", &person.root, &content)
}

fn plain(title: &str, root: &str, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(title, root, false))
            body { main #main { h1 { (title) } (content) } }
        }
    }
}

fn head(title: &str, root: &str, is_live: bool) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            title { (title) }
            link rel="icon" href="/icon.svg" type="image/svg+xml";
            link rel="stylesheet" href={ (root) "/style.css" };
            @if is_live { script src={ (root) "/page.js" } defer {} }
        }
    }
}
