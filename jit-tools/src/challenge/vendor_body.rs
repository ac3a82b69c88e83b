//! The vendor's body: `{"error": "insufficient_authorization_details", "authorization_details_hint": {…}}`.

use super::{
    ChallengeForm, Denial, Form, Found, Reason, body_to_read,
    json::{Shape, details, members},
};

pub(super) struct VendorBody;

impl ChallengeForm for VendorBody {
    fn form(&self) -> Form {
        Form::VendorBody
    }

    fn is_in_body(&self) -> bool {
        true
    }

    fn read(&self, denial: &Denial<'_>) -> Result<Option<Found>, Reason> {
        let Some(body) = body_to_read(denial)? else { return Ok(None) };
        let Some([Some(error), Some(hint)]) = members(body, ["error", "authorization_details_hint"])? else {
            return Ok(None);
        };
        // Any other body is an ordinary one: it does not claim to be a challenge.
        let code: Result<String, _> = serde_json::from_str(error.get());
        if code.is_ok_and(|code| code == "insufficient_authorization_details") {
            details(hint.get().as_bytes(), Shape::ObjectOrArray).map(Found::details).map(Some)
        } else {
            Ok(None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::with_body, *};

    fn read(body: &str) -> Result<Option<Found>, Reason> {
        with_body(body, |denial| VendorBody.read(denial))
    }

    #[test]
    fn the_hint_is_the_missing_permission() {
        let body = r#"{"error":"insufficient_authorization_details","authorization_details_hint":{"type":"a","x":1}}"#;
        let found = read(body).unwrap().unwrap();
        assert_eq!((found.details[0].kind.as_str(), found.details[0].extensions.len()), ("a", 1));
    }

    #[test]
    fn a_body_that_claims_to_be_none_is_no_challenge() {
        for body in [
            "",
            "{}",
            "[1]",
            "<html>no</html>",
            r#"{"error":"forbidden","authorization_details_hint":{"type":"a"}}"#,
            r#"{"error":"insufficient_authorization_details"}"#,
            r#"{"error":true,"authorization_details_hint":{"type":"a"}}"#,
        ] {
            assert_eq!(read(body), Ok(None), "{body}");
        }
    }

    #[test]
    fn a_hint_that_is_no_detail_is_malformed() {
        for (hint, reason) in [
            (r#""a""#, Reason::NotADetail),
            (r#"{"type":"a","type":"a"}"#, Reason::RepeatedName),
            (r#"{"type":"a"},"authorization_details_hint":{"type":"b"}"#, Reason::RepeatedName),
            (r#"{"type":"a"},"error":"x""#, Reason::RepeatedName),
        ] {
            let body =
                format!(r#"{{"error":"insufficient_authorization_details","authorization_details_hint":{hint}}}"#);
            assert_eq!(read(&body), Err(reason), "{body}");
        }
    }

    #[test]
    fn a_body_beyond_the_bound_is_not_looked_into() {
        let body = |padding: usize| {
            let hint = r#"{"error":"insufficient_authorization_details","authorization_details_hint":{"type":"a"}}"#;
            format!("{hint}{}", " ".repeat(padding - hint.len()))
        };
        assert!(read(&body(65_536)).unwrap().is_some());
        assert_eq!(read(&body(65_537)), Err(Reason::BodyTooLong));
        // What is no JSON object does not claim to be a challenge.
        assert_eq!(read(&body(65_537).replacen('{', "[", 1)), Ok(None));
    }
}
