//! The forms that there are, and which of them are read.

use std::fmt;

use http::StatusCode;

use super::{
    ChallengeForm, body_array::BodyArray, rar_metadata_00::RarMetadata00, remediation::Remediation,
    vendor_body::VendorBody, vendor_header::VendorHeader,
};

/// Every form that is understood, in the order in which they are tried: headers first, since a body may never end.
const DECODERS: [&dyn ChallengeForm; 5] = [&VendorHeader, &RarMetadata00, &Remediation, &VendorBody, &BodyArray];

/// The most details that one challenge may be configured to name.
const MOST_DETAILS: usize = 8;

/// A form in which APIs say what is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Form {
    /// LumoAuth's: 403, with `Insufficient-Authorization-Details`, base64 of a JSON object or an array.
    VendorHeader,
    /// LumoAuth's: 403, with the JSON body `{"error": "insufficient_authorization_details",
    /// "authorization_details_hint": {…}}`.
    VendorBody,
    /// draft-zehavi-oauth-rar-metadata-00: 403, with `WWW-Authenticate: Bearer authorization_details=`, base64url of a
    /// JSON object or an array.
    RarMetadata00,
    /// draft-zehavi-oauth-rar-metadata-01 to -04: 403, with the JSON body `{"authorization_details": [{…}]}`.
    BodyArray,
    /// draft-zehavi-oauth-rar-metadata-05 and -06, now draft-ietf-oauth-rar-metadata-remediation: 401, with
    /// `WWW-Authenticate: Bearer error="insufficient_authorization", authorization_remediation=`, base64url of
    /// `{"authorization_details": [{…}], "authorization_reference": "…"}`.
    Remediation,
}

impl Form {
    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::VendorHeader => "Insufficient-Authorization-Details header",
            Self::VendorBody => "body's authorization_details_hint",
            Self::RarMetadata00 => "WWW-Authenticate header's authorization_details",
            Self::BodyArray => "body's authorization_details",
            Self::Remediation => "WWW-Authenticate header's authorization_remediation",
        })
    }
}

/// Which forms are read, and how many permissions a challenge may name.
///
/// By default the four forms that stand in a 403 are, and one permission.
///
/// ```
/// use jit_tools::challenge::{ChallengeForms, Form};
///
/// let forms = ChallengeForms::default().with(Form::Remediation).without(Form::BodyArray);
/// assert!(forms.has(Form::VendorHeader) && forms.has(Form::Remediation) && !forms.has(Form::BodyArray));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChallengeForms {
    on: u8,
    most_details: usize,
}

impl Default for ChallengeForms {
    fn default() -> Self {
        Self::none().with(Form::VendorHeader).with(Form::VendorBody).with(Form::RarMetadata00).with(Form::BodyArray)
    }
}

impl ChallengeForms {
    /// No form: every answer is an ordinary one.
    pub fn none() -> Self {
        Self { on: 0, most_details: 1 }
    }

    /// Every form that is understood.
    pub fn all() -> Self {
        Self::default().with(Form::Remediation)
    }

    /// Reads `form` as well.
    pub fn with(self, form: Form) -> Self {
        Self { on: self.on | form.bit(), ..self }
    }

    /// Does not read `form`.
    pub fn without(self, form: Form) -> Self {
        Self { on: self.on & !form.bit(), ..self }
    }

    /// Whether `form` is read.
    pub fn has(&self, form: Form) -> bool {
        self.on & form.bit() != 0
    }

    /// Lets one challenge name up to so many permissions, from 1 to 8; beyond these, the nearest holds.
    pub fn max_details(self, most: usize) -> Self {
        Self { most_details: most.clamp(1, MOST_DETAILS), ..self }
    }

    /// How many permissions one challenge may name.
    pub fn most_details(&self) -> usize {
        self.most_details
    }

    /// Whether an answer of this status may hold a challenge at all.
    pub fn may_stand_at(&self, status: StatusCode) -> bool {
        self.decoders_at(status).next().is_some()
    }

    /// Whether it may stand in the body of such an answer.
    pub(crate) fn may_stand_in_a_body_at(&self, status: StatusCode) -> bool {
        self.decoders_at(status).any(ChallengeForm::is_in_body)
    }

    pub(super) fn decoders_at(self, status: StatusCode) -> impl Iterator<Item = &'static dyn ChallengeForm> {
        DECODERS.into_iter().filter(move |decoder| decoder.status() == status && self.has(decoder.form()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_has_one_decoder() {
        let forms = [Form::VendorHeader, Form::RarMetadata00, Form::Remediation, Form::VendorBody, Form::BodyArray];
        assert_eq!(DECODERS.map(ChallengeForm::form), forms);
        // Headers come first.
        assert_eq!(DECODERS.map(ChallengeForm::is_in_body), [false, false, false, true, true]);
    }

    #[test]
    fn a_form_that_is_turned_on_twice_is_on_and_off_twice_is_off() {
        let twice = ChallengeForms::none().with(Form::Remediation).with(Form::Remediation);
        assert!(twice.has(Form::Remediation) && !twice.has(Form::VendorBody));
        let off = ChallengeForms::all().without(Form::Remediation).without(Form::Remediation);
        assert!(!off.has(Form::Remediation) && off.has(Form::VendorBody));
    }

    #[test]
    fn the_forms_of_a_403_are_on_by_default_and_the_401_is_not() {
        let forms = ChallengeForms::default();
        assert!(forms.may_stand_at(StatusCode::FORBIDDEN));
        assert!(!forms.may_stand_at(StatusCode::UNAUTHORIZED));
        assert!(ChallengeForms::all().may_stand_at(StatusCode::UNAUTHORIZED));
        assert!(!ChallengeForms::none().may_stand_at(StatusCode::FORBIDDEN));
        assert!(forms.may_stand_in_a_body_at(StatusCode::FORBIDDEN));
        assert!(!ChallengeForms::all().may_stand_in_a_body_at(StatusCode::UNAUTHORIZED), "that form is a header");
        for status in [StatusCode::OK, StatusCode::FOUND, StatusCode::NOT_FOUND, StatusCode::INTERNAL_SERVER_ERROR] {
            assert!(!ChallengeForms::all().may_stand_at(status));
        }
    }

    #[test]
    fn the_number_of_details_stays_within_bounds() {
        for (asked, holds) in [(0, 1), (1, 1), (8, 8), (9, 8), (usize::MAX, 8)] {
            assert_eq!(ChallengeForms::default().max_details(asked).most_details(), holds);
        }
        assert_eq!(ChallengeForms::all().most_details(), 1);
    }
}
