//! Names that providers take, and the way back to the author's.

use std::{borrow::Cow, collections::BTreeSet};

use super::{
    Provider,
    dialect::{self, Names},
    digest,
    error::Refusal,
    schema::Path,
};
use crate::tool::ToolDefinition;

/// How many characters of a digest stand in a name that had to change and would be taken or cut otherwise.
const DIGEST: usize = 8;

/// The name nearest to `name` that fits the rule and is not taken. A name that fits is its own.
///
/// It depends on the name and on what is taken only, so that it is the same on every run.
pub(super) fn fit(name: &str, rule: &Names, taken: &BTreeSet<String>) -> String {
    let fitted = spell(name, rule);
    let is_lost = says_nothing(&fitted) && fitted != name;
    if !fitted.is_empty() && fitted.len() <= rule.length && !is_lost && !taken.contains(&fitted) {
        return fitted;
    }
    // Cut, taken by another, or without a single letter left: the digest of the whole name tells it apart.
    let kept: String = fitted.chars().take(rule.length.saturating_sub(DIGEST + 1)).collect();
    for round in 0_u32.. {
        let digest: String = digest::hex(format!("{name}\0{round}").as_bytes()).chars().take(DIGEST).collect();
        let candidate = format!("{kept}_{digest}");
        if !taken.contains(&candidate) {
            return candidate;
        }
    }
    fitted
}

fn says_nothing(name: &str) -> bool {
    name.chars().all(|c| c == '_')
}

/// A name in the characters of a rule, however long it is.
fn spell(name: &str, rule: &Names) -> String {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || rule.punctuation.contains(c);
    let mut spelled: String = name.chars().map(|c| if is_allowed(c) { c } else { '_' }).collect();
    if rule.starts_with_letter && !spelled.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        spelled.insert(0, '_');
    }
    spelled
}

/// A tool's name in the characters that every provider takes, or as it is where nothing would be left of it. Two that
/// are the same here are told apart by nothing but a digest somewhere.
pub(crate) fn common(name: &str) -> Cow<'_, str> {
    let mut rules = Provider::all().iter().map(|provider| &dialect::plain(*provider).tool_names);
    let Some(mut common) = rules.next().copied() else { return Cow::Borrowed(name) };
    for rule in rules {
        if rule.punctuation.len() < common.punctuation.len() {
            common.punctuation = rule.punctuation;
        }
        common.starts_with_letter |= rule.starts_with_letter;
    }
    let spelled = spell(name, &common);
    if spelled == name || says_nothing(&spelled) { Cow::Borrowed(name) } else { Cow::Owned(spelled) }
}

/// A name for each tool that the provider takes: its own, unless it is not allowed, or another's.
///
/// # Errors
/// When there is no name to begin with, or two tools have the same one; with the name.
pub(super) fn of_tools<'a>(
    definitions: &[&'a ToolDefinition],
    rule: &Names,
) -> Result<Vec<String>, (&'a str, Refusal)> {
    let mut own = BTreeSet::new();
    for name in definitions.iter().map(|tool| tool.name()) {
        let refusal = |reason| Err((name, Refusal::new(&Path::default(), reason, "give it a name of its own")));
        if name.is_empty() {
            return refusal("it has no name");
        }
        if !own.insert(name) {
            return refusal("another tool has the same name");
        }
    }
    Ok(fit_all(definitions, rule))
}

fn fit_all(definitions: &[&ToolDefinition], rule: &Names) -> Vec<String> {
    let fits = |name: &str| fit(name, rule, &BTreeSet::new()) == name;
    let mut taken: BTreeSet<String> =
        definitions.iter().map(|tool| tool.name()).filter(|name| fits(name)).map(str::to_owned).collect();
    definitions
        .iter()
        .map(|tool| {
            if fits(tool.name()) {
                return tool.name().to_owned();
            }
            let name = fit(tool.name(), rule, &taken);
            taken.insert(name.clone());
            name
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Names = Names { length: 24, punctuation: "-", starts_with_letter: true };

    fn fitted(name: &str) -> String {
        fit(name, &RULE, &BTreeSet::new())
    }

    #[test]
    fn a_name_that_fits_stays() {
        assert_eq!(fitted("fetch-document_2"), "fetch-document_2");
    }

    #[test]
    fn what_is_not_allowed_is_an_underscore() {
        assert_eq!(fitted("fs.read"), "fs_read");
        assert_eq!(fitted("2fa"), "_2fa");
    }

    #[test]
    fn a_long_name_is_cut_and_told_apart_by_a_digest() {
        let (one, two) = (fitted("fetch_document_of_the_year_one"), fitted("fetch_document_of_the_year_two"));
        assert!(one.len() == 24 && two.len() == 24 && one != two, "{one} {two}");
        assert!(one.starts_with("fetch_document__"), "{one}");
    }

    #[test]
    fn what_is_common_to_all_providers_fits_each_of_them_but_for_its_length() {
        for name in ["fs.read", "2fa", "a:b", "größe", "plain-name"] {
            let common = common(name);
            for provider in Provider::all() {
                assert_eq!(spell(&common, &dialect::plain(*provider).tool_names), *common, "{provider}");
            }
        }
        assert_eq!(common("fs.read"), "fs_read");
        assert_eq!(common("2fa"), common("_2fa"));
        assert_ne!(common("文書"), common("検索"));
    }

    #[test]
    fn a_name_that_is_taken_or_says_nothing_gets_a_digest() {
        let taken = BTreeSet::from(["fs_read".to_owned()]);
        assert_ne!(fit("fs.read", &RULE, &taken), "fs_read");
        assert_ne!(fit("grüße", &RULE, &BTreeSet::from([fitted("größe")])), fitted("größe"));
        assert_ne!(fitted("文書"), fitted("検索"));
    }
}
