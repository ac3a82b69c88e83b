//! The signing key, and the JWTs it signs (RFC 7515, RFC 7517, RFC 7519).

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation,
    jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{authorization_details::AuthorizationDetail, secret::AccessToken};

const ALGORITHM: Algorithm = Algorithm::ES256;

/// What an access token says (RFC 9068, section 2.2, and the vendor's members).
#[derive(Clone, Debug, Serialize)]
pub(super) struct Claims {
    pub(super) iss: String,
    pub(super) sub: String,
    pub(super) client_id: String,
    pub(super) agent_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) task_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) parent_task_id: Option<String>,
    pub(super) jit: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) scope: Option<String>,
    pub(super) iat: u64,
    pub(super) exp: u64,
    pub(super) jti: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) aud: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) act: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) authorization_details: Option<Vec<AuthorizationDetail>>,
}

/// Who acts, and through whom (RFC 8693, section 4.1): the present actor is outermost.
pub(super) fn act(actors: &[String]) -> Option<Value> {
    actors.iter().rev().fold(None, |before, actor| {
        let mut act = json!({ "sub": format!("agent:{actor}") });
        if let (Some(members), Some(before)) = (act.as_object_mut(), before) {
            members.insert("act".to_owned(), before);
        }
        Some(act)
    })
}

/// A key pair. Without a store it lives as long as the process: a token of an earlier start is not valid in a later one.
pub(super) struct Keys {
    encoding: EncodingKey,
    decoding: DecodingKey,
    kid: String,
    jwks: JwkSet,
}

/// The key could not be made.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct KeyError(String);

impl Keys {
    /// A new key pair, in the form in which it is kept (PKCS #8).
    pub(super) fn generate() -> Result<Vec<u8>, KeyError> {
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
            .map(|document| document.as_ref().to_vec())
            .map_err(|_| KeyError("the random number generator failed".to_owned()))
    }

    pub(super) fn of(document: &[u8]) -> Result<Self, KeyError> {
        // jsonwebtoken panics when another package of the build has switched on its second backend as well and nobody
        // chose; a choice that the process made before stands.
        let _ = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();

        let encoding = EncodingKey::from_ec_der(document);
        let unusable = |error: jsonwebtoken::errors::Error| KeyError(error.to_string());

        let mut jwk = Jwk::from_encoding_key(&encoding, ALGORITHM).map_err(unusable)?;
        let kid = jwk.thumbprint(ThumbprintHash::SHA256).map_err(unusable)?;
        jwk.common.key_id = Some(kid.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        let decoding = DecodingKey::from_jwk(&jwk).map_err(unusable)?;
        Ok(Self { encoding, decoding, kid, jwks: JwkSet { keys: vec![jwk] } })
    }

    /// The public half, as `/.well-known/jwks.json` shows it (RFC 7517, section 5).
    pub(super) fn jwks(&self) -> &JwkSet {
        &self.jwks
    }

    /// Signs a token. `None` when the backend refuses, which a fresh key gives it no reason to.
    pub(super) fn sign(&self, claims: &Claims) -> Option<AccessToken> {
        let mut header = Header::new(ALGORITHM);
        header.kid = Some(self.kid.clone());
        jsonwebtoken::encode(&header, claims, &self.encoding).ok().map(AccessToken::new)
    }

    /// The `jti` of a token that this key signed. Whether the token is still alive is for the store to say.
    pub(super) fn identify(&self, token: &str) -> Option<String> {
        #[derive(Deserialize)]
        struct Identity {
            jti: String,
        }

        let mut validation = Validation::new(ALGORITHM);
        // The crate would read the machine's clock; the store compares with the injected one.
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        jsonwebtoken::decode::<Identity>(token, &self.decoding, &validation).ok().map(|data| data.claims.jti)
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("kid", &self.kid).finish_non_exhaustive()
    }
}
