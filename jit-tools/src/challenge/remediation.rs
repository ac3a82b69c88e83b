//! The header of draft-zehavi-oauth-rar-metadata-05 and -06, now draft-ietf-oauth-rar-metadata-remediation: at 401,
//! `WWW-Authenticate: Bearer error="insufficient_authorization", authorization_remediation=`, base64url of
//! `{"authorization_details": [{…}], "authorization_reference": "…"}`.

use http::StatusCode;
use serde_json::Value;

use super::{
    ChallengeForm, Denial, Form, Found, MAX_REFERENCE, Reason, base64,
    json::{Shape, details_of},
    www_authenticate::bearer_with,
};
use crate::authorization_details::{MAX_DEPTH, strict};

const PARAMETER: &str = "authorization_remediation";

pub(super) struct Remediation;

impl ChallengeForm for Remediation {
    fn form(&self) -> Form {
        Form::Remediation
    }

    fn status(&self) -> StatusCode {
        StatusCode::UNAUTHORIZED
    }

    fn read(&self, denial: &Denial<'_>) -> Result<Option<Found>, Reason> {
        let Some(bearer) = bearer_with(denial.headers, PARAMETER)? else { return Ok(None) };
        // With any other error a token of that kind is not what is missing.
        if bearer.parameter("error")? != Some(b"insufficient_authorization") {
            return Ok(None);
        }
        let Some(value) = bearer.parameter(PARAMETER)? else { return Ok(None) };
        let json = base64::decode(value)?;
        // Around a detail are an object and an array. Members that are not known are left to later drafts.
        let Value::Object(mut members) = strict::read(&json, MAX_DEPTH + 2)? else { return Err(Reason::NotADetail) };
        let details = details_of(members.remove("authorization_details").unwrap_or_default(), Shape::Array)?;
        let reference = match members.remove("authorization_reference") {
            // A token that serves once needs no name to be found by.
            None | Some(Value::Null) => None,
            Some(Value::String(text)) if (1..=MAX_REFERENCE).contains(&text.len()) => Some(text),
            Some(_) => return Err(Reason::NotAReference),
        };
        Ok(Some(Found { details, reference }))
    }
}

#[cfg(test)]
mod tests {
    use ::base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};

    use super::{super::tests::with_www_authenticate, *};

    fn read(value: &str) -> Result<Option<Found>, Reason> {
        with_www_authenticate(&[value], |denial| Remediation.read(denial))
    }

    fn read_json(json: &str) -> Result<Option<Found>, Reason> {
        let encoded = BASE64_URL_SAFE_NO_PAD.encode(json);
        read(&format!("Bearer error=\"insufficient_authorization\", authorization_remediation=\"{encoded}\""))
    }

    #[test]
    fn details_and_reference_are_read() {
        let found = read_json(r#"{"authorization_details":[{"type":"a"}],"authorization_reference":"r 1"}"#);
        let found = found.unwrap().unwrap();
        assert_eq!((found.details[0].kind.as_str(), found.reference.as_deref()), ("a", Some("r 1")));
        let found = read_json(r#"{"authorization_details":[{"type":"a"}],"later":{"draft":1}}"#).unwrap().unwrap();
        assert_eq!(found.reference, None);
    }

    #[test]
    fn another_error_is_no_challenge_of_this_kind() {
        for value in [
            "Bearer authorization_remediation=e30",
            "Bearer error=\"invalid_token\", authorization_remediation=e30",
            "Bearer error=\"insufficient_authorization\"",
            "Bearer error=\"insufficient_authorization\", DPoP authorization_remediation=e30",
        ] {
            assert_eq!(read(value), Ok(None), "{value}");
        }
    }

    #[test]
    fn what_is_not_as_the_draft_says_is_malformed() {
        let long = "r".repeat(MAX_REFERENCE + 1);
        let long = format!(r#"{{"authorization_details":[{{"type":"a"}}],"authorization_reference":"{long}"}}"#);
        for (json, reason) in [
            ("[]", Reason::NotADetail),
            ("{}", Reason::NotADetail),
            (r#"{"authorization_details":{"type":"a"}}"#, Reason::NotADetail),
            (r#"{"authorization_details":[{"type":"a"}],"authorization_reference":""}"#, Reason::NotAReference),
            (r#"{"authorization_details":[{"type":"a"}],"authorization_reference":7}"#, Reason::NotAReference),
            (long.as_str(), Reason::NotAReference),
            (r#"{"authorization_details":[],"authorization_details":[]}"#, Reason::RepeatedName),
            (r#"{"authorization_details":[],"x":{"y":1,"y":1}}"#, Reason::RepeatedName),
        ] {
            assert_eq!(read_json(json), Err(reason), "{json}");
        }
        let deep = |levels: usize| {
            let nested = format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
            read_json(&format!(r#"{{"authorization_details":[{{"type":"a","x":{nested}}}]}}"#))
        };
        assert!(deep(MAX_DEPTH - 1).is_ok());
        assert_eq!(deep(MAX_DEPTH), Err(Reason::TooDeep));
    }
}
