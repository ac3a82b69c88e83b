//! Whom a token is for (RFC 8707), and what its scope lets an agent do at this authority (RFC 6749, section 3.3).

use url::Url;

use super::{answer::OAuthError, input::Form, shared::Shared};

/// Lets a token create, use and end tasks. Every agent may have it. A token that was asked for with a `scope` that leaves
/// it out may do none of that.
pub(super) const REQUEST_SCOPE: &str = "jit:request";
/// What a reviewer may do. No agent ever gets it.
pub(super) const REVIEWER_SCOPE: &str = "jit:approve";
/// The longest `resource` and `audience` that are accepted, in bytes.
pub(super) const MAX_AUDIENCE: usize = 512;

/// The audience that a call to the token endpoint asks for: its `resource` (RFC 8707, section 2) or its `audience`
/// (RFC 8693, section 2.1). `None` means this authority.
pub(super) fn requested(shared: &Shared, form: &Form) -> Result<Option<String>, OAuthError> {
    let invalid = |description| OAuthError::new("invalid_target", description);
    let audience = match (form.get("resource"), form.get("audience")) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => return Err(invalid("a token is for one audience: send `resource` or `audience`")),
        (Some(resource), None) if is_resource(resource) => resource,
        (Some(_), None) => return Err(invalid("the resource is no absolute URI, has a fragment, or is too long")),
        (None, Some(audience)) if audience.len() <= MAX_AUDIENCE => audience,
        (None, Some(_)) => return Err(invalid("the audience is too long")),
    };
    Ok(Some(audience.to_owned()).filter(|audience| !is_this_authority(shared, audience)))
}

fn is_resource(text: &str) -> bool {
    text.len() <= MAX_AUDIENCE && Url::parse(text).is_ok_and(|url| url.fragment().is_none())
}

fn is_this_authority(shared: &Shared, audience: &str) -> bool {
    let url = |text: &str| Url::parse(text).ok();
    audience == shared.url || url(audience).is_some_and(|audience| url(&shared.url) == Some(audience))
}
