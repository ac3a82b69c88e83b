//! Somebody else's text, made fit to be shown: to a person who approves, in a log, to a model.

/// The text without hidden characters, and at most `cap` characters of it.
pub(crate) fn capped(text: &str, cap: usize) -> String {
    text.chars().filter(|c| !is_hidden(*c)).take(cap).collect()
}

/// Whether a character is obeyed or passed over instead of shown, so that a reader is shown something else than what is
/// written: controls, which a terminal obeys; direction marks, which turn the text around them ("Trojan source"); and
/// characters without a width, among them the tags that a model reads and a person does not.
///
/// The joiners U+200C and U+200D are let through: Persian and the languages of India are not written without them.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{feff}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
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
        ] {
            assert_eq!(capped(hostile, 100), shown);
        }
        for kept in ["Żółć", "می\u{200c}خواهم", "क्\u{200d}ष", "文書", "e\u{301}", "שלום", "🙂"]
        {
            assert_eq!(capped(kept, 100), kept);
        }
    }

    #[test]
    fn the_cap_counts_characters_that_are_shown() {
        assert_eq!(capped("\u{202e}äöü", 2), "äö");
    }
}
