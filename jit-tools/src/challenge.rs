//! What an API says is missing.
//!
//! A challenge is untrusted input: it comes from the network, and it chooses what privilege is asked for. Here it is
//! only read, within bounds; whether it may be followed is decided in [`escalation`](crate::escalation).
//!
//! Each [form](Form) has a decoder in a file of its own. To add one, write the file, and name it in `forms.rs`.

mod base64;
mod body_array;
mod forms;
mod json;
mod rar_metadata_00;
mod remediation;
mod vendor_body;
mod vendor_header;
mod www_authenticate;

use std::slice;

use http::{HeaderMap, StatusCode};
use url::Url;

pub use self::forms::{ChallengeForms, Form};
use crate::{
    authorization_details::{
        AuthorizationDetail, MAX_DEPTH,
        strict::{Fault, MAX_ITEMS},
    },
    http_url::BaseUrl,
    origin::Origin,
    plain_text,
    secret::AccessToken,
};

/// The longest header that is decoded, in bytes.
const MAX_HEADER: usize = 8 * 1024;
/// The longest body that is looked into, in bytes.
pub(crate) const MAX_BODY: usize = 64 * 1024;
/// The longest text of the details in a body, in bytes. A person may have to read it.
const MAX_DETAILS: usize = 16 * 1024;
/// The longest `authorization_reference`, in bytes.
const MAX_REFERENCE: usize = 1024;

/// The permission that an API says is missing, and the API that said so.
#[derive(Clone, Debug, PartialEq)]
pub struct Challenge {
    form: Form,
    detail: AuthorizationDetail,
    /// All details, where there is more than the one.
    several: Vec<AuthorizationDetail>,
    reference: Option<String>,
    origin: Origin,
    /// The path that was called.
    path: String,
}

impl Challenge {
    /// Reads the challenge in the answer to a request for `url`, in one of these forms. `None` when it holds none, and
    /// when the URL is no web address.
    ///
    /// Only the URL's origin and path matter: a permission is for use there. [`ChallengeForms::default`] has the forms
    /// that are on by default, and takes one detail.
    ///
    /// # Errors
    /// When there is one that cannot be followed: too large, nested too deep, not what its form says, or more
    /// permissions than `forms` allows. The answer is then an ordinary one.
    pub fn read(url: &Url, denial: &Denial<'_>, forms: &ChallengeForms) -> Result<Option<Self>, MalformedChallenge> {
        let Some(origin) = Origin::of(url) else { return Ok(None) };
        for decoder in forms.decoders_at(denial.status) {
            let form = decoder.form();
            let malformed = |reason| MalformedChallenge { form, reason };
            let Some(Found { mut details, reference }) = decoder.read(denial).map_err(malformed)? else { continue };
            if details.len() > forms.most_details() {
                let reason = Reason::TooManyDetails { found: details.len(), allowed: forms.most_details() };
                return Err(malformed(reason));
            }
            let Some(detail) = details.first().cloned() else { return Err(malformed(Reason::NoDetail)) };
            if details.len() == 1 {
                details.clear();
            }
            let path = url.path().to_owned();
            return Ok(Some(Self { form, detail, several: details, reference, origin, path }));
        }
        Ok(None)
    }

    /// The missing permission, as the API named it; the first where there are [several](Self::details).
    pub fn detail(&self) -> &AuthorizationDetail {
        &self.detail
    }

    /// Every permission that is missing. There is one, unless [`ChallengeForms::max_details`] allows more.
    pub fn details(&self) -> &[AuthorizationDetail] {
        if self.several.is_empty() { slice::from_ref(&self.detail) } else { &self.several }
    }

    /// The API's name for what is missing, by which a client finds the token that it obtained for it before
    /// (`authorization_reference`, draft-ietf-oauth-rar-metadata-remediation). Opaque, and at most 1 KiB.
    pub fn reference(&self) -> Option<&str> {
        self.reference.as_deref()
    }

    /// The form in which the API said it.
    pub fn form(&self) -> Form {
        self.form
    }

    /// The API that named it; the only place where a token for it may be used.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Whether a token for this may be used where it was named: the details have no `locations`, or these
    /// [hold](hold) the address that was called.
    pub(crate) fn is_where_it_says(&self) -> bool {
        let holds = |locations: &Vec<String>| hold(locations, &self.origin, &self.path);
        self.details().iter().all(|detail| detail.locations.as_ref().is_none_or(holds))
    }

