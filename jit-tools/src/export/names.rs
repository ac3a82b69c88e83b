//! Names that providers take, and the way back to the author's.

use std::collections::BTreeSet;

use super::{dialect::Names, digest};
use crate::tool::ToolDefinition;

/// How many characters of a digest stand in a name that had to change and would be taken or cut otherwise.
const DIGEST: usize = 8;

/// The name nearest to `name` that fits the rule and is not taken. A name that fits is its own.
///
/// It depends on the name and on what is taken only, so that it is the same on every run.
pub(super) fn fit(name: &str, rule: &Names, taken: &BTreeSet<String>) -> String {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || rule.punctuation.contains(c);
    let mut fitted: String = name.chars().map(|c| if is_allowed(c) { c } else { '_' }).collect();
    if rule.starts_with_letter && !fitted.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        fitted.insert(0, '_');
    }
    let says_nothing = fitted.chars().all(|c| c == '_') && fitted != name;
    if !fitted.is_empty() && fitted.len() <= rule.length && !says_nothing && !taken.contains(&fitted) {
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

/// A name for each tool that the provider takes: its own, unless it is not allowed, or another's.
pub(super) fn of_tools(definitions: &[&ToolDefinition], rule: &Names) -> Vec<String> {
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
    fn a_name_that_is_taken_or_says_nothing_gets_a_digest() {
        let taken = BTreeSet::from(["fs_read".to_owned()]);
        assert_ne!(fit("fs.read", &RULE, &taken), "fs_read");
        assert_ne!(fit("grüße", &RULE, &BTreeSet::from([fitted("größe")])), fitted("größe"));
        assert_ne!(fitted("文書"), fitted("検索"));
    }
}
