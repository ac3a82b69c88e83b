//! The vendor's body: `{"error": "insufficient_authorization_details", "authorization_details_hint": {…}}`.

use http::StatusCode;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{ChallengeForm, Denial, MAX_BODY, Reason, single_detail};
use crate::authorization_details::AuthorizationDetail;

pub(super) struct VendorBody;

#[derive(Deserialize)]
struct Body<'a> {
    error: String,
    #[serde(borrow)]
    authorization_details_hint: Option<&'a RawValue>,
}

impl ChallengeForm for VendorBody {
    fn name(&self) -> &'static str {
        "body"
    }

    fn read(&self, denial: &Denial<'_>) -> Result<Option<AuthorizationDetail>, Reason> {
        if denial.status != StatusCode::FORBIDDEN || denial.body.len() > MAX_BODY {
            return Ok(None);
        }
        // Any other body is an ordinary one: nothing in it claims to be a challenge.
        let Ok(body) = serde_json::from_slice::<Body<'_>>(denial.body) else { return Ok(None) };
        match body.authorization_details_hint {
            Some(hint) if body.error == "insufficient_authorization_details" => {
                single_detail(hint.get().as_bytes()).map(Some)
            }
            _ => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    fn read(body: &str) -> Result<Option<AuthorizationDetail>, Reason> {
        let headers = HeaderMap::new();
        VendorBody.read(&Denial { status: StatusCode::FORBIDDEN, headers: &headers, body: body.as_bytes() })
    }

    #[test]
    fn the_hint_is_the_missing_permission() {
        let body = r#"{"error":"insufficient_authorization_details","authorization_details_hint":{"type":"a","x":1}}"#;
        let detail = read(body).unwrap().unwrap();
        assert_eq!((detail.kind.as_str(), detail.extensions.len()), ("a", 1));
    }

    #[test]
    fn a_body_that_claims_to_be_none_is_no_challenge() {
        for body in [
            "",
            "{}",
            "[1]",
            r#"{"error":"forbidden","authorization_details_hint":{"type":"a"}}"#,
            r#"{"error":"insufficient_authorization_details"}"#,
            r#"{"error":true,"authorization_details_hint":{"type":"a"}}"#,
        ] {
            assert_eq!(read(body), Ok(None), "{body}");
        }
    }

    #[test]
    fn a_hint_that_is_no_detail_is_malformed() {
        let body = r#"{"error":"insufficient_authorization_details","authorization_details_hint":[]}"#;
        assert_eq!(read(body), Err(Reason::NotOne(0)));
        let body = r#"{"error":"insufficient_authorization_details","authorization_details_hint":"a"}"#;
        assert_eq!(read(body), Err(Reason::NotADetail));
    }

    #[test]
    fn a_body_beyond_the_bound_is_not_looked_into() {
        let body = format!(
            r#"{{"error":"insufficient_authorization_details","authorization_details_hint":{{"type":"a"}},"x":"{}"}}"#,
            "x".repeat(MAX_BODY)
        );
        assert_eq!(read(&body), Ok(None));
    }
}
