//! Small things that several pages show.

use maud::{Markup, html};

use super::super::words::{self, Line, Piece, duration};
use crate::{
    authorization_details::AuthorizationDetail,
    local_authority::{
        risk::RiskLevel,
        shared::rfc3339,
        store::{Request, RequestState, Task},
    },
    plain_text::characters,
};

/// Somebody else's text. Characters that a reader would not see, or that would turn the text around them, are shown by
/// their number; line breaks stay.
pub(super) fn shown(text: &str) -> Markup {
    let mut pieces: Vec<(bool, String)> = Vec::new();
    for (c, is_hidden) in characters(text) {
        let is_hidden = is_hidden && c != '\n';
        match pieces.last_mut() {
            Some((kind, piece)) if *kind == is_hidden => piece.push(c),
            _ => pieces.push((is_hidden, c.into())),
        }
    }
    html! {
        bdi {
            @for (is_hidden, piece) in pieces {
                @if is_hidden {
                    @for c in piece.chars() { span .hidden-character { (format!("[U+{:04X}]", u32::from(c))) } }
                } @else { (piece) }
            }
        }
    }
}

/// How much of a name stands in a heading or a line, in characters. All of it is among the members.
const LONGEST_NAME: usize = 80;

/// A name, set apart from the sentence that it stands in.
fn brief(name: &str) -> Markup {
    html! { code { (cut(name)) } }
}

fn cut(name: &str) -> Markup {
    match name.char_indices().nth(LONGEST_NAME).and_then(|(end, _)| name.get(..end)) {
        Some(beginning) => html! { (shown(beginning)) "…" },
        None => shown(name),
    }
}

/// `delete document doc_9982`, with what is left out said.
pub(super) fn act(detail: &AuthorizationDetail) -> Markup {
    html! {
        @match &detail.actions {
            Some(actions) if !actions.is_empty() => b { (brief(&actions.join(", "))) },
            _ => b { "do anything with" },
        }
        " "
        @match &detail.identifier {
            Some(identifier) => { (brief(&detail.kind)) " " b { (brief(identifier)) } }
            None => { b { "any" } " " (brief(&detail.kind)) }
        }
    }
}

/// The same by itself, where not every member stands below it: how many are left out is said.
pub(super) fn act_in_short(detail: &AuthorizationDetail) -> Markup {
    html! { (act(detail)) span .muted { (detail.summary_parts().1) } }
}

/// The user for whom a task is, and whether anybody but the agent says so.
pub(super) fn user(task: Option<&Task>) -> Markup {
    html! {
        @match task.and_then(|task| Some((task.on_behalf_of.as_deref()?, task.is_delegated))) {
            Some((user, true)) => (shown(user)),
            Some((user, false)) => {
                (shown(user)) " " span .warning { "claimed by the agent; the user did not confirm it" }
            }
            None => span .muted { "nobody: the agent acts for itself" },
        }
    }
}

/// A permission, member by member.
pub(super) fn members(detail: &AuthorizationDetail) -> Markup {
    html! {
        dl {
            @for Line { label, values, warning } in words::lines(detail) {
                dt { (shown(&label)) }
                dd {
                    @for value in &values { code { (shown(value)) } " " }
                    @if let Some(warning) = warning { span .warning { (warning) } }
                }
            }
        }
    }
}

/// A permission as it was sent.
pub(super) fn json(detail: &AuthorizationDetail) -> Markup {
    let text = serde_json::to_string_pretty(detail).unwrap_or_default();
    html! { details { summary { "As JSON" } pre { (shown(&text)) } } }
}

/// The reason that an agent gives, and whose words it is made of.
pub(super) fn reason(reason: Option<&str>) -> Markup {
    let Some(reason) = reason else { return html! { p { "The agent gave no reason." } } };
    html! {
        @match words::quoted(reason) {
            Some(pieces) => {
                blockquote {
                    @for piece in pieces {
                        @match piece {
                            Piece::Agent(text) => (shown(text)),
                            Piece::Model(text) => mark { "“" (shown(text)) "”" },
                        }
                    }
                }
                p .untrusted {
                    "Untrusted: the agent wrote this. What is " mark { "“marked”" }
                    " a model chose, and somebody may have misled it."
                }
            }
            None => {
                blockquote { mark { (shown(reason)) } }
                p .untrusted {
                    "Untrusted: these are the words of the agent. Any of them may be a model's, and somebody may have \
                     misled it."
                }
            }
        }
    }
}

pub(super) fn risk(level: RiskLevel) -> Markup {
    let class = match level {
        RiskLevel::Low | RiskLevel::Medium => "badge calm",
        RiskLevel::High => "badge high",
        RiskLevel::Critical => "badge critical",
    };
    html! { span class=(class) { (level) " risk" } }
}

pub(super) fn state(request: &Request) -> Markup {
    let class = match request.state {
        RequestState::Approved => "badge good",
        RequestState::Denied => "badge critical",
        RequestState::Pending => "badge high",
        RequestState::Expired => "badge calm",
    };
    html! { span class=(class) { (request.state.as_str()) } }
}

/// A date.
pub(super) fn date(seconds: u64) -> Markup {
    let full = rfc3339(seconds);
    let readable = full.replace('T', " ").replace('Z', " UTC");
    html! { time datetime=(full) { (readable) } }
}

/// How long it is until then; scripts count it down.
pub(super) fn left(until: u64, now: u64) -> Markup {
    html! { span data-until=(until) { (duration(until.saturating_sub(now))) } }
}

/// The same as a bar, of something that lasts from `from` to `until`.
pub(super) fn bar(label: &str, from: u64, until: u64, now: u64) -> Markup {
    let (most, left) = (until.saturating_sub(from).max(1), until.saturating_sub(now));
    html! { progress aria-label=(label) max=(most) value=(left) data-until=(until) {} }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_cut_in_a_heading_and_whole_among_the_members() {
        let detail = AuthorizationDetail::new("ü".repeat(81)).identifier("ü".repeat(80)).locations(["https://a"]);
        let heading = act_in_short(&detail).into_string();
        assert!(
            heading.contains(&format!("<code><bdi>{}</bdi>…</code>", "ü".repeat(80)))
                && heading.matches('…').count() == 1
        );
        assert!(heading.ends_with("<span class=\"muted\"> +1 more member</span>"), "{heading}");
        assert!(members(&detail).into_string().contains(&"ü".repeat(81)));
    }

    #[test]
    fn what_a_reader_would_not_see_is_shown_by_its_number() {
        assert_eq!(
            shown("a\u{202e}b\n<i>").into_string(),
            "<bdi>a<span class=\"hidden-character\">[U+202E]</span>b\n&lt;i&gt;</bdi>"
        );
    }
}
