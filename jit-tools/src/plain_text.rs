//! Somebody else's text, made fit to be shown: to a person who approves, in a log, to a model.

use std::iter;

use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{
        CanonicalCombiningClass, DefaultIgnorableCodePoint, ExtendedPictographic, GeneralCategory, JoiningType,
        PrependedConcatenationMark, QuotationMark,
    },
};

/// The text without hidden characters, and at most `cap` characters of it.
pub(crate) fn capped(text: &str, cap: usize) -> String {
    visible(text).take(cap).collect()
}

/// What a server says, as [`capped`] gives it; nothing of it where it repeats one of the secrets that it was sent.
pub(crate) fn without_secrets<'a>(
    text: &str,
    cap: usize,
    secrets: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    // Before it is cut, and as it is shown: half a secret, or one with hidden characters in it, is one all the same.
    let shown = capped(text, usize::MAX);
    let repeats_one = secrets.into_iter().any(|secret| repeats(&shown, secret));
    (!repeats_one).then(|| shown.chars().take(cap).collect())
}

/// Whether a text repeats a secret, whatever the case of its letters, as it is or percent-encoded.
pub(crate) fn repeats(text: &str, secret: &str) -> bool {
    let secret = secret.as_bytes();
    let has_it = |text: &[u8]| text.windows(secret.len()).any(|part| part.eq_ignore_ascii_case(secret));
    !secret.is_empty() && (has_it(text.as_bytes()) || has_it(&percent_decoded(text.as_bytes())))
}

fn percent_decoded(text: &[u8]) -> Vec<u8> {
    let digit =
        |at: usize| text.get(at).and_then(|byte| char::from(*byte).to_digit(16)).and_then(|d| u8::try_from(d).ok());
    let mut decoded = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        if let (b'%', Some(high), Some(low)) = (byte, digit(at + 1), digit(at + 2)) {
            decoded.push(high << 4 | low);
            at += 3;
        } else {
            decoded.push(*byte);
            at += 1;
        }
    }
    decoded
}

/// The text in quotation marks, as [`capped`] gives it. No mark within ends the quotation: each becomes `'`, and so do
/// several apostrophes in a row, which look like one.
///
/// A text that is longer than `cap` ends in an ellipsis that stands after the closing mark.
pub(crate) fn quoted(text: &str, cap: usize) -> String {
    let mut before = None;
    let mut shown = visible(text)
        .map(|c| if is_quotation_mark(c) { '\'' } else { c })
        .filter(|c| before.replace(*c) != Some('\'') || *c != '\'');
    let quoted: String = iter::once('"').chain(shown.by_ref().take(cap)).chain(['"']).collect();
    if shown.next().is_some() { quoted + "…" } else { quoted }
}

/// The text as a string literal of Rust, from which the text can be read again to the last character.
///
/// Escapes what a reader would not see, what would end the quotation or look as if it did, and every white space but
/// the plain one, so that the literal is one line that shows what it is.
pub(crate) fn literal(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('"');
    for (c, is_hidden) in characters(text) {
        match c {
            ' ' | '\'' => literal.push(c),
            '"' | '\\' | '\n' | '\r' | '\t' => literal.extend(c.escape_default()),
            c if is_hidden || is_quotation_mark(c) || c.is_whitespace() => literal.extend(c.escape_unicode()),
            c => literal.push(c),
        }
    }
    literal.push('"');
    literal
}

/// What of a text a reader sees.
fn visible(text: &str) -> impl Iterator<Item = char> + '_ {
    characters(text).filter(|(_, is_hidden)| !is_hidden).map(|(c, _)| c)
}

/// The characters of a text, each with `true` if it is hidden where it stands: obeyed or passed over instead of shown, so
/// that a reader is shown something else than what is written.
///
/// By the properties of Unicode these are controls, which a terminal obeys; format characters, among them the direction
/// marks that turn the text around them ("Trojan source"); what is ignorable by default, such as fillers, variation
/// selectors and tags, which a model reads and a person does not; line separators; and what has no meaning that two
/// readers share (private use, not assigned).
///
/// The joiners U+200C and U+200D are let through where they change what is shown (RFC 5892, appendix A, and between
/// pictographs): Persian and the languages of India are not written without them. Elsewhere they would make two texts of
/// one, or be a message to a model. The signs that Arabic and Syriac write before a number are visible, and stay.
pub(crate) fn characters(text: &str) -> impl Iterator<Item = (char, bool)> + '_ {
    let mut rest = text.chars().peekable();
    let mut before = None;
    iter::from_fn(move || {
        let c = rest.next()?;
        let is_hidden = if JOINERS.contains(&c) { !joins(before, rest.peek().copied()) } else { is_hidden(c) };
        before = Some(c);
        Some((c, is_hidden))
    })
}