    /// The challenge, unless it repeats one of the tokens that its API was sent: what it names is shown, written down and
    /// sent to the authority, and a token is not.
    pub(crate) fn repeating_none_of<'a>(
        self,
        tokens: impl IntoIterator<Item = &'a AccessToken>,
    ) -> Result<Self, MalformedChallenge> {
        let repeats = |token: &AccessToken| {
            let repeats = |text: &str| plain_text::repeats(text, token.expose());
            self.reference.as_deref().is_some_and(repeats)
                || self.details().iter().any(|detail| detail.has_text(&mut |text| repeats(text)))
        };
        if tokens.into_iter().any(repeats) {
            return Err(MalformedChallenge { form: self.form, reason: Reason::RepeatsToken });
        }
        Ok(self)
    }

    /// Whether this is `earlier` once more: from the same API, with the same reference or the same details.
    ///
    /// An API may name what is missing anew in each answer, so that details count where references differ.
    pub(crate) fn repeats(&self, earlier: &Self) -> bool {
        let same_reference = self.reference.is_some() && self.reference == earlier.reference;
        let canonical =
            |challenge: &Self| -> Vec<_> { challenge.details().iter().map(AuthorizationDetail::canonical).collect() };
        self.origin == earlier.origin && (same_reference || canonical(self) == canonical(earlier))
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
    form: Form,
    reason: Reason,
}

impl MalformedChallenge {
    /// The form in which the API wrote it.
    pub fn form(&self) -> Form {
        self.form
    }
}

/// What is wrong with a challenge. Holds none of its text, which is the peer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum Reason {
    #[error("the header, or its parameter, is repeated")]
    Repeated,
    #[error("the header is longer than {MAX_HEADER} bytes")]
    HeaderTooLong,
    #[error("the body is longer than {MAX_BODY} bytes, so that it is not looked into")]
    BodyTooLong,
    #[error("the header is not a list of challenges (RFC 9110, section 11.6.1)")]
    NotAuthChallenges,
    #[error("the details are longer than {MAX_DETAILS} bytes")]
    DetailsTooLong,
    #[error("it is not base64")]
    NotBase64,
    #[error("it is not JSON")]
    NotJson,
    #[error("a name is repeated in an object")]
    RepeatedName,
    #[error("a number is too large to be kept exactly")]
    InexactNumber,
    #[error("an object or an array has more than {MAX_ITEMS} items")]
    TooManyItems,
    #[error("a detail is nested deeper than {MAX_DEPTH}")]
    TooDeep,
    #[error("it is not an authorization details object (RFC 9396), or an array of them, as its form says")]
    NotADetail,
    #[error("it names no permission")]
    NoDetail,
    #[error("it names {found} permissions, where {allowed} may be named")]
    TooManyDetails { found: usize, allowed: usize },
    #[error("its `type` is empty")]
    EmptyType,
    #[error("its `authorization_reference` is not a text of 1 to {MAX_REFERENCE} bytes")]
    NotAReference,
    #[error("it repeats a token that its API was sent")]
    RepeatsToken,
}

impl From<Fault> for Reason {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::NotJson => Self::NotJson,
            Fault::TooDeep => Self::TooDeep,
            Fault::RepeatedName => Self::RepeatedName,
            Fault::TooManyItems => Self::TooManyItems,
            Fault::InexactNumber => Self::InexactNumber,
        }
    }
}

/// One way in which APIs say what is missing.
trait ChallengeForm: Sync {
    /// Which one it is.
    fn form(&self) -> Form;

    /// The status of the answers in which it stands. Only these are read.
    fn status(&self) -> StatusCode {
        StatusCode::FORBIDDEN
    }

    /// Whether it stands in the body, which is read only where no header has a challenge.
    fn is_in_body(&self) -> bool {
        false
    }

    /// What `denial` names in this form; `None` when the form is not there.
    fn read(&self, denial: &Denial<'_>) -> Result<Option<Found>, Reason>;
}

/// The body, if there may be a challenge in it: a JSON object, and not longer than the bound.
fn body_to_read<'a>(denial: &Denial<'a>) -> Result<Option<&'a [u8]>, Reason> {
    match denial.body {
        body if body.len() <= MAX_BODY => Ok(Some(body)),
        body if body.trim_ascii_start().starts_with(b"{") => Err(Reason::BodyTooLong),
        _ => Ok(None),
    }
}

/// What a decoder found. How many details may be named is not its matter.
#[derive(Debug, PartialEq)]
struct Found {
    details: Vec<AuthorizationDetail>,
    reference: Option<String>,
}

impl Found {
    fn details(details: Vec<AuthorizationDetail>) -> Self {
        Self { details, reference: None }
    }
}

/// Returns true if these `locations` (RFC 9396, section 2.2) hold an address: all of them are of its origin, and the
/// address is one of them or below one, segment by segment and decoded.
///
/// A location with a query, a fragment or a user could mean anything, and so could one that a parser would change: it
/// holds nothing.
pub(crate) fn hold(locations: &[String], origin: &Origin, path: &str) -> bool {
    let bases =
        locations.iter().map(|location| BaseUrl::try_from(location).ok().filter(|base| base.origin() == origin));
    // One elsewhere would make the token worth something there too, and this API does not speak for that one.
    let bases: Option<Vec<_>> = bases.collect();
    bases.is_some_and(|bases| bases.iter().any(|base| base.holds_path(origin, path)))
}

/// Reads a `WWW-Authenticate` header, and what was read once more after writing it again: for the fuzz package.
#[cfg(fuzzing)]
#[doc(hidden)]
pub fn fuzz_www_authenticate(value: &[u8]) {
    www_authenticate::round_trip(value);
}

#[cfg(test)]
mod tests;
