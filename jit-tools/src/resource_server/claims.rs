//! What a JIT token must say.

use jsonwebtoken::{Algorithm, Validation};
use serde::Deserialize;
use url::Url;

use super::{keys::Key, rejection::Reason};
use crate::authorization_details::AuthorizationDetail;

/// The claims of a JIT token (RFC 7519, section 4.1; RFC 9396, section 9.1; the vendor's members).
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    pub(super) iss: String,
    pub(super) sub: String,
    pub(super) agent_id: String,
    pub(super) task_id: String,
    #[serde(default)]
    pub(super) parent_task_id: Option<String>,
    jit: bool,
    /// Seconds since 1970, possibly with a fraction.
    pub(super) exp: f64,
    #[serde(default)]
    nbf: Option<f64>,
    pub(super) jti: String,
    /// Without one, it is not known whom the token is for, and that is nobody.
    #[serde(default)]
    aud: Option<Audience>,
    pub(super) authorization_details: Vec<AuthorizationDetail>,
}

/// One audience or several (RFC 7519, section 4.1.3).
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    fn admits(&self, is_me: impl Fn(&str) -> bool) -> bool {
        match self {
            Self::One(audience) => is_me(audience),
            Self::Several(audiences) => audiences.iter().any(|audience| is_me(audience)),
        }
    }
}

/// What a token is held against.
#[derive(Debug)]
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) audience: &'a str,
    pub(super) need: &'a AuthorizationDetail,
    /// Seconds since 1970.
    pub(super) now: f64,
}

/// The algorithm and the key id that a token names, before anything of it is believed.
pub(super) fn header(token: &str) -> Result<(Algorithm, Option<String>), Reason> {
    // `alg: none` is no algorithm that the crate knows, so it ends here.
    let header = jsonwebtoken::decode_header(token).map_err(|_| Reason::Invalid)?;
    // RFC 7515, section 4.1.11: whoever does not understand a critical extension must not accept the token.
    if header.crit.is_some() {
        return Err(Reason::Invalid);
    }
    Ok((header.alg, header.kid))
}

/// Checks the signature with the one algorithm that the key is for.
pub(super) fn verify(token: &str, key: &Key) -> Result<Claims, Reason> {
    let mut validation = Validation::new(key.algorithm);
    // The crate would read the machine's clock, and allow a leeway; `check` uses the injected one, and allows none.
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    jsonwebtoken::decode(token, &key.public, &validation).map(|data| data.claims).map_err(|_| Reason::Invalid)
}

/// Checks what a token says whose signature is right.
pub(super) fn check(claims: &Claims, expected: &Expected<'_>) -> Result<(), Reason> {
    if claims.iss != expected.issuer || !claims.jit {
        return Err(Reason::Invalid);
    }
    // RFC 7519, section 4.1.4: on `exp` the token is already over. Written so that no odd number passes.
    if !(expected.now < claims.exp && claims.nbf.is_none_or(|nbf| nbf <= expected.now)) {
        return Err(Reason::Ended);
    }
    // The audience of a JIT token is the locations that it was asked for, so a need that names one says who we are.
    let locations = expected.need.locations.as_deref().unwrap_or_default();
    let is_me =
        |audience: &str| is_same(expected.audience, audience) || locations.iter().any(|it| is_same(it, audience));
    if !claims.aud.as_ref().is_some_and(|audience| audience.admits(is_me))
        || !covers(&claims.authorization_details, expected.need)
    {
        return Err(Reason::Insufficient);
    }
    Ok(())
}

/// Whether two texts identify the same API: as URLs, so that `https://api.acme.com` is `https://api.acme.com/` (RFC 3986,
/// section 6.2.3), else byte for byte.
fn is_same(one: &str, other: &str) -> bool {
    one == other || Url::parse(one).is_ok_and(|one| Url::parse(other) == Ok(one))
}

/// Whether one of the granted details covers what is needed. Two of them together never do: see
/// [`AuthorizationDetail::covers`].
pub(super) fn covers(granted: &[AuthorizationDetail], need: &AuthorizationDetail) -> bool {
    granted.iter().any(|granted| granted.covers(need))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn outcome(change: impl FnOnce(&mut serde_json::Value), now: f64) -> Result<(), Reason> {
        let mut claims = json!({
            "iss": "https://a.example", "sub": "agent:a:task:t", "agent_id": "a", "task_id": "t", "jit": true,
            "exp": 100, "jti": "j", "aud": "https://api.example",
            "authorization_details": [{ "type": "document", "actions": ["read"] }],
        });
        change(&mut claims);
        let claims: Claims = serde_json::from_value(claims).map_err(|_| Reason::Invalid)?;
        let need = AuthorizationDetail::new("document").actions(["read"]);
        check(&claims, &Expected { issuer: "https://a.example", audience: "https://api.example", need: &need, now })
    }

    #[test]
    fn a_token_is_over_on_its_last_second_and_not_before() {
        assert_eq!(outcome(|_| (), 99.9), Ok(()));
        assert_eq!(outcome(|_| (), 100.0), Err(Reason::Ended));
        assert_eq!(outcome(|claims| claims["nbf"] = json!(51), 50.0), Err(Reason::Ended));
        assert_eq!(outcome(|claims| claims["nbf"] = json!(50), 50.0), Ok(()));
    }

    #[test]
    fn every_claim_is_needed_and_checked() {
        for (name, value, expected) in [
            ("iss", json!("https://b.example"), Err(Reason::Invalid)),
            ("iss", json!(null), Err(Reason::Invalid)),
            ("jit", json!(false), Err(Reason::Invalid)),
            ("jit", json!("true"), Err(Reason::Invalid)),
            ("exp", json!(null), Err(Reason::Invalid)),
            ("exp", json!("100"), Err(Reason::Invalid)),
            ("jti", json!(null), Err(Reason::Invalid)),
            ("task_id", json!(null), Err(Reason::Invalid)),
            ("authorization_details", json!([]), Err(Reason::Insufficient)),
            ("authorization_details", json!({ "type": "document", "actions": ["read"] }), Err(Reason::Invalid)),
            ("aud", json!("https://api.example"), Ok(())),
            ("aud", json!(["https://other.example", "https://api.example"]), Ok(())),
            ("aud", json!("https://other.example"), Err(Reason::Insufficient)),
            ("aud", json!("https://API.example:443/"), Ok(())),
            ("aud", json!("https://api.example/v1"), Err(Reason::Insufficient)),
            ("aud", json!("http://api.example"), Err(Reason::Insufficient)),
            ("aud", json!([]), Err(Reason::Insufficient)),
            ("aud", json!(null), Err(Reason::Insufficient)),
            ("aud", json!(1), Err(Reason::Invalid)),
        ] {
            assert_eq!(outcome(|claims| claims[name] = value.clone(), 0.0), expected, "{name} {value}");
        }
    }
}
