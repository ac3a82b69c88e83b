//! `WWW-Authenticate` (RFC 9110, section 11.6.1): a list of challenges, each a scheme with parameters or a token68.
//!
//! Several challenges stand in one header, several headers in one answer, and the comma that ends a parameter also ends
//! a challenge; so a header is read whole, or not at all.

use std::borrow::Cow;

use http::{HeaderMap, header};

use super::{MAX_HEADER, Reason};

/// One challenge of a list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct AuthChallenge<'a> {
    scheme: &'a [u8],
    parameters: Vec<(&'a [u8], Cow<'a, [u8]>)>,
}

/// The one `Bearer` challenge of an answer that has a parameter of this name.
///
/// Only headers that name the parameter are read at all: what stands in others is no matter of ours.
pub(super) fn bearer_with<'a>(headers: &'a HeaderMap, parameter: &str) -> Result<Option<AuthChallenge<'a>>, Reason> {
    let mut found = None;
    let mut length = 0;
    for value in headers.get_all(header::WWW_AUTHENTICATE) {
        let value = value.as_bytes();
        if !names(value, parameter) {
            continue;
        }
        length += value.len();
        if length > MAX_HEADER {
            return Err(Reason::HeaderTooLong);
        }
        for challenge in challenges(value).ok_or(Reason::NotAuthChallenges)? {
            if challenge.scheme.eq_ignore_ascii_case(b"Bearer")
                && challenge.parameter(parameter)?.is_some()
                && found.replace(challenge).is_some()
            {
                return Err(Reason::Repeated);
            }
        }
    }
    Ok(found)
}

/// Whether a header has this name in it, in any place.
fn names(value: &[u8], name: &str) -> bool {
    value.windows(name.len()).any(|window| window.eq_ignore_ascii_case(name.as_bytes()))
}

impl AuthChallenge<'_> {
    /// The value of a parameter, without quotes. Names are blind to case, and occur once (RFC 9110, section 11.2).
    pub(super) fn parameter(&self, name: &str) -> Result<Option<&[u8]>, Reason> {
        let mut values = self.parameters.iter().filter(|(its_name, _)| its_name.eq_ignore_ascii_case(name.as_bytes()));
        match (values.next(), values.next()) {
            (None, _) => Ok(None),
            (Some((_, value)), None) => Ok(Some(value)),
            (Some(_), Some(_)) => Err(Reason::Repeated),
        }
    }
}

/// The challenges in a header. `None` when it is no list of them.
pub(super) fn challenges(value: &[u8]) -> Option<Vec<AuthChallenge<'_>>> {
    let mut rest = Rest(value);
    let mut list: Vec<AuthChallenge<'_>> = Vec::new();
    loop {
        // Empty elements of a list are to be ignored (RFC 9110, section 5.6.1.2).
        rest.skip(|byte| matches!(byte, b' ' | b'\t' | b','));
        if rest.0.is_empty() {
            return Some(list);
        }
        let name = rest.token()?;
        let spaces = rest.skip(is_space);
        match list.last_mut() {
            Some(challenge) if rest.eat(b'=') => challenge.parameters.push((name, rest.value()?)),
            _ => {
                let mut challenge = AuthChallenge { scheme: name, parameters: Vec::new() };
                if spaces > 0 && !rest.token68() && !rest.is_at_end_of_element() {
                    let name = rest.token()?;
                    rest.skip(is_space);
                    if !rest.eat(b'=') {
                        return None;
                    }
                    challenge.parameters.push((name, rest.value()?));
                }
                list.push(challenge);
            }
        }
        rest.skip(is_space);
        if !rest.is_at_end_of_element() {
            return None;
        }
    }
}

/// What was read means the same when it is written and read again.
#[cfg(any(test, fuzzing))]
pub(super) fn round_trip(value: &[u8]) {
    let Some(first) = challenges(value) else { return };
    let mut written = Vec::new();
    for challenge in &first {
        written.extend_from_slice(challenge.scheme);
        for (at, (name, value)) in challenge.parameters.iter().enumerate() {
            written.extend_from_slice(if at == 0 { b" " } else { b", " });
            written.extend_from_slice(name);
            written.extend_from_slice(b"=\"");
            written.extend(value.iter().flat_map(|byte| [b'\\', *byte]));
            written.push(b'"');
        }
        written.push(b',');
    }
    assert_eq!(challenges(&written).as_ref(), Some(&first));
}

