//! The header of draft-zehavi-oauth-rar-metadata-00: `WWW-Authenticate: Bearer authorization_details=`, base64url of a
//! JSON object or an array.

use super::{
    ChallengeForm, Denial, Form, Found, Reason, base64,
    json::{Shape, details},
    www_authenticate::bearer_with,
};

const PARAMETER: &str = "authorization_details";

pub(super) struct RarMetadata00;

impl ChallengeForm for RarMetadata00 {
    fn form(&self) -> Form {
        Form::RarMetadata00
    }

    fn read(&self, denial: &Denial<'_>) -> Result<Option<Found>, Reason> {
        let Some(bearer) = bearer_with(denial.headers, PARAMETER)? else { return Ok(None) };
        let Some(value) = bearer.parameter(PARAMETER)? else { return Ok(None) };
        let json = base64::decode(value)?;
        details(&json, Shape::ObjectOrArray).map(Found::details).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use ::base64::prelude::{BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD, Engine as _};

    use super::{super::tests::with_www_authenticate, *};

    fn read(value: &str) -> Result<Option<Found>, Reason> {
        with_www_authenticate(&[value], |denial| RarMetadata00.read(denial))
    }

    #[test]
    fn it_is_read_padded_or_not_quoted_or_not_object_or_array() {
        for identifier in ["d", "do", "doc", "??>>~~"] {
            let object = format!(r#"{{"type":"document","identifier":"{identifier}"}}"#);
            for json in [object.clone(), format!("[{object}]")] {
                for encoded in [BASE64_URL_SAFE.encode(&json), BASE64_URL_SAFE_NO_PAD.encode(&json)] {
                    for value in [
                        format!("Bearer authorization_details={encoded}"),
                        format!("Bearer authorization_details=\"{encoded}\""),
                        format!(
                            "bearer error=\"insufficient_authorization_details\", Authorization_Details = {encoded}"
                        ),
                        format!("Basic realm=\"x\", Bearer authorization_details=\"{encoded}\", scope=\"a b\""),
                    ] {
                        let found = read(&value).unwrap().unwrap();
                        assert_eq!(found.details[0].identifier.as_deref(), Some(identifier), "{value}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_header_without_it_is_no_challenge() {
        for value in ["Bearer", "Bearer realm=\"x\"", "Negotiate YWJj", "Digest authorization_details=\"e30\"", ""] {
            assert_eq!(read(value), Ok(None), "{value}");
        }
    }

    #[test]
    fn what_cannot_be_decoded_is_malformed() {
        for (value, reason) in [
            ("Bearer authorization_details=\"%\"", Reason::NotBase64),
            ("Bearer authorization_details=\"\"", Reason::NotJson),
            ("Bearer authorization_details=e30", Reason::NotADetail),
            ("Bearer authorization_details=e30, authorization_details=e30", Reason::Repeated),
            ("Bearer authorization_details=e30, Bearer authorization_details=e30", Reason::Repeated),
            ("Bearer authorization_details=\"e30", Reason::NotAuthChallenges),
        ] {
            assert_eq!(read(value), Err(reason), "{value}");
        }
    }
}
