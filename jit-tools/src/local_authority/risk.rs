//! How risky a permission is, as the vendor's server judges it: low for what only reads, medium for what writes, high
//! for what deletes, administers, executes or is sensitive, critical for payments, data of users and credentials.
//!
//! What is not known is never low.

use serde_json::Value;

pub use crate::risk::RiskLevel;
use crate::{authorization_details::AuthorizationDetail, plain_text::characters};

/// How many denials of one task make its next request critical.
const DENIALS_TO_CRITICAL: u32 = 2;

/// Types whose content is harmless to read. An owner adds types by
/// [`low_risk_type`](super::LocalAuthorityBuilder::low_risk_type); of any other type, a request is medium at least.
pub(super) const LOW_RISK_TYPES: [&str; 9] =
    ["article", "document", "image", "note", "page", "report", "summary", "translation", "weather"];

const READS: [&str; 5] = ["read", "list", "get", "search", "view"];
const WRITES: [&str; 12] =
    ["write", "create", "update", "append", "add", "insert", "edit", "put", "post", "patch", "upload", "save"];

/// Words that make critical whatever is named by them: payments, data of users, credentials.
const CRITICAL: &str = "account address apikey auth authentication authorization authorisation bank billing biometric \
    birthday birthdate card cash cert certificate charge checkout contact cookie cred credential credit crypto \
    cryptocurrency customer debit dob donation employee fund iban identity impersonate invoice jwt key keychain keystore \
    ldap loan login member mfa mnemonic money oauth otp passcode passphrase passport passwd password pay payee payment \
    payout payroll pem people person personal personnel phone pii pin profile purchase pwd refund salary saml secret \
    session signin ssh ssn sso staff subscriber token totp transaction transfer user userdata username vault wallet wire \
    withdraw withdrawal";
/// Words that make sensitive whatever is named by them.
const SENSITIVE: &str = "access acl admin administrator audit backup calendar chat client cluster command config \
    configuration container database db delete deployment destroy diagnosis diagnoses disease dns docker drop email env \
    environment exec execute firewall geolocation gps grant group health healthcare iam inbox infra infrastructure \
    insurance kernel kubernetes legal mail mailbox medical message network order owner patient permission policy \
    prescription privilege prod production purge remove role root script security server setting shell sql sudo \
    superuser system trade vpn";
/// Words that say more about one of the others, where the two are written together: `privatekey`, `accountnumber`.
const QUALIFIERS: &str = "api data history id info list master name number private public record signing store";
/// Words that count within others as well, since they are written together with what they belong to.
const CRITICAL_PARTS: [&str; 5] = ["credential", "password", "payment", "secret", "token"];
const SENSITIVE_PARTS: [&str; 3] = ["admin", "config", "superuser"];
/// Kinds of data that are harmless to read. Any other is medium at least.
const LOW_RISK_DATA: [&str; 6] = ["content", "image", "metadata", "summary", "text", "title"];
/// Identifiers that name no one thing.
const EVERYTHING: [&str; 4] = ["all", "any", "every", "everything"];

/// Judges what is asked for. `low_risk_types` are those that the owner of the authority calls harmless.
///
/// A verb that is not in the tables is high: whoever invents `purge` should meet a person before a surprise.
pub(super) fn assess(detail: &AuthorizationDetail, low_risk_types: &[String]) -> RiskLevel {
    [
        of_type(&detail.kind, low_risk_types),
        of_actions(detail.actions.as_deref()),
        of_identifier(detail.identifier.as_deref()),
        of_datatypes(detail.datatypes.as_deref()),
        of_privileges(detail.privileges.as_deref()),
        of_own_members(detail),
        if detail.has_text(&mut has_wildcard) { RiskLevel::High } else { RiskLevel::Low },
    ]
    .into_iter()
    .max()
    .unwrap_or(RiskLevel::Critical)
}

/// The risk of what is asked for by a task that was denied `denials` times before.
pub(super) fn after_denials(risk: RiskLevel, denials: u32) -> RiskLevel {
    if denials >= DENIALS_TO_CRITICAL { RiskLevel::Critical } else { risk }
}

