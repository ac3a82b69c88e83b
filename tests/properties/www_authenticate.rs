//! `WWW-Authenticate`: a challenge is found wherever it stands, however it is spelled (RFC 9110, section 11.6.1).

use jit_tools::challenge::{ChallengeForms, Form};
use proptest::{collection::vec, prelude::*, sample::select};

use crate::{check, forms::Answer};

/// `{"type":"a"}` in base64url.
const ENCODED: &str = "eyJ0eXBlIjoiYSJ9";

#[derive(Clone, Debug)]
struct Parameter {
    name: String,
    value: String,
    /// How it is written: as a token, quoted, or quoted with every character escaped.
    spelling: u8,
    /// Whitespace around the `=`.
    spaces: (&'static str, &'static str),
}

impl Parameter {
    fn text(&self) -> String {
        let value = match self.spelling {
            0 if !self.value.is_empty() && self.value.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                self.value.clone()
            }
            1 => format!("\"{}\"", self.value.chars().map(|c| format!("\\{c}")).collect::<String>()),
            _ => format!("\"{}\"", self.value.replace('\\', "\\\\").replace('"', "\\\"")),
        };
        format!("{}{}={}{value}", self.name, self.spaces.0, self.spaces.1)
    }
}

fn parameter(
    name: impl Strategy<Value = String>,
    value: impl Strategy<Value = String>,
) -> impl Strategy<Value = Parameter> {
    let space = || select(&["", "", " ", "\t", "  "][..]);
    (name, value, 0..3_u8, (space(), space())).prop_map(|(name, value, spelling, spaces)| Parameter {
        name,
        value,
        spelling,
        spaces,
    })
}

/// A challenge of another scheme.
fn other() -> impl Strategy<Value = String> {
    let scheme = || select(&["Basic", "Digest", "DPoP", "a", "Bearer1"][..]);
    let any_parameter = parameter("[a-z_]{1,3}".prop_map(|name| name), "[ -~]{0,12}");
    prop_oneof![
        scheme().prop_map(str::to_owned),
        (scheme(), "[A-Za-z0-9+/._~-]{1,9}={0,2}").prop_map(|(scheme, token)| format!("{scheme} {token}")),
        (scheme(), vec(any_parameter, 1..4)).prop_map(|(scheme, parameters)| list(scheme, &parameters)),
    ]
}

fn list(scheme: &str, parameters: &[Parameter]) -> String {
    format!("{scheme} {}", parameters.iter().map(Parameter::text).collect::<Vec<_>>().join(" , "))
}

fn a_challenge_is_found_among_others(cases: u32) {
    let wanted = (
        select(&["Bearer", "bearer", "BEARER"][..]),
        parameter(
            select(&["authorization_details", "Authorization_Details"][..]).prop_map(str::to_owned),
            Just(ENCODED.to_owned()),
        ),
        vec(parameter("[b-z]{1,4}", "[ -~]{0,12}"), 0..3),
        0..3_usize,
    )
        .prop_map(|(scheme, wanted, mut others, place)| {
            others.insert(place.min(others.len()), wanted);
            list(scheme, &others)
        });
    let others = || vec(other(), 0..3);
    let comma = select(&[",", ", ", " ,\t", ", ,,"][..]);
    check(cases, &(wanted, others(), others(), comma, any::<[bool; 2]>()), |(wanted, before, after, comma, split)| {
        // Before and after it stand others, in the same header or in one of their own.
        let mut headers = vec![wanted];
        if !before.is_empty() {
            let before = before.join(comma);
            if split[0] {
                headers.insert(0, before);
            } else {
                headers[0] = format!("{before}{comma}{}", headers[0]);
            }
        }
        if !after.is_empty() {
            let after = after.join(comma);
            if split[1] {
                headers.push(after);
            } else if let Some(last) = headers.last_mut() {
                *last = format!("{last}{comma}{after}");
            }
        }
        let headers = headers.into_iter().map(|value| ("www-authenticate", value.into_bytes())).collect();
        let answer = Answer { status: 403, headers, body: Vec::new() };
        let challenge = answer.read(ChallengeForms::default()).unwrap().unwrap();
        prop_assert_eq!((challenge.form(), challenge.detail().kind.as_str()), (Form::RarMetadata00, "a"));
        Ok(())
    });
}

fn a_challenge_that_is_only_quoted_is_none(cases: u32) {
    let value = parameter(
        "[a-z]{1,4}",
        "[ -~]{0,12}".prop_map(|text| format!("{text}, Bearer authorization_details={ENCODED}")),
    );
    check(cases, &(select(&["Bearer", "Basic"][..]), value), |(scheme, parameter)| {
        let headers = vec![("www-authenticate", list(scheme, &[parameter]).into_bytes())];
        prop_assert_eq!(Answer { status: 403, headers, body: Vec::new() }.read(ChallengeForms::default()), Ok(None));
        Ok(())
    });
}

mod tests {
    crate::property! {
        a_challenge_is_found_among_others => long_a_challenge_is_found_among_others;
        a_challenge_that_is_only_quoted_is_none => long_a_challenge_that_is_only_quoted_is_none;
    }
}
