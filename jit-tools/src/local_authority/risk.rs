//! How risky a permission is, as the vendor's server judges it.

use crate::authorization_details::AuthorizationDetail;
pub use crate::risk::RiskLevel;

/// How many denials of one task make its next request critical.
pub(super) const DENIALS_TO_CRITICAL: u32 = 2;

const READS: [&str; 5] = ["read", "list", "get", "search", "view"];
const WRITES: [&str; 12] =
    ["write", "create", "update", "append", "add", "insert", "edit", "put", "post", "patch", "upload", "save"];

/// Words in a type, data type or privilege that make it sensitive.
const SENSITIVE: [&str; 8] = ["admin", "root", "system", "config", "configuration", "medical", "health", "pii"];
const CRITICAL: [&str; 13] = [
    "payment",
    "payments",
    "user",
    "users",
    "credential",
    "credentials",
    "password",
    "passwords",
    "secret",
    "secrets",
    "token",
    "tokens",
    "key",
];
/// Verbs that move money or touch credentials, whatever the type is called.
const CRITICAL_ACTIONS: [&str; 4] = ["pay", "transfer", "refund", "impersonate"];

/// Judges what is asked for by a task that was denied `denials` times before.
///
/// A verb that is not in the tables is high: whoever invents `purge` should meet a person before a surprise.
pub(super) fn assess(detail: &AuthorizationDetail, denials: u32) -> RiskLevel {
    if denials >= DENIALS_TO_CRITICAL {
        return RiskLevel::Critical;
    }
    let named = [&detail.datatypes, &detail.privileges].into_iter().flatten().flatten();
    let of_what = std::iter::once(&detail.kind).chain(named).map(|name| of_name(name)).max();
    of_what.unwrap_or(RiskLevel::Low).max(of_actions(detail.actions.as_deref()))
}

fn of_name(name: &str) -> RiskLevel {
    let name = name.to_ascii_lowercase();
    let is_among = |words: &[&str]| name.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| words.contains(&word));
    if is_among(&CRITICAL) {
        RiskLevel::Critical
    } else if is_among(&SENSITIVE) {
        RiskLevel::High
    } else {
        RiskLevel::Low
    }
}

fn of_actions(actions: Option<&[String]>) -> RiskLevel {
    // Without actions nothing says that it is less than everything.
    let Some(actions) = actions else { return RiskLevel::High };
    let of_action = |action: &String| {
        let action = action.to_ascii_lowercase();
        if READS.contains(&action.as_str()) {
            RiskLevel::Low
        } else if WRITES.contains(&action.as_str()) {
            RiskLevel::Medium
        } else if CRITICAL_ACTIONS.contains(&action.as_str()) {
            RiskLevel::Critical
        } else {
            RiskLevel::High
        }
    };
    actions.iter().map(of_action).max().unwrap_or(RiskLevel::High)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn risk_is_judged_by_this_table() {
        let detail = |kind: &str, actions: &[&str]| AuthorizationDetail::new(kind).actions(actions.iter().copied());
        for (detail, expected) in [
            (detail("document", &["read"]), RiskLevel::Low),
            (detail("document", &["list", "search"]), RiskLevel::Low),
            (detail("document", &["read", "write"]), RiskLevel::Medium),
            (detail("document", &["delete"]), RiskLevel::High),
            (detail("document", &["read", "execute"]), RiskLevel::High),
            (detail("document", &["*"]), RiskLevel::High),
            (detail("document", &["purge"]), RiskLevel::High),
            (detail("document", &[]), RiskLevel::High),
            (AuthorizationDetail::new("document"), RiskLevel::High),
            (detail("system_config", &["read"]), RiskLevel::High),
            (detail("payment_initiation", &["read"]), RiskLevel::Critical),
            (detail("user-data", &["read"]), RiskLevel::Critical),
            (detail("document", &["refund"]), RiskLevel::Critical),
            (detail("superuser_manual", &["read"]), RiskLevel::Low),
        ] {
            assert_eq!(assess(&detail, 0), expected, "{detail}");
        }
    }

    #[test]
    fn a_task_that_was_denied_twice_finds_everything_critical() {
        let detail = AuthorizationDetail::new("document").actions(["read"]);
        assert_eq!(assess(&detail, 1), RiskLevel::Low);
        assert_eq!(assess(&detail, 2), RiskLevel::Critical);
    }
}
