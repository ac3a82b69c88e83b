//! Somebody else's text, made fit to be shown: to a person who approves, in a log, to a model.

/// The text without hidden characters, and at most `cap` characters of it.
pub(crate) fn capped(text: &str, cap: usize) -> String {
    text.chars().filter(|c| !is_hidden(*c)).take(cap).collect()
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

/// Whether a character is obeyed or passed over instead of shown, so that a reader is shown something else than what is
/// written: controls, which a terminal obeys; direction marks, which turn the text around them ("Trojan source"); and
/// characters without a width, among them the tags and the variation selectors, which a model reads and a person does not:
/// each of them is a byte to who wants to hide a text.
///
/// The joiners U+200C and U+200D are let through: Persian and the languages of India are not written without them.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{feff}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{e0000}'..='\u{e007f}'
            | '\u{e0100}'..='\u{e01ef}')
}

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
        ] {
            assert_eq!(capped(hostile, 100), shown);
        }
        for kept in ["Żółć", "می\u{200c}خواهم", "क्\u{200d}ष", "文書", "e\u{301}", "שלום", "🙂"]
        {
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
    fn the_cap_counts_characters_that_are_shown() {
        assert_eq!(capped("\u{202e}äöü", 2), "äö");
    }
}
