//! What an API says is missing.
//!
//! A challenge is untrusted input: it comes from the network, and it chooses what privilege is asked for. Here it is
//! only read, within bounds; whether it may be followed is decided in [`escalation`](crate::escalation).
//!
//! Each form has a decoder in a file of its own. To add one, write the file and name it in `FORMS`.

mod vendor_body;
mod vendor_header;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::Value;

use crate::{authorization_details::AuthorizationDetail, origin::Origin};

/// The longest header that is decoded, in bytes.
const MAX_HEADER: usize = 8 * 1024;
/// The longest body that is looked into, in bytes.
pub(crate) const MAX_BODY: usize = 64 * 1024;
/// How deep the JSON of a detail may be nested.
const MAX_DEPTH: usize = 16;

/// Every form that is understood, in the order in which they are tried.
const FORMS: [&dyn ChallengeForm; 2] = [&vendor_header::VendorHeader, &vendor_body::VendorBody];

/// The permission that an API says is missing, and the API that said so.
#[derive(Clone, Debug, PartialEq)]
pub struct Challenge {
    detail: AuthorizationDetail,
    origin: Origin,
}

impl Challenge {
    /// Reads the challenge in an answer from `origin`. `None` when it holds none.
    ///
    /// # Errors
    /// When there is one that cannot be followed: too large, nested too deep, not what its form says, or more than
    /// one permission. The answer is then an ordinary one.
    pub fn read(origin: &Origin, denial: &Denial<'_>) -> Result<Option<Self>, MalformedChallenge> {
        for form in FORMS {
            let malformed = |reason| MalformedChallenge { form: form.name(), reason };
            if let Some(detail) = form.read(denial).map_err(malformed)? {
                check(&detail).map_err(malformed)?;
                return Ok(Some(Self { detail, origin: origin.clone() }));
            }
        }
        Ok(None)
    }

    /// The missing permission, as the API named it.
    pub fn detail(&self) -> &AuthorizationDetail {
        &self.detail
    }

    /// The API that named it; the only place where a token for it may be used.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }
}

/// The parts of an answer in which a challenge may stand; borrowed from whichever HTTP client received it.
#[derive(Clone, Copy, Debug)]
pub struct Denial<'a> {
    /// The status of the answer.
    pub status: StatusCode,
    /// The headers of the answer.
    pub headers: &'a HeaderMap,
    /// The body of the answer; empty where it is not known.
    pub body: &'a [u8],
}

/// A challenge that cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the challenge in the {form} cannot be followed: {reason}")]
pub struct MalformedChallenge {
    form: &'static str,
    reason: Reason,
}

/// What is wrong with a challenge. Holds none of its text, which is the peer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum Reason {
    #[error("the header is repeated")]
    Repeated,
    #[error("it is longer than {MAX_HEADER} bytes")]
    TooLong,
    #[error("it is not base64")]
    NotBase64,
    #[error("it is not an authorization details object (RFC 9396), or an array of one")]
    NotADetail,
    #[error("it names {0} permissions, where one is expected")]
    NotOne(usize),
    #[error("its `type` is empty")]
    EmptyType,
    #[error("it is nested deeper than {MAX_DEPTH}")]
    TooDeep,
}

/// One way in which APIs say what is missing.
trait ChallengeForm: Sync {
    /// Where the challenge stands, for the trace event that says why one was not followed.
    fn name(&self) -> &'static str;

    /// The permission that `denial` names in this form; `None` when the form is not there.
    fn read(&self, denial: &Denial<'_>) -> Result<Option<AuthorizationDetail>, Reason>;
}

/// The one value of a header. `None` when it is absent.
fn single_header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a HeaderValue>, Reason> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) if value.len() <= MAX_HEADER => Ok(Some(value)),
        (Some(_), None) => Err(Reason::TooLong),
        (Some(_), Some(_)) => Err(Reason::Repeated),
    }
}

/// The one detail in a JSON object, or in an array of one.
fn single_detail(json: &[u8]) -> Result<AuthorizationDetail, Reason> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany {
        One(AuthorizationDetail),
        Many(Vec<AuthorizationDetail>),
    }

    match serde_json::from_slice(json).map_err(|_| Reason::NotADetail)? {
        OneOrMany::One(detail) => Ok(detail),
        OneOrMany::Many(mut details) => match (details.pop(), details.len()) {
            (Some(detail), 0) => Ok(detail),
            (Some(_), others) => Err(Reason::NotOne(others + 1)),
            (None, _) => Err(Reason::NotOne(0)),
        },
    }
}

fn check(detail: &AuthorizationDetail) -> Result<(), Reason> {
    if detail.kind.is_empty() {
        return Err(Reason::EmptyType);
    }
    // The detail itself is the first level.
    if detail.extensions.values().any(|value| deeper_than(value, MAX_DEPTH - 1)) {
        return Err(Reason::TooDeep);
    }
    Ok(())
}

/// Whether a value is nested deeper than `levels`; it stops looking there.
fn deeper_than(value: &Value, levels: usize) -> bool {
    let deeper = |value| deeper_than(value, levels - 1);
    match value {
        Value::Array(items) => levels == 0 || items.iter().any(deeper),
        Value::Object(members) => levels == 0 || members.values().any(deeper),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin() -> Origin {
        "https://api.acme.com".parse().unwrap()
    }

    pub(super) fn header_denial(value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("insufficient-authorization-details", value.parse().unwrap());
        headers
    }

    fn read(headers: &HeaderMap, body: &[u8]) -> Result<Option<Challenge>, MalformedChallenge> {
        Challenge::read(&origin(), &Denial { status: StatusCode::FORBIDDEN, headers, body })
    }

    #[test]
    fn an_answer_without_a_challenge_has_none() {
        assert_eq!(read(&HeaderMap::new(), b"<html>no</html>"), Ok(None));
        assert_eq!(read(&HeaderMap::new(), br#"{"error":"forbidden"}"#), Ok(None));
    }

    #[test]
    fn the_header_is_read_before_the_body() {
        let headers = header_denial("eyJ0eXBlIjoiYSJ9"); // {"type":"a"}
        let body = br#"{"error":"insufficient_authorization_details","authorization_details_hint":{"type":"b"}}"#;
        assert_eq!(read(&headers, body).unwrap().unwrap().detail().kind, "a");
    }

    #[test]
    fn a_malformed_challenge_is_an_error_that_repeats_none_of_it() {
        let error = read(&header_denial("%%canary%%"), b"").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the challenge in the Insufficient-Authorization-Details header cannot be followed: it is not base64"
        );
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |levels: usize| {
            let json = format!(r#"{{"type":"a","x":{}1{}}}"#, "[".repeat(levels), "]".repeat(levels));
            let body =
                format!(r#"{{"error":"insufficient_authorization_details","authorization_details_hint":{json}}}"#);
            read(&HeaderMap::new(), body.as_bytes())
        };
        assert!(nested(MAX_DEPTH - 1).unwrap().is_some());
        assert_eq!(nested(MAX_DEPTH).unwrap_err().reason, Reason::TooDeep);
        assert!(nested(10_000).is_err());
    }
}