/// What is left to read.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    /// Takes bytes for as long as they belong.
    fn take(&mut self, belongs: impl Fn(u8) -> bool) -> &'a [u8] {
        let length = self.0.iter().position(|byte| !belongs(*byte)).unwrap_or(self.0.len());
        let (taken, rest) = self.0.split_at_checked(length).unwrap_or((self.0, &[]));
        self.0 = rest;
        taken
    }

    fn skip(&mut self, belongs: impl Fn(u8) -> bool) -> usize {
        self.take(belongs).len()
    }

    fn eat(&mut self, byte: u8) -> bool {
        match self.0.strip_prefix(&[byte]) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    fn is_at_end_of_element(&self) -> bool {
        matches!(self.0.first(), None | Some(b','))
    }

    fn token(&mut self) -> Option<&'a [u8]> {
        let token = self.take(is_token);
        (!token.is_empty()).then_some(token)
    }

    /// Takes a token68 (RFC 9110, section 11.2), if there is one and nothing else up to the next comma.
    fn token68(&mut self) -> bool {
        let mut ahead = Rest(self.0);
        let length = ahead.skip(is_token68);
        ahead.skip(|byte| byte == b'=');
        ahead.skip(is_space);
        let is_one = length > 0 && ahead.is_at_end_of_element();
        if is_one {
            self.0 = ahead.0;
        }
        is_one
    }

    /// Takes the value of a parameter, after its `=`. Base64 with its padding is met without quotes, so it is taken
    /// although no token has a `=` in it.
    fn value(&mut self) -> Option<Cow<'a, [u8]>> {
        self.skip(is_space);
        if self.eat(b'"') {
            return self.quoted();
        }
        let value = self.take(|byte| is_token(byte) || matches!(byte, b'/' | b'='));
        (!value.is_empty()).then_some(Cow::Borrowed(value))
    }

    /// Takes a quoted string after its first quote (RFC 9110, section 5.6.4).
    fn quoted(&mut self) -> Option<Cow<'a, [u8]>> {
        let mut text = Cow::Borrowed(self.take(is_plain_quoted));
        loop {
            if self.eat(b'"') {
                return Some(text);
            }
            if !self.eat(b'\\') {
                return None;
            }
            let (escaped, rest) = self.0.split_first()?;
            self.0 = rest;
            let text = text.to_mut();
            text.push(*escaped);
            text.extend_from_slice(self.take(is_plain_quoted));
        }
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// RFC 9110, section 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// RFC 9110, section 11.2.
fn is_token68(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte)
}

