//! The decoders: what is encoded is read back, what may be read in two ways is refused, and nothing makes one panic.

use std::cell::Cell;

use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD, Engine as _};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use jit_tools::{
    AuthorizationDetail, Challenge,
    challenge::{ChallengeForms, Denial, Form},
};
use proptest::{collection::vec, option, prelude::*, sample::select};

use crate::{
    check,
    details::pair,
    json::{Json, json},
};

const FORMS: [Form; 5] =
    [Form::VendorHeader, Form::VendorBody, Form::RarMetadata00, Form::BodyArray, Form::Remediation];

/// An answer as it comes from the network.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, Vec<u8>)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// Reads it, if HTTP could carry it at all.
    pub fn read(&self, forms: ChallengeForms) -> Result<Option<Challenge>, String> {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            if let Ok(value) = HeaderValue::from_bytes(value) {
                headers.append(HeaderName::from_static(name), value);
            }
        }
        let status = StatusCode::from_u16(self.status).unwrap();
        let denial = Denial { status, headers: &headers, body: &self.body };
        let url = "https://api.test".parse().unwrap();
        Challenge::read(&url, &denial, &forms).map_err(|malformed| malformed.to_string())
    }
}

/// Details as an API would write them in a form: `json` is one object, or several behind each other with commas.
fn encode(form: Form, json: &str, is_array: bool, reference: Option<&str>, spelling: usize) -> Answer {
    let list = format!("[{json}]");
    let either = if is_array { &list } else { json };
    let any_base64 = |text: &str| match spelling % 4 {
        0 => BASE64_STANDARD.encode(text),
        1 => BASE64_STANDARD_NO_PAD.encode(text),
        2 => BASE64_URL_SAFE.encode(text),
        _ => BASE64_URL_SAFE_NO_PAD.encode(text),
    };
    let url_safe = |text: &str| {
        let text =
            if spelling.is_multiple_of(2) { BASE64_URL_SAFE.encode(text) } else { BASE64_URL_SAFE_NO_PAD.encode(text) };
        if spelling < 2 { text } else { format!("\"{text}\"") }
    };
    let forbidden = |headers, body: String| Answer { status: 403, headers, body: body.into_bytes() };
    match form {
        Form::VendorHeader => {
            forbidden(vec![("insufficient-authorization-details", any_base64(either).into_bytes())], String::new())
        }
        Form::VendorBody => forbidden(
            vec![("content-type", b"application/json".to_vec())],
            format!(r#"{{"error":"insufficient_authorization_details","authorization_details_hint":{either}}}"#),
        ),
        Form::RarMetadata00 => {
            let value = format!("Bearer realm=\"x\", authorization_details={}", url_safe(either));
            forbidden(vec![("www-authenticate", value.into_bytes())], String::new())
        }
        Form::BodyArray => forbidden(Vec::new(), format!(r#"{{"authorization_details":{list}}}"#)),
        _ => {
            let reference = reference.map_or(String::new(), |reference| {
                format!(r#","authorization_reference":{}"#, serde_json::json!(reference))
            });
            let json = url_safe(&format!(r#"{{"authorization_details":{list}{reference}}}"#));
            let value = format!("Bearer error=\"insufficient_authorization\", authorization_remediation={json}");
            Answer { status: 401, headers: vec![("www-authenticate", value.into_bytes())], body: Vec::new() }
        }
    }
}

fn spelled() -> impl Strategy<Value = (Form, bool, usize)> {
    (select(&FORMS[..]), any::<bool>(), 0..4_usize)
}

fn what_is_encoded_is_read_back(cases: u32) {
    let reference = option::of("[a-z\"\u{e9}]{1,20}");
    check(cases, &(spelled(), vec(pair(), 1..=8), reference), |((form, is_array, spelling), details, reference)| {
        let details: Vec<AuthorizationDetail> = details.into_iter().map(|(detail, _)| detail).collect();
        let json: Vec<_> = details.iter().map(|detail| serde_json::to_string(detail).unwrap()).collect();
        let is_array = is_array || json.len() > 1;
        let answer = encode(form, &json.join(","), is_array, reference.as_deref(), spelling);
        let challenge = answer.read(ChallengeForms::all().max_details(8)).unwrap().unwrap();
        prop_assert_eq!(challenge.form(), form);
        prop_assert_eq!(challenge.details(), &details[..]);
        prop_assert_eq!(challenge.detail(), &details[0]);
        prop_assert_eq!(challenge.reference(), reference.as_deref().filter(|_| form == Form::Remediation));
        // By default, one detail is taken and no more.
        let by_default = answer.read(ChallengeForms::all());
        prop_assert_eq!(by_default.is_ok_and(|challenge| challenge.is_some()), details.len() == 1);
        Ok(())
    });
}

fn what_two_readers_could_take_differently_is_refused(cases: u32) {
    let refused = Cell::new(0_u32);
    check(cases, &(spelled(), vec(("[abu]", json()), 0..3)), |((form, is_array, spelling), members)| {
        let kind = ("type".to_owned(), Json::Leaf("\"t\"".to_owned()));
        let detail = Json::Object([vec![kind], members].concat());
        let expected = !detail.repeats_a_name() && detail.depth() <= 16;
        refused.set(refused.get() + u32::from(!expected));
        let read = encode(form, &detail.text(), is_array, None, spelling).read(ChallengeForms::all());
        prop_assert_eq!(read.is_ok(), expected, "{:?}", read);
        if let Ok(challenge) = read {
            let challenge = challenge.unwrap();
            let Json::Object(members) = detail else { unreachable!("it is one") };
            prop_assert_eq!(challenge.detail().extensions.len() + 1, members.len());
        }
        Ok(())
    });
    assert!((cases / 20..cases - cases / 20).contains(&refused.get()), "{} of {cases} are refused", refused.get());
}

/// Bytes that have something to do with what is looked for.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        3 => vec(any::<u8>(), 0..8),
        6 => select(&[
            "Bearer ", "bearer", "Basic", ",", " ", "\t", "=", "\"", "\\", "error", "insufficient_authorization", "{",
            "authorization_details", "authorization_remediation", "authorization_details_hint", "}", "[", "]", ":",
            "{\"type\":\"a\"}", "eyJ0eXBlIjoiYSJ9", "\"type\"", "\"error\":\"insufficient_authorization_details\"",
            "\"authorization_details\":[{\"type\":\"a\"}]", "1e999", "\\ud800", "null",
        ][..]).prop_map(|text| text.as_bytes().to_vec()),
    ];
    vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn no_answer_makes_a_decoder_panic_and_what_it_finds_is_bounded(cases: u32) {
    const NAMES: [&str; 2] = ["insufficient-authorization-details", "www-authenticate"];
    let answer = (select(&[401_u16, 403][..]), vec((select(&NAMES[..]), noise()), 0..4), noise())
        .prop_map(|(status, headers, body)| Answer { status, headers, body });
    check(cases, &(answer, 0..10_usize), |(answer, most)| {
        let forms = ChallengeForms::all().max_details(most);
        if let Ok(Some(challenge)) = answer.read(forms) {
            prop_assert!((1..=forms.most_details()).contains(&challenge.details().len()));
            prop_assert!(challenge.reference().is_none_or(|reference| (1..=1024).contains(&reference.len())));
            prop_assert!(challenge.details().iter().all(|detail| !detail.kind.is_empty()));
        }
        Ok(())
    });
}

#[test]
fn sizes_are_bounded_before_anything_is_decoded() {
    let detail = |padding: usize| format!(r#"{{"type":"{}"}}"#, "a".repeat(padding));
    for form in FORMS {
        let fits = encode(form, &detail(5_000), false, None, 3).read(ChallengeForms::all());
        assert!(fits.unwrap().is_some(), "{form}");
        let too_long = encode(form, &detail(17_000), false, None, 3).read(ChallengeForms::all());
        assert!(too_long.unwrap_err().contains("longer than"), "{form}");
    }
    let huge = Answer { status: 403, headers: Vec::new(), body: vec![b'['; 70_000] };
    assert_eq!(huge.read(ChallengeForms::all()), Ok(None));
    let header = Answer {
        status: 403,
        headers: vec![(header::WWW_AUTHENTICATE.as_str(), vec![b','; 60_000])],
        body: Vec::new(),
    };
    assert_eq!(header.read(ChallengeForms::all()), Ok(None));
}

mod tests {
    crate::property! {
        what_is_encoded_is_read_back => long_what_is_encoded_is_read_back;
        what_two_readers_could_take_differently_is_refused => long_what_two_readers_could_take_differently_is_refused;
        no_answer_makes_a_decoder_panic_and_what_it_finds_is_bounded =>
            long_no_answer_makes_a_decoder_panic_and_what_it_finds_is_bounded;
    }
}
