//! The vendor's header: `Insufficient-Authorization-Details`, base64 of a JSON object.

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use http::{HeaderName, StatusCode};

use super::{ChallengeForm, Denial, Reason, single_detail, single_header};
use crate::authorization_details::AuthorizationDetail;

/// The header's name.
pub(crate) const NAME: HeaderName = HeaderName::from_static("insufficient-authorization-details");

const CONFIG: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, CONFIG);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, CONFIG);

pub(super) struct VendorHeader;

impl ChallengeForm for VendorHeader {
    fn name(&self) -> &'static str {
        "Insufficient-Authorization-Details header"
    }

    fn read(&self, denial: &Denial<'_>) -> Result<Option<AuthorizationDetail>, Reason> {
        if denial.status != StatusCode::FORBIDDEN {
            return Ok(None);
        }
        let Some(value) = single_header(denial.headers, &NAME)? else { return Ok(None) };
        let text = value.as_bytes().trim_ascii();
        // Both alphabets are met in the wild; only one of them has these two characters.
        let engine = if text.iter().any(|byte| matches!(byte, b'-' | b'_')) { &URL_SAFE } else { &STANDARD };
        let json = engine.decode(text).map_err(|_| Reason::NotBase64)?;
        single_detail(&json).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::{super::tests::header_denial, *};

    fn read(headers: &HeaderMap) -> Result<Option<AuthorizationDetail>, Reason> {
        VendorHeader.read(&Denial { status: StatusCode::FORBIDDEN, headers, body: b"" })
    }

    #[test]
    fn every_spelling_of_base64_that_is_met_in_the_wild_is_read() {
        // `?>~` makes the two alphabets differ; the lengths make the padding differ.
        for identifier in ["d", "do", "doc", "??>>~~", "ÿþý"] {
            for as_array in [false, true] {
                let object = format!(r#"{{"type":"document","actions":["read"],"identifier":"{identifier}"}}"#);
                let json = if as_array { format!("[{object}]") } else { object };
                for engine in [
                    base64::engine::general_purpose::STANDARD,
                    base64::engine::general_purpose::STANDARD_NO_PAD,
                    base64::engine::general_purpose::URL_SAFE,
                    base64::engine::general_purpose::URL_SAFE_NO_PAD,
                ] {
                    let detail = read(&header_denial(&engine.encode(&json))).unwrap().unwrap();
                    assert_eq!(detail.identifier.as_deref(), Some(identifier));
                }
            }
        }
    }

    #[test]
    fn what_is_not_one_detail_is_malformed() {
        let encode = |json: &str| base64::engine::general_purpose::STANDARD.encode(json);
        for (value, reason) in [
            ("not base64!".to_owned(), Reason::NotBase64),
            ("AA-+".to_owned(), Reason::NotBase64),
            (encode("not json"), Reason::NotADetail),
            (encode("{}"), Reason::NotADetail),
            (encode(r#"{"type":5}"#), Reason::NotADetail),
            (encode(r#"{"type":"a","type":"b"}"#), Reason::NotADetail),
            (encode(r#"{"type":"a","actions":"read"}"#), Reason::NotADetail),
            (encode(r#"{"type":"a"} trailing"#), Reason::NotADetail),
            (encode("[]"), Reason::NotOne(0)),
            (encode(r#"[{"type":"a"},{"type":"b"}]"#), Reason::NotOne(2)),
            ("A".repeat(9 * 1024), Reason::TooLong),
        ] {
            assert_eq!(read(&header_denial(&value)), Err(reason), "{value}");
        }
    }

    #[test]
    fn a_repeated_header_is_malformed() {
        let mut headers = header_denial("eyJ0eXBlIjoiYSJ9");
        headers.append(NAME, "eyJ0eXBlIjoiYSJ9".parse().unwrap());
        assert_eq!(read(&headers), Err(Reason::Repeated));
    }

    #[test]
    fn the_header_says_nothing_at_another_status() {
        let headers = header_denial("eyJ0eXBlIjoiYSJ9");
        let denial = Denial { status: StatusCode::OK, headers: &headers, body: b"" };
        assert_eq!(VendorHeader.read(&denial), Ok(None));
    }
}
