//! The body of draft-zehavi-oauth-rar-metadata-01 to -04: `{"authorization_details": [{…}]}`.

use super::{
    ChallengeForm, Denial, Form, Found, Reason, body_to_read,
    json::{Shape, details, members},
};

pub(super) struct BodyArray;

impl ChallengeForm for BodyArray {
    fn form(&self) -> Form {
        Form::BodyArray
    }

    fn is_in_body(&self) -> bool {
        true
    }

    fn read(&self, denial: &Denial<'_>) -> Result<Option<Found>, Reason> {
        let Some(body) = body_to_read(denial)? else { return Ok(None) };
        let Some([Some(array)]) = members(body, ["authorization_details"])? else { return Ok(None) };
        details(array.get().as_bytes(), Shape::Array).map(Found::details).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::with_body, *};

    fn read(body: &str) -> Result<Option<Found>, Reason> {
        with_body(body, |denial| BodyArray.read(denial))
    }

    #[test]
    fn the_array_names_what_is_missing_whatever_stands_beside_it() {
        for body in [
            r#"{"authorization_details":[{"type":"a"}]}"#,
            r#" { "error" : "insufficient_authorization_details", "authorization_details" : [ { "type" : "a" } ] } "#,
        ] {
            assert_eq!(read(body).unwrap().unwrap().details[0].kind, "a", "{body}");
        }
    }

    #[test]
    fn a_body_of_64_kib_is_looked_into_and_a_longer_one_is_not() {
        let challenge = r#"{"authorization_details":[{"type":"a"}]}"#;
        let of = |length: usize| format!("{challenge}{}", " ".repeat(length - challenge.len()));
        assert!(read(&of(65_536)).unwrap().is_some());
        assert_eq!(read(&of(65_537)), Err(Reason::BodyTooLong));
    }

    #[test]
    fn a_body_without_it_is_no_challenge() {
        for body in ["", "{}", "null", r#"[{"authorization_details":[]}]"#, r#"{"x":{"authorization_details":[]}}"#] {
            assert_eq!(read(body), Ok(None), "{body}");
        }
    }

    #[test]
    fn what_is_no_array_of_details_is_malformed() {
        for (value, reason) in [
            (r#"{"type":"a"}"#, Reason::NotADetail),
            (r#""read""#, Reason::NotADetail),
            (r#"[{"actions":[]}]"#, Reason::NotADetail),
            (r#"[{"type":"a"}],"authorization_details":[]"#, Reason::RepeatedName),
        ] {
            let body = format!(r#"{{"authorization_details":{value}}}"#);
            assert_eq!(read(&body), Err(reason), "{body}");
        }
    }
}