fn of_type(kind: &str, low_risk_types: &[String]) -> RiskLevel {
    if LOW_RISK_TYPES.contains(&kind) || low_risk_types.iter().any(|harmless| harmless == kind) {
        RiskLevel::Low
    } else {
        of_name(kind).max(RiskLevel::Medium)
    }
}

fn of_actions(actions: Option<&[String]>) -> RiskLevel {
    // Without actions nothing says that it is less than everything.
    actions.unwrap_or_default().iter().map(|action| of_action(action)).max().unwrap_or(RiskLevel::High)
}

fn of_action(action: &str) -> RiskLevel {
    let lower = action.to_ascii_lowercase();
    if READS.contains(&lower.as_str()) {
        RiskLevel::Low
    } else if WRITES.contains(&lower.as_str()) {
        RiskLevel::Medium
    } else {
        of_name(action).max(RiskLevel::High)
    }
}

/// Without an identifier it is for each thing of the type, which a list may well be; one that says so, or that is of signs
/// alone as patterns are, may be for them all. Which things are sensitive is not read from it: that is up to the type.
fn of_identifier(identifier: Option<&str>) -> RiskLevel {
    let Some(identifier) = identifier else { return RiskLevel::Medium };
    let mut shown = characters(identifier).filter(|(c, is_hidden)| !is_hidden && !c.is_whitespace()).peekable();
    if shown.peek().is_none() {
        RiskLevel::Medium
    } else if !shown.any(|(c, _)| c.is_alphanumeric())
        || words(identifier).iter().any(|word| EVERYTHING.contains(&&**word))
    {
        RiskLevel::High
    } else {
        RiskLevel::Low
    }
}

/// An asterisk, one that is percent-encoded, or one of another script.
fn has_wildcard(text: &str) -> bool {
    text.contains(['*', '\u{204e}', '\u{2217}', '\u{fe61}', '\u{ff0a}']) || text.to_ascii_lowercase().contains("%2a")
}

/// A list without any bounds nothing.
fn of_datatypes(datatypes: Option<&[String]>) -> RiskLevel {
    let of_one = |name: &String| {
        if LOW_RISK_DATA.contains(&name.as_str()) { RiskLevel::Low } else { of_name(name).max(RiskLevel::Medium) }
    };
    let Some(datatypes) = datatypes else { return RiskLevel::Low };
    datatypes.iter().map(of_one).max().unwrap_or(RiskLevel::Medium)
}

/// More than what anybody may do.
fn of_privileges(privileges: Option<&[String]>) -> RiskLevel {
    let Some(privileges) = privileges else { return RiskLevel::Low };
    privileges.iter().map(|name| of_name(name)).max().unwrap_or(RiskLevel::High).max(RiskLevel::High)
}

/// What a member of a type's own means is not known here; its name, and the texts in it, may say enough.
fn of_own_members(detail: &AuthorizationDetail) -> RiskLevel {
    let of_member = |(name, value): (&String, &Value)| of_name(name).max(of_names_within(value));
    let named = detail.extensions.iter().map(of_member).max();
    named.map_or(RiskLevel::Low, |risk| risk.max(RiskLevel::Medium))
}

/// Details are nested only so deep.
fn of_names_within(value: &Value) -> RiskLevel {
    let within = match value {
        Value::Array(items) => items.iter().map(of_names_within).max(),
        Value::Object(members) => members.iter().map(|(name, value)| of_name(name).max(of_names_within(value))).max(),
        Value::String(text) => Some(of_name(text)),
        _ => None,
    };
    within.unwrap_or(RiskLevel::Low)
}

/// The words are English: what is written in other letters cannot be judged here.
fn of_name(name: &str) -> RiskLevel {
    let words = words(name);
    let has_part = |parts: &[&str]| words.iter().any(|word| parts.iter().any(|part| word.contains(part)));
    if is_among(&words, CRITICAL) || has_part(&CRITICAL_PARTS) {
        RiskLevel::Critical
    } else if is_among(&words, SENSITIVE) || has_part(&SENSITIVE_PARTS) || !name.is_ascii() {
        RiskLevel::High
    } else {
        RiskLevel::Low
    }
}