fn is_plain_quoted(byte: u8) -> bool {
    !matches!(byte, b'"' | b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A scheme, and its parameters by name.
    type Plain = (String, Vec<(String, String)>);

    fn read(value: &str) -> Option<Vec<Plain>> {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let list = challenges(value.as_bytes())?;
        let tidy = |challenge: AuthChallenge<'_>| {
            let parameters = challenge.parameters.iter().map(|(name, value)| (text(name), text(value))).collect();
            (text(challenge.scheme), parameters)
        };
        Some(list.into_iter().map(tidy).collect())
    }

    #[test]
    fn lists_are_read_as_the_rfc_says() {
        type Expected = &'static [(&'static str, &'static [(&'static str, &'static str)])];
        let cases: [(&str, Expected); 18] = [
            ("", &[]),
            (" , ,", &[]),
            ("Bearer", &[("Bearer", &[])]),
            ("Bearer ", &[("Bearer", &[])]),
            ("Negotiate, Bearer", &[("Negotiate", &[]), ("Bearer", &[])]),
            ("Bearer ,a=b", &[("Bearer", &[("a", "b")])]),
            ("Negotiate YWJj==", &[("Negotiate", &[])]),
            ("Negotiate YWJj== , Bearer a=b", &[("Negotiate", &[]), ("Bearer", &[("a", "b")])]),
            ("Bearer a=b,c=d", &[("Bearer", &[("a", "b"), ("c", "d")])]),
            ("Bearer a=b, , c=d,", &[("Bearer", &[("a", "b"), ("c", "d")])]),
            ("Bearer\ta \t=\t\"b\" ,\tc= d ", &[("Bearer", &[("a", "b"), ("c", "d")])]),
            (r#"Bearer a="b, Basic c=d""#, &[("Bearer", &[("a", "b, Basic c=d")])]),
            (r#"Bearer a="\"b\\c\d""#, &[("Bearer", &[("a", r#""b\cd"#)])]),
            (r#"Bearer a="", b="é""#, &[("Bearer", &[("a", ""), ("b", "é")])]),
            ("Bearer a=abc==, b=x/y+z", &[("Bearer", &[("a", "abc=="), ("b", "x/y+z")])]),
            // A scheme may be named like a parameter, and a parameter like a scheme.
            ("a b=c, Bearer=d, Bearer e=f", &[("a", &[("b", "c"), ("Bearer", "d")]), ("Bearer", &[("e", "f")])]),
            // Without a value it is a token68, by the letter.
            ("Bearer a=, b=c", &[("Bearer", &[("b", "c")])]),
            (
                r#"Newauth realm="apps", type=1, title="Login to \"apps\"", Basic realm="simple""#,
                &[
                    ("Newauth", &[("realm", "apps"), ("type", "1"), ("title", "Login to \"apps\"")]),
                    ("Basic", &[("realm", "simple")]),
                ],
            ),
        ];
        for (value, expected) in cases {
            let expected: Vec<Plain> = expected
                .iter()
                .map(|(scheme, parameters)| {
                    let owned = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
                    ((*scheme).to_owned(), owned.collect())
                })
                .collect();
            assert_eq!(read(value), Some(expected), "{value}");
            round_trip(value.as_bytes());
        }
    }

    #[test]
    fn what_is_no_list_is_refused_whole() {
        for value in [
            "=",
            "\"",
            "Bearer=a",
            "Bearer/YWJj",
            "Bearer ==",
            "a=b",
            "Bearer a=\"b",
            r#"Bearer a="b\"#,
            r#"Bearer a="b"c"#,
            "Bearer a=b c=d",
            "Bearer a b=c",
            "Bearer a=b; c=d",
            "Bearer a=b, c=",
            "Bearer a=(b)",
            "Be(rer a=b",
            "Bearer é=b",
        ] {
            assert_eq!(read(value), None, "{value}");
        }
    }

    fn with<T>(values: &[&str], then: impl FnOnce(Result<Option<AuthChallenge<'_>>, Reason>) -> T) -> T {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::WWW_AUTHENTICATE, value.parse().unwrap());
        }
        then(bearer_with(&headers, "wanted"))
    }

    #[test]
    fn the_one_bearer_challenge_is_found_among_headers_that_are_no_matter_of_ours() {
        let long = format!("Negotiate {}", "A".repeat(2 * MAX_HEADER));
        let headers = ["\"broken", &long, "Basic realm=x, bEARER WANTED=\"1\"", "Bearer other=2"];
        with(&headers, |found| assert_eq!(found.unwrap().unwrap().parameter("wanted"), Ok(Some(&b"1"[..]))));
        for none in ["Bearer other=wanted", "DPoP wanted=1", "Bearer wanted=", "Bearer realm=\"wanted=1\""] {
            with(&[none], |found| assert_eq!(found, Ok(None), "{none}"));
        }
    }

    #[test]
    fn more_than_one_is_refused() {
        for values in [
            &["Bearer wanted=1", "Bearer wanted=1"][..],
            &["Bearer wanted=1, Bearer wanted=2"],
            &["Bearer wanted=1, wanted=2"],
            &["Bearer wanted=1, WANTED=\"1\""],
        ] {
            with(values, |found| assert_eq!(found, Err(Reason::Repeated), "{values:?}"));
        }
        let long = format!("Bearer wanted=1, x=\"{}\"", "A".repeat(MAX_HEADER));
        with(&[&long], |found| assert_eq!(found, Err(Reason::HeaderTooLong)));
        let half = format!("Bearer wanted=1, x=\"{}\"", "A".repeat(MAX_HEADER / 2));
        with(&[&half, "Basic wanted=1", &half], |found| assert_eq!(found, Err(Reason::HeaderTooLong)));
        with(&["Bearer wanted=1 2"], |found| assert_eq!(found, Err(Reason::NotAuthChallenges)));
    }

    #[test]
    fn headers_of_8_kib_in_sum_are_read_and_of_a_byte_more_are_not() {
        let of = |length: usize| {
            let around = "Basic wanted=1, x=\"\"";
            format!("Basic wanted=1, x=\"{}\"", "A".repeat(length - around.len()))
        };
        let bearer = format!("Bearer wanted=1, x=\"{}\"", "A".repeat(4_096 - "Bearer wanted=1, x=\"\"".len()));
        let one = format!("Bearer wanted=1, x=\"{}\"", "A".repeat(8_192 - "Bearer wanted=1, x=\"\"".len()));
        for within in [&[&bearer[..], &of(4_096)][..], &[&one[..]]] {
            assert_eq!(within.iter().map(|value| value.len()).sum::<usize>(), 8_192);
            with(within, |found| assert!(found.unwrap().is_some()));
        }
        for beyond in [&[&bearer[..], &of(4_097)][..], &[&of(4_097), &bearer], &[&of(8_193)]] {
            with(beyond, |found| assert_eq!(found, Err(Reason::HeaderTooLong)));
        }
    }
}