const JOINERS: [char; 2] = ['\u{200c}', '\u{200d}'];

/// Whether a joiner between these two changes how they are written.
fn joins(before: Option<char>, after: Option<char>) -> bool {
    let Some(before) = before else { return false };
    if CodePointMapData::<CanonicalCombiningClass>::new().get(before) == CanonicalCombiningClass::Virama {
        return true;
    }
    let Some(after) = after else { return false };
    let joining = CodePointMapData::<JoiningType>::new();
    let is_pictograph = |c| CodePointSetData::new::<ExtendedPictographic>().contains(c);
    let joins_on =
        matches!(joining.get(before), JoiningType::DualJoining | JoiningType::LeftJoining | JoiningType::Transparent);
    let joins_back = matches!(joining.get(after), JoiningType::DualJoining | JoiningType::RightJoining);
    (joins_on && joins_back) || (is_pictograph(before) && is_pictograph(after))
}

fn is_hidden(c: char) -> bool {
    use GeneralCategory::{Control, Format, LineSeparator, ParagraphSeparator, PrivateUse, Unassigned};
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    match CodePointMapData::<GeneralCategory>::new().get(c) {
        Control | LineSeparator | ParagraphSeparator | PrivateUse | Unassigned => true,
        Format if !CodePointSetData::new::<PrependedConcatenationMark>().contains(c) => true,
        _ => CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c) || BLANKS.contains(&c),
    }
}

/// Characters whose glyph is empty, and of which no property says so: the Braille pattern without dots, the musical
/// note without a head, the filler of the Khitan script, what stands for an object that a text cannot hold, the blanks of
/// the Egyptian hieroglyphs with what mirrors them, and the selector of the Duployan shorthand.
const BLANKS: [char; 8] =
    ['\u{2800}', '\u{1d159}', '\u{16fe4}', '\u{fffc}', '\u{13440}', '\u{13441}', '\u{13442}', '\u{1bc9d}'];

/// Returns true for a character that opens or closes a quotation in any script (the property `Quotation_Mark`), and for
/// one that looks like a double quotation mark. The apostrophe is none.
pub(crate) fn is_quotation_mark(c: char) -> bool {
    match c {
        '"' => true,
        c if c.is_ascii() => false,
        c => {
            CodePointSetData::new::<QuotationMark>().contains(c) || is_ornament(c) || LIKE_QUOTATION_MARKS.contains(&c)
        }
    }
}

/// The ornaments that are quotation marks by their names, and without the property.
fn is_ornament(c: char) -> bool {
    matches!(c, '\u{275b}'..='\u{2760}' | '\u{276e}' | '\u{276f}' | '\u{1f676}'..='\u{1f678}')
}