/// Returns true if one of the words is in the list, in the singular or the plural: by itself, made of two that stand
/// next to each other (`pass_word`, `SSNs`), or written together with another (`bankaccount`).
fn is_among(words: &[String], list: &str) -> bool {
    let pairs = words.windows(2).map(<[String]>::concat);
    let is_compound = |word: &str| {
        word.char_indices().skip(1).any(|(at, _)| {
            let (first, second) = word.split_at(at);
            (is_in(first, list) && is_known(second)) || (is_known(first) && is_in(second, list))
        })
    };
    words.iter().any(|word| is_in(word, list) || is_compound(word)) || pairs.into_iter().any(|pair| is_in(&pair, list))
}

fn is_known(word: &str) -> bool {
    [CRITICAL, SENSITIVE, QUALIFIERS].iter().any(|list| is_in(word, list))
}

fn is_in(word: &str, list: &str) -> bool {
    let is_in = |word: &str| list.split_ascii_whitespace().any(|listed| listed == word);
    is_in(word)
        || word.strip_suffix('s').is_some_and(is_in)
        || word.strip_suffix("es").is_some_and(is_in)
        || word.strip_suffix("ies").is_some_and(|stem| is_in(&format!("{stem}y")))
}

/// The words of a name in `camelCase`, `snake_case`, `kebab-case` or with digits, in lower case: `APIKeys2` are `api` and
/// `keys`.
fn words(name: &str) -> Vec<String> {
    let characters: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (at, &c) in characters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| characters.get(before));
        let begins_one = c.is_uppercase()
            && (before.is_some_and(|before| before.is_lowercase())
                // The last capital of an acronym begins the next word.
                || characters.get(at + 1).is_some_and(|next| next.is_lowercase()));
        if begins_one || !c.is_alphabetic() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphabetic()) {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::{
        RiskLevel::{Critical, High, Low, Medium},
        *,
    };

    fn judged(json: &str) -> RiskLevel {
        assess(&serde_json::from_str(json).unwrap(), &["user_guide".to_owned()])
    }

    #[test]
    fn risk_is_judged_by_this_table() {
        for (json, expected) in [
            (r#"{"type":"document","actions":["read"],"identifier":"d"}"#, Low),
            (r#"{"type":"document","actions":["list","search"],"identifier":"d"}"#, Low),
            (r#"{"type":"document","actions":["read","write"],"identifier":"d"}"#, Medium),
            (r#"{"type":"document","actions":["delete"],"identifier":"d"}"#, High),
            (r#"{"type":"document","actions":["read","execute"],"identifier":"d"}"#, High),
            (r#"{"type":"document","actions":["purge"],"identifier":"d"}"#, High),
            (r#"{"type":"document","actions":[],"identifier":"d"}"#, High),
            (r#"{"type":"document","identifier":"d"}"#, High),
            (r#"{"type":"document","actions":["refund"],"identifier":"d"}"#, Critical),
            (r#"{"type":"document","actions":["transferFunds"],"identifier":"d"}"#, Critical),
            (r#"{"type":"document","actions":["readPasswords"],"identifier":"d"}"#, Critical),
            // What names no one thing.
            (r#"{"type":"document","actions":["read"]}"#, Medium),
            (r#"{"type":"document","actions":["read"],"identifier":" "}"#, Medium),
            (r#"{"type":"document","actions":["read"],"identifier":"*"}"#, High),
            (r#"{"type":"document","actions":["read"],"identifier":"doc_*"}"#, High),
            (r#"{"type":"document","actions":["read"],"identifier":"ALL"}"#, High),
            (r#"{"type":"document","actions":["read"],"identifier":"all documents"}"#, High),
            (r#"{"type":"document","actions":["read"],"identifier":"doc_%2A"}"#, High),
            (r#"{"type":"document","actions":["read"],"identifier":"doc_＊"}"#, High),
            (r#"{"type":"document","actions":["read"],"identifier":"%"}"#, High),
            (r#"{"type":"document","actions":["read"],"identifier":"../"}"#, High),
            (r#"{"type":"document","actions":["read"],"identifier":"\u3164\u200d"}"#, Medium),
            (r#"{"type":"document","actions":["read"],"identifier":"文書"}"#, Low),
            (r#"{"type":"document","actions":["read","*"],"identifier":"d"}"#, High),
            (r#"{"type":"document","actions":["read"],"identifier":"d","locations":["https://*.acme.com"]}"#, High),
            (r#"{"type":"document","actions":["read"],"identifier":"d","folders":[{"name":"*"}]}"#, High),
            // Types that are not known, and those that the owner knows.
            (r#"{"type":"widget","actions":["read"],"identifier":"d"}"#, Medium),
            (r#"{"type":"Document","actions":["read"],"identifier":"d"}"#, Medium),
            (r#"{"type":"user_guide","actions":["read"],"identifier":"d"}"#, Low),
            (r#"{"type":"user_guides","actions":["read"],"identifier":"d"}"#, Critical),
            // Members of a type's own.
            (r#"{"type":"document","actions":["read"],"identifier":"d","pages":5}"#, Medium),
            (r#"{"type":"document","actions":["read"],"identifier":"d","x":[{"bankAccount":"DE1"}]}"#, Critical),
            (r#"{"type":"document","actions":["read"],"identifier":"d","scope":"admin"}"#, High),
            (r#"{"type":"document","actions":["read"],"identifier":"d","scopes":["payments:write"]}"#, Critical),
            (r#"{"type":"document","actions":["read"],"identifier":"d","method":"DELETE"}"#, High),
            // Privileges and kinds of data.
            (r#"{"type":"document","actions":["read"],"identifier":"d","privileges":["reader"]}"#, High),
            (r#"{"type":"document","actions":["read"],"identifier":"d","privileges":[]}"#, High),
            (r#"{"type":"document","actions":["read"],"identifier":"d","privileges":["superuser"]}"#, High),
            (r#"{"type":"document","actions":["read"],"identifier":"d","datatypes":["text"]}"#, Low),
            (r#"{"type":"document","actions":["read"],"identifier":"d","datatypes":["text","xyzzy"]}"#, Medium),
            (r#"{"type":"document","actions":["read"],"identifier":"d","datatypes":[]}"#, Medium),
            (r#"{"type":"document","actions":["read"],"identifier":"d","datatypes":["creditcard"]}"#, Critical),
            (r#"{"type":"document","actions":["read"],"identifier":"d","datatypes":["admins"]}"#, High),
            (r#"{"type":"document","actions":["read"],"identifier":"d","datatypes":["UserData"]}"#, Critical),
        ] {
            assert_eq!(judged(json), expected, "{json}");
        }
    }

    #[test]
    fn sensitive_words_are_found_however_a_name_is_written() {
        for (kind, expected) in [
            ("system_config", High),
            ("admins", High),
            ("siteAdministrators", High),
            ("superuser_manual", High),
            ("policies", High),
            ("payment_initiation", Critical),
            ("paymentInitiation", Critical),
            ("user-data", Critical),
            ("UserData", Critical),
            ("users2", Critical),
            ("api_keys", Critical),
            ("APIKeys", Critical),
            ("apikey", Critical),
            ("bank_account", Critical),
            ("bankAccounts", Critical),
            ("https://api.acme.com/payments/v1", Critical),
            ("resetpasswords", Critical),
            ("identities", Critical),
            ("SSNs", Critical),
            ("IBANs", Critical),
            ("APIkeys", Critical),
            ("passWord", Critical),
            ("pass_word", Critical),
            ("PAYments", Critical),
            ("bankaccount", Critical),
            ("creditcards", Critical),
            ("privatekey", Critical),
            ("sshkeys", Critical),
            ("useraccounts", Critical),
            ("transfer", Critical),
            ("refund", Critical),
            ("transaction", Critical),
            ("auth", Critical),
            ("e-mail", High),
            ("healthcare", High),
            ("shell", High),
            ("ｐａｙｍｅｎｔ", High),
            ("p\u{430}yment", High),
            ("monkey", Medium),
            ("newsletter", Medium),
            ("keyboard", Medium),
            ("userland", Medium),
            ("display", Medium),
        ] {
            let json = format!(r#"{{"type":"{kind}","actions":["read"],"identifier":"x"}}"#);
            assert_eq!(judged(&json), expected, "{kind}");
        }
    }

    #[test]
    fn a_task_that_was_denied_twice_finds_everything_critical() {
        assert_eq!(after_denials(Low, 1), Low);
        assert_eq!(after_denials(Low, 2), Critical);
    }
}
