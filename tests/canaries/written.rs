//! All that was written anywhere, and the search for secrets in it.

use std::{
    cell::Cell,
    error::Error,
    fmt::{Debug, Display},
    io::Write,
    sync::{Arc, Mutex, OnceLock},
};

use base64::{
    Engine as _,
    alphabet::{STANDARD, URL_SAFE},
    engine::{GeneralPurpose, general_purpose::NO_PAD},
};
use jit_tools::ToolError;

/// All that was written, from all tests.
#[derive(Clone, Debug, Default)]
pub struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    pub fn add(&self, what: impl Debug + Display) {
        writeln!(self.clone(), "{what} {what:?} {what:#?}").unwrap();
    }

    pub fn add_debug(&self, what: impl Debug) {
        writeln!(self.clone(), "{what:?} {what:#?}").unwrap();
    }

    /// An error, and all beneath it.
    pub fn add_error(&self, error: &(dyn Error + 'static)) {
        let mut next = Some(error);
        while let Some(error) = next {
            self.add(error);
            next = error.source();
        }
    }

    /// A tool's error: what the author and the model read of it, and the error that it was made of.
    pub fn add_tool_error(&self, error: &ToolError) {
        self.add_error(error);
        self.add(error.for_model());
        if let Some(inner) = error.get_ref() {
            self.add_error(inner);
        }
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

thread_local! {
    /// Whether this thread says where a secret was found, which is no finding by itself.
    static JUDGES: Cell<bool> = const { Cell::new(false) };
}

/// Takes the process's tracing at its finest, the records of `log` with it, and its panics.
pub fn written() -> Written {
    static WRITTEN: OnceLock<Written> = OnceLock::new();
    WRITTEN
        .get_or_init(|| {
            let written = Written::default();
            let writer = written.clone();
            tracing_subscriber::fmt()
                .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
                .with_ansi(false)
                .with_writer(move || writer.clone())
                .init();
            let panics = written.clone();
            let tell = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                if !JUDGES.get() {
                    panics.add(panic);
                }
                tell(panic);
            }));
            written
        })
        .clone()
}

/// Nothing that was written holds one of these, in any form.
pub fn assert_nothing_leaked<'a>(secrets: impl IntoIterator<Item = &'a str>) {
    let text = Haystack::of(written().text());
    assert!(text.plain.contains("jit_tools"), "tracing is not taken");
    assert!(text.plain.contains("starting new connection"), "the records of `log` are not taken");
    for secret in secrets {
        if let Some((form, around)) = text.find(secret) {
            JUDGES.set(true);
            panic!("a secret is written {form}: {around}");
        }
    }
}

/// What was written, in the forms in which it is searched.
struct Haystack {
    plain: String,
    /// Host names are written so.
    lower_case: String,
    /// Lists of bytes are written over several lines.
    without_spaces: String,
}

impl Haystack {
    fn of(plain: String) -> Self {
        let lower_case = plain.to_ascii_lowercase();
        let without_spaces = plain.split_ascii_whitespace().collect();
        Self { plain, lower_case, without_spaces }
    }

    /// The form in which a secret is there, and what is around it.
    fn find(&self, secret: &str) -> Option<(&'static str, String)> {
        assert!(secret.len() >= 8, "too short to be a secret: {secret}");
        let bytes = secret.as_bytes();
        let join = |form: fn(&u8) -> String, between| bytes.iter().map(form).collect::<Vec<_>>().join(between);
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let percent: String = bytes
            .iter()
            .map(|byte| if unreserved(*byte) { char::from(*byte).to_string() } else { format!("%{byte:02x}") })
            .collect();
        let mut needles = vec![
            ("as it is", &self.plain, secret.to_owned()),
            ("in lower case", &self.lower_case, secret.to_ascii_lowercase()),
            ("as a list of bytes", &self.without_spaces, join(|byte| byte.to_string(), ",")),
            ("in hexadecimal", &self.lower_case, join(|byte| format!("{byte:02x}"), "")),
            ("in percent encoding", &self.lower_case, percent.to_ascii_lowercase()),
            ("in whole percent encoding", &self.lower_case, join(|byte| format!("%{byte:02x}"), "")),
        ];
        for alphabet in [STANDARD, URL_SAFE] {
            // It may begin at any of three places of a longer text.
            for before in 0..3 {
                let encoded = GeneralPurpose::new(&alphabet, NO_PAD).encode([&vec![0; before], bytes].concat());
                // What depends on the neighbours is left out.
                let inner = &encoded[[0, 2, 3][before]..encoded.len() - 2];
                needles.push(("in base64", &self.plain, inner.to_owned()));
            }
        }
        needles.into_iter().find_map(|(form, text, needle)| {
            let at = text.find(&needle)?;
            let start = (at.saturating_sub(400)..=at).find(|start| text.is_char_boundary(*start))?;
            Some((form, text[start..].chars().take(500).collect()))
        })
    }
}

#[test]
fn a_secret_is_found_in_every_form() {
    let secret = "canary+secret/1";
    for (text, expected) in [
        (format!("a {secret} b"), "as it is"),
        ("https://CANARY+secret/1.test".to_owned(), "in lower case"),
        (format!("{:?}", secret.as_bytes()), "as a list of bytes"),
        (format!("{:#?}", secret.as_bytes()), "as a list of bytes"),
        ("63616E6172792B7365637265742F31".to_owned(), "in hexadecimal"),
        ("?token=canary%2Bsecret%2F1".to_owned(), "in percent encoding"),
        ("%63%61%6e%61%72%79%2b%73%65%63%72%65%74%2f%31".to_owned(), "in whole percent encoding"),
    ] {
        assert_eq!(Haystack::of(text).find(secret).unwrap().0, expected);
    }
    for before in ["", "a", "ab", "abc"] {
        for after in ["", "x", "xy"] {
            let text = base64::prelude::BASE64_STANDARD.encode(format!("{before}{secret}{after}"));
            assert_eq!(Haystack::of(text).find(secret).unwrap().0, "in base64");
        }
    }
    assert!(Haystack::of("nothing of the kind".to_owned()).find(secret).is_none());
}
