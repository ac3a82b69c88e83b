//! What holds for every form.

use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::*;

fn url() -> Url {
    "https://api.acme.com/v1/docs?x#y".parse().unwrap()
}

fn origin() -> Origin {
    "https://api.acme.com".parse().unwrap()
}

pub(super) fn vendor_header(value: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("insufficient-authorization-details", value.parse().unwrap());
    headers
}

pub(super) fn with_body<T>(body: &str, then: impl FnOnce(&Denial<'_>) -> T) -> T {
    then(&Denial { status: StatusCode::FORBIDDEN, headers: &HeaderMap::new(), body: body.as_bytes() })
}

pub(super) fn with_www_authenticate<T>(values: &[&str], then: impl FnOnce(&Denial<'_>) -> T) -> T {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(header::WWW_AUTHENTICATE, HeaderValue::from_str(value).unwrap());
    }
    then(&Denial { status: StatusCode::UNAUTHORIZED, headers: &headers, body: b"" })
}

fn read_as(
    forms: ChallengeForms,
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Option<Challenge>, MalformedChallenge> {
    Challenge::read(&url(), &Denial { status, headers, body }, &forms)
}

fn read(headers: &HeaderMap, body: &[u8]) -> Result<Option<Challenge>, MalformedChallenge> {
    read_as(ChallengeForms::default(), StatusCode::FORBIDDEN, headers, body)
}

/// An answer in each form, for `{"type":"a"}`.
fn answers() -> [(Form, StatusCode, HeaderMap, &'static str); 5] {
    let (forbidden, unauthorized) = (StatusCode::FORBIDDEN, StatusCode::UNAUTHORIZED);
    let www = |value: &str| {
        let mut headers = HeaderMap::new();
        headers.insert(header::WWW_AUTHENTICATE, value.parse().unwrap());
        headers
    };
    let hint = r#"{"error":"insufficient_authorization_details","authorization_details_hint":{"type":"a"}}"#;
    let remediation = "Bearer error=\"insufficient_authorization\", authorization_remediation=\
                       eyJhdXRob3JpemF0aW9uX2RldGFpbHMiOlt7InR5cGUiOiJhIn1dLCJhdXRob3JpemF0aW9uX3JlZmVyZW5jZSI6InIifQ";
    [
        (Form::VendorHeader, forbidden, vendor_header("eyJ0eXBlIjoiYSJ9"), ""),
        (Form::VendorBody, forbidden, HeaderMap::new(), hint),
        (Form::RarMetadata00, forbidden, www("Bearer authorization_details=eyJ0eXBlIjoiYSJ9"), ""),
        (Form::BodyArray, forbidden, HeaderMap::new(), r#"{"authorization_details":[{"type":"a"}]}"#),
        (Form::Remediation, unauthorized, www(remediation), ""),
    ]
}

#[test]
fn each_form_is_read_at_its_own_status_and_only_where_it_is_on() {
    for (form, its_status, headers, body) in answers() {
        for status in [401, 403, 200, 302, 404, 500].map(|status| StatusCode::from_u16(status).unwrap()) {
            for forms in [ChallengeForms::all(), ChallengeForms::none().with(form)] {
                let found = read_as(forms, status, &headers, body.as_bytes()).unwrap();
                assert_eq!(found.map(|challenge| challenge.form()), (status == its_status).then_some(form), "{form}");
            }
            let found = read_as(ChallengeForms::all().without(form), status, &headers, body.as_bytes());
            assert_eq!(found, Ok(None), "{form}");
        }
    }
}

#[test]
fn a_challenge_says_what_where_and_how() {
    for (form, status, headers, body) in answers() {
        let challenge = read_as(ChallengeForms::all(), status, &headers, body.as_bytes()).unwrap().unwrap();
        assert_eq!(challenge.details(), [AuthorizationDetail::new("a")], "{form}");
        assert_eq!((challenge.detail(), challenge.origin()), (&challenge.details()[0], &origin()), "{form}");
        assert_eq!(challenge.reference(), (form == Form::Remediation).then_some("r"), "{form}");
    }
}

#[test]
fn an_answer_without_a_challenge_has_none() {
    assert_eq!(read(&HeaderMap::new(), b"<html>no</html>"), Ok(None));
    assert_eq!(read(&HeaderMap::new(), br#"{"error":"forbidden"}"#), Ok(None));
}

#[test]
fn the_header_is_read_before_the_body() {
    let headers = vendor_header("eyJ0eXBlIjoiYSJ9"); // {"type":"a"}
    let body = br#"{"error":"insufficient_authorization_details","authorization_details_hint":{"type":"b"}}"#;
    assert_eq!(read(&headers, body).unwrap().unwrap().detail().kind, "a");
}

#[test]
fn a_malformed_challenge_is_an_error_that_repeats_none_of_it() {
    let error = read(&vendor_header("%%canary%%"), b"").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the challenge in the Insufficient-Authorization-Details header cannot be followed: it is not base64"
    );
    for body in [
        r#"{"authorization_details":"canary"}"#,
        r#"{"authorization_details":[{"type":"canary","actions":"canary"}]}"#,
        r#"{"authorization_details":[{"type":"a","canary":1,"canary":2}]}"#,
    ] {
        let error = read(&HeaderMap::new(), body.as_bytes()).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
    }
}

#[test]
fn a_challenge_names_one_permission_unless_more_are_allowed() {
    let body =
        |number: usize| format!(r#"{{"authorization_details":[{}]}}"#, vec![r#"{"type":"a"}"#; number].join(","));
    for allowed in [1, 2, 8] {
        let forms = ChallengeForms::default().max_details(allowed);
        for number in 0..=9 {
            let found = read_as(forms, StatusCode::FORBIDDEN, &HeaderMap::new(), body(number).as_bytes());
            match found {
                Ok(Some(challenge)) => assert!(challenge.details().len() == number && (1..=allowed).contains(&number)),
                Ok(None) => panic!("{number} are a challenge"),
                Err(MalformedChallenge { reason, .. }) if number == 0 => assert_eq!(reason, Reason::NoDetail),
                Err(MalformedChallenge { reason, .. }) => {
                    assert_eq!(reason, Reason::TooManyDetails { found: number, allowed });
                    assert!(number > allowed);
                }
            }
        }
    }
}

#[test]
fn a_challenge_repeats_another_with_its_reference_or_its_details_from_the_same_api() {
    const HERE: &str = "https://api.acme.com";
    let challenge = |detail: &str, reference: Option<&str>, origin: &str| Challenge {
        form: Form::Remediation,
        detail: serde_json::from_str(detail).unwrap(),
        several: Vec::new(),
        reference: reference.map(str::to_owned),
        origin: origin.parse().unwrap(),
        path: "/".to_owned(),
    };
    let (read, write) = (r#"{"type":"a","actions":["r","s"]}"#, r#"{"type":"a","actions":["w"]}"#);
    let reordered = r#"{"actions":["s","r","r"],"type":"a"}"#;
    let first = challenge(read, Some("1"), HERE);
    for (later, expected) in [
        (challenge(read, Some("1"), HERE), true),
        (challenge(reordered, Some("1"), HERE), true),
        (challenge(read, Some("2"), HERE), true),
        (challenge(read, None, HERE), true),
        (challenge(write, Some("1"), HERE), true),
        (challenge(write, Some("2"), HERE), false),
        (challenge(write, None, HERE), false),
        (challenge(read, Some("1"), "https://api.acme.com:8443"), false),
    ] {
        assert_eq!(later.repeats(&first), expected, "{later:?}");
    }
    let anonymous = challenge(read, None, HERE);
    assert!(!challenge(write, None, HERE).repeats(&anonymous));
}

#[test]
fn an_answer_from_no_web_address_has_no_challenge() {
    let body = br#"{"authorization_details":[{"type":"a"}]}"#;
    let denial = Denial { status: StatusCode::FORBIDDEN, headers: &HeaderMap::new(), body };
    let read = |url: &str| Challenge::read(&url.parse().unwrap(), &denial, &ChallengeForms::default()).unwrap();
    assert!(read("https://api.acme.com/").is_some());
    assert!(read("ftp://api.acme.com/").is_none() && read("data:,").is_none());
}

#[test]
fn locations_hold_an_address_where_all_are_of_its_origin_and_one_is_above_it() {
    const HERE: &str = "https://api.acme.com/v1/docs";
    for (locations, holds) in [
        (&["https://api.acme.com"][..], true),
        (&["https://api.acme.com/"], true),
        (&["https://API.acme.com:443/v1"], true),
        (&["https://api.acme.com/v1/docs", "https://api.acme.com/v2"], true),
        (&["https://api.acme.com/v2"], false),
        (&["https://api.acme.com/v1/doc"], false),
        // It says something about another API too.
        (&["https://api.acme.com", "https://other.example"], false),
        (&["https://api.acme.com", "http://api.acme.com"], false),
        (&["https://api.acme.com", "https://api.acme.com:8443"], false),
        (&["https://api.acme.com", "urn:docs"], false),
        (&["https://api.acme.com", "/v1/docs"], false),
        // It could mean anything.
        (&["https://api.acme.com/v1/docs?all"], false),
        (&["https://api.acme.com/v1#docs"], false),
        (&["https://api.acme.com", "https://api.acme.com/?x"], false),
        (&["https://other.example@api.acme.com"], false),
        (&["https://:secret@api.acme.com"], false),
        (&["/v1"], false),
        (&[], false),
    ] {
        let owned: Vec<_> = locations.iter().map(|one| (*one).to_owned()).collect();
        assert_eq!(hold(&owned, &HERE.parse().unwrap(), "/v1/docs/1"), holds, "{locations:?}");
    }
}

#[test]
fn a_challenge_that_repeats_the_token_is_malformed_wherever_the_token_stands() {
    let of = |detail: &str, reference: Option<&str>| Challenge {
        form: Form::Remediation,
        detail: serde_json::from_str(detail).unwrap(),
        several: Vec::new(),
        reference: reference.map(str::to_owned),
        origin: origin(),
        path: "/".to_owned(),
    };
    let tokens = [AccessToken::new("other"), AccessToken::new("Canary.a-b_c")];
    for challenge in [
        of(r#"{"type":"note","identifier":"Canary.a-b_c"}"#, None),
        of(r#"{"type":"x canary.A-B_C"}"#, None),
        of(r#"{"type":"note","actions":["read","Canary%2Ea-b_c!"]}"#, None),
        of(r#"{"type":"note","of":{"its":["Canary.a-b_c"]}}"#, None),
        of(r#"{"type":"note","Canary.a-b_c":1}"#, None),
        of(r#"{"type":"note"}"#, Some("Canary.a-b_c")),
    ] {
        assert!(challenge.clone().repeating_none_of([]).is_ok());
        let error = challenge.repeating_none_of(&tokens).unwrap_err();
        assert_eq!(error.reason, Reason::RepeatsToken);
        assert!(!format!("{error} {error:?}").to_lowercase().contains("canary"), "{error:?}");
    }
    for other in [r#"{"type":"canary"}"#, r#"{"type":"note","of":{"its":["a-b_c",1,null,true]}}"#] {
        assert!(of(other, Some("a-b_c")).repeating_none_of(&tokens).is_ok(), "{other}");
    }
    // A token may have any character that a header has.
    let odd = AccessToken::new("a\"b\\c");
    assert!(of(r#"{"type":"a\"b\\c"}"#, None).repeating_none_of(&[odd]).is_err());
}
