//! The vendor's header: `Insufficient-Authorization-Details`, base64 of a JSON object or array.

use http::HeaderName;

use super::{
    ChallengeForm, Denial, Form, Found, MAX_HEADER, Reason, base64,
    json::{Shape, details},
};

/// The header's name.
const NAME: HeaderName = HeaderName::from_static("insufficient-authorization-details");

pub(super) struct VendorHeader;

impl ChallengeForm for VendorHeader {
    fn form(&self) -> Form {
        Form::VendorHeader
    }

    fn read(&self, denial: &Denial<'_>) -> Result<Option<Found>, Reason> {
        let mut values = denial.headers.get_all(NAME).iter();
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(Reason::Repeated);
        }
        if value.len() > MAX_HEADER {
            return Err(Reason::HeaderTooLong);
        }
        let json = base64::decode(value.as_bytes().trim_ascii())?;
        details(&json, Shape::ObjectOrArray).map(Found::details).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use ::base64::prelude::{BASE64_STANDARD, Engine as _};
    use http::{HeaderMap, StatusCode};

    use super::{super::tests::vendor_header, *};

    fn read(headers: &HeaderMap) -> Result<Option<Found>, Reason> {
        VendorHeader.read(&Denial { status: StatusCode::FORBIDDEN, headers, body: b"" })
    }

    #[test]
    fn an_object_and_an_array_are_read() {
        let object = r#"{"type":"document","actions":["read"],"identifier":"d"}"#;
        for (json, number) in [(object.to_owned(), 1), (format!("[{object}]"), 1), (format!("[{object},{object}]"), 2)]
        {
            let found = read(&vendor_header(&BASE64_STANDARD.encode(&json))).unwrap().unwrap();
            assert_eq!(found.details.len(), number);
            assert_eq!(found.details[0].identifier.as_deref(), Some("d"));
        }
        assert_eq!(read(&HeaderMap::new()), Ok(None));
    }

    #[test]
    fn what_cannot_be_decoded_is_malformed() {
        for (value, reason) in [
            ("not base64!".to_owned(), Reason::NotBase64),
            (String::new(), Reason::NotJson),
            (BASE64_STANDARD.encode("not json"), Reason::NotJson),
        ] {
            assert_eq!(read(&vendor_header(&value)), Err(reason), "{value}");
        }
    }

    #[test]
    fn a_header_of_8_kib_is_read_and_one_of_a_byte_more_is_not() {
        // Blanks at the end of the JSON are a part of it.
        let json = |length: usize| BASE64_STANDARD.encode(format!("{:length$}", r#"{"type":"a"}"#));
        assert_eq!(json(6_144).len(), 8_192);
        assert!(read(&vendor_header(&json(6_144))).unwrap().is_some());
        for too_long in [format!("{}A", json(6_144)), "A".repeat(8_193)] {
            assert_eq!(read(&vendor_header(&too_long)), Err(Reason::HeaderTooLong));
        }
    }

    #[test]
    fn a_repeated_header_is_malformed() {
        let mut headers = vendor_header("eyJ0eXBlIjoiYSJ9");
        headers.append(NAME, "eyJ0eXBlIjoiYSJ9".parse().unwrap());
        assert_eq!(read(&headers), Err(Reason::Repeated));
    }
}