/// What Unicode's list of confusables (UTS #39) says looks like `"`, or has it in it, beyond the marks themselves:
/// modifier letters, accents and primes.
const LIKE_QUOTATION_MARKS: [char; 13] = [
    '\u{2ba}', '\u{2dd}', '\u{2ee}', '\u{2f6}', '\u{5f2}', '\u{5f4}', '\u{1cd3}', '\u{2033}', '\u{2034}', '\u{2036}',
    '\u{2037}', '\u{2057}', '\u{3003}',
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_reader_would_not_see_is_left_out_and_every_script_stays() {
        for (hostile, shown) in [
            ("a\u{1b}[2Jb\r\n", "a[2Jb"),
            ("delete\u{202e}daer\u{202c}", "deletedaer"),
            ("\u{2066}x\u{2069}\u{200f}", "x"),
            ("a\u{200b}\u{feff}\u{ad}b", "ab"),
            ("line\u{2028}next\u{2029}", "linenext"),
            ("ok\u{e0064}\u{e0065}\u{e006c}", "ok"),
            ("ok\u{fe00}\u{fe0f}\u{e0100}\u{e01ef}", "ok"),
            ("a\u{3164}\u{34f}\u{115f}\u{1160}\u{ffa0}\u{2800}\u{17b4}\u{1d173}\u{1bca0}b", "ab"),
            ("a\u{1d159}\u{16fe4}\u{fffc}\u{fff9}\u{13430}\u{180b}b", "ab"),
            ("a\u{e000}\u{10ffff}\u{378}\u{e0fff}b", "ab"),
            ("a\u{13441}\u{13442}\u{1bc9d}b", "ab"),
            // Joiners where there is nothing to join, and a message that is made of them.
            ("doc_1\u{200d}", "doc_1"),
            ("\u{200c}doc\u{200d}_1", "doc_1"),
            ("é\u{200d}\u{200c}\u{200d}ü", "éü"),
            ("ی\u{200c}\u{200d}\u{200c}خ", "یخ"),
        ] {
            assert_eq!(capped(hostile, 100), shown);
        }
        let numbered = "\u{600}١٢٣";
        for kept in [
            "Żółć",
            "می\u{200c}خواهم",
            "क्\u{200d}ष",
            "ක්\u{200d}ර",
            "👩\u{200d}💻",
            "文書",
            "e\u{301}",
            "שלום",
            "🙂",
            "한국어",
            "ខ្មែរ",
            "a\u{3000}b",
            numbered,
        ] {
            assert_eq!(capped(kept, 100), kept);
        }
    }

    #[test]
    fn a_text_that_repeats_a_secret_is_not_shown_however_it_is_written() {
        let long = format!("{}Canary-1{}", "x".repeat(96), "y".repeat(96));
        for text in ["a Canary-1 b", "cANARY-1", "%43anary%2d1", "Can\u{200b}ary-1", "Canary\n-1", long.as_str()] {
            assert_eq!(without_secrets(text, 100, ["other", "Canary-1"]), None, "{text}");
        }
        for text in ["Canary 1", "Canary-", "100 %", "%zz%4", "é%"] {
            assert_eq!(without_secrets(text, 100, ["", "Canary-1"]).as_deref(), Some(text));
        }
        assert_eq!(without_secrets("abc\n", 2, ["x"]).as_deref(), Some("ab"));
    }

    #[test]
    fn no_quotation_mark_of_any_script_ends_a_quotation() {
        for mark in [
            "\"",
            "“",
            "”",
            "„",
            "‟",
            "«",
            "»",
            "‹",
            "‘",
            "’",
            "「",
            "」",
            "〞",
            "＂",
            "\u{2033}",
            "\u{2ba}",
            "\u{5f4}",
            "❞",
            "❠",
            "❯",
            "\u{1f676}",
            "\u{2034}",
            "\u{2057}",
        ] {
            assert_eq!(quoted(&format!("a{mark} b"), 9), "\"a' b\"", "{mark}");
            let literal = literal(&format!("a{mark} b"));
            assert!(literal == "\"a\\\" b\"" || literal.starts_with("\"a\\u{"), "{literal}");
        }
        assert_eq!(quoted("it's\u{202e}\n", 9), "\"it's\"");
        assert_eq!(quoted("a'' — \"\" \"'b", 20), "\"a' — ' 'b\"");
        assert_eq!((quoted("abcd", 3), quoted("abc\u{200b}", 3)), ("\"abc\"…".to_owned(), "\"abc\"".to_owned()));
    }

    #[test]
    fn a_literal_shows_each_character_that_a_reader_would_not_see() {
        for (text, shown) in [
            ("doc_1 of Ann's", r#""doc_1 of Ann's""#),
            ("a\"b\\c\n\t", r#""a\"b\\c\n\t""#),
            ("\u{3164}a\u{a0}b\u{202e}", r#""\u{3164}a\u{a0}b\u{202e}""#),
            ("Żółć 文書 می\u{200c}خواهم", "\"Żółć 文書 می\u{200c}خواهم\""),
            ("doc_1\u{200d}", r#""doc_1\u{200d}""#),
        ] {
            assert_eq!(literal(text), shown);
        }
    }

    #[test]
    fn the_cap_counts_characters_that_are_shown() {
        assert_eq!(capped("\u{202e}äöü", 2), "äö");
    }
}
