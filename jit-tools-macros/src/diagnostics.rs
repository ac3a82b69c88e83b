//! Mistakes, gathered so that one compile shows all of them.

use std::fmt::Display;

use proc_macro2::TokenStream;
use quote::ToTokens;

/// The mistakes found so far.
#[derive(Debug, Default)]
pub(crate) struct Diagnostics {
    errors: Option<syn::Error>,
}

impl Diagnostics {
    /// Notes a mistake at the given tokens.
    pub(crate) fn report(&mut self, at: impl ToTokens, message: impl Display) {
        self.push(syn::Error::new_spanned(at, message));
    }

    pub(crate) fn push(&mut self, error: syn::Error) {
        match &mut self.errors {
            Some(errors) => errors.combine(error),
            None => self.errors = Some(error),
        }
    }

    /// Takes over the mistakes of a part.
    pub(crate) fn append(&mut self, other: Self) {
        if let Some(errors) = other.errors {
            self.push(errors);
        }
    }

    /// The value, or `None` with its mistake noted.
    pub(crate) fn take<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    /// One `compile_error!` a mistake.
    pub(crate) fn into_compile_errors(self) -> TokenStream {
        self.errors.map(|errors| errors.to_compile_error()).unwrap_or_default()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.errors.is_none()
    }
}

/// The second half of a message about a name that is not known: the name that was probably meant, or all there are.
pub(crate) fn suggestion<'a>(name: &str, known: impl IntoIterator<Item = &'a str>, none: &str, all: &str) -> String {
    let known: Vec<_> = known.into_iter().collect();
    let nearest = known.iter().map(|candidate| (distance(name, candidate), candidate)).min();
    match nearest {
        None => none.to_owned(),
        // A third of the letters wrong is still a typo; more is another word.
        Some((distance, nearest)) if distance <= (name.chars().count() / 3).max(1) => {
            format!("did you mean `{nearest}`?")
        }
        Some(_) => format!("{all} {}", list(known)),
    }
}

/// The names, quoted, for a sentence.
pub(crate) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// How many letters have to be added, left out or replaced; upper and lower case count as the same.
fn distance(a: &str, b: &str) -> usize {
    let letters = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<Vec<_>>();
    let (a, b) = (letters(a), letters(b));
    let sorted = |letters: &[char]| {
        let mut letters = letters.to_vec();
        letters.sort_unstable();
        letters
    };
    if a != b && sorted(&a) == sorted(&b) {
        // The right letters in another order: one slip of the fingers.
        return 1;
    }
    let mut row: Vec<usize> = (0..=a.len()).collect();
    for (above, b) in b.iter().enumerate() {
        let mut diagonal = above;
        let mut left = above + 1;
        let mut cells = row.iter_mut();
        if let Some(first) = cells.next() {
            *first = left;
        }
        for (cell, a) in cells.zip(&a) {
            left = (left + 1).min(*cell + 1).min(diagonal + usize::from(a != b));
            diagonal = std::mem::replace(cell, left);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_counts_letters() {
        for (a, b, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("kitten", "sitting", 3),
            ("documentid", "document_id", 1),
            ("naem", "name", 1),
        ] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn a_typo_gets_its_word_and_another_word_gets_the_list() {
        let suggest = |name| suggestion(name, ["name", "justification"], "there are none", "there are");
        assert_eq!(suggest("Justificaton"), "did you mean `justification`?");
        assert_eq!(suggest("timeout"), "there are `name`, `justification`");
        assert_eq!(suggestion("x", [], "there are none", "there are"), "there are none");
    }
}
