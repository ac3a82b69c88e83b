//! The authority's public keys (RFC 7517): fetched once for everybody who waits, kept for a while, and fetched again
//! for an unknown key, though not at the pace at which strangers invent key ids.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Shared},
};
use jsonwebtoken::{
    Algorithm::{self, ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512},
    DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse},
};
use serde_json::Value;

use super::authority::{Authority, Unavailable};
use crate::clock::SharedClock;

/// A key that the authority withdrew is forgotten after this time.
const KEPT_FOR: Duration = Duration::from_secs(3600);
/// An unknown key id leads to a new fetch at most this often.
const REFETCHED_AFTER: Duration = Duration::from_secs(30);
/// A fetch that failed is repeated at most this often.
const RETRIED_AFTER: Duration = Duration::from_secs(1);
const MOST_KEYS: usize = 64;

/// A key, and the one algorithm that it is for.
#[derive(Clone, Debug)]
pub(super) struct Key {
    id: Option<String>,
    pub(super) algorithm: Algorithm,
    pub(super) public: DecodingKey,
}

type Fetched = Result<Arc<Vec<Key>>, Unavailable>;
type Flight = Shared<BoxFuture<'static, Fetched>>;

/// The keys as they were last seen.
pub(super) struct Keys {
    authority: Arc<Authority>,
    clock: SharedClock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The last keys that came, and when.
    seen: Option<(Instant, Arc<Vec<Key>>)>,
    /// When the last fetch failed, if it did.
    failed: Option<Instant>,
    flight: Option<Flight>,
}

enum Next {
    Done(Result<Option<Key>, Unavailable>),
    Wait(Flight),
}

impl Keys {
    pub(super) fn new(authority: Arc<Authority>, clock: SharedClock) -> Self {
        Self { authority, clock, state: Mutex::default() }
    }

    /// The key of this id; a token without one is for an authority with a single key. `None`: there is no such key.
    pub(super) async fn find(&self, id: Option<&str>) -> Result<Option<Key>, Unavailable> {
        let flight = match self.look_up(id) {
            Next::Done(result) => return result,
            Next::Wait(flight) => flight,
        };
        let fetched = flight.clone().await;
        self.land(&flight, &fetched);
        fetched.map(|keys| pick(&keys, id))
    }

    fn look_up(&self, id: Option<&str>) -> Next {
        let now = self.clock.now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let age = |at: &Instant| now.saturating_duration_since(*at);
        if let Some((at, keys)) = &state.seen {
            match pick(keys, id) {
                Some(key) if age(at) < KEPT_FOR => return Next::Done(Ok(Some(key))),
                None if age(at) < REFETCHED_AFTER => return Next::Done(Ok(None)),
                Some(_) | None => {}
            }
        }
        if state.failed.as_ref().is_some_and(|at| age(at) < RETRIED_AFTER) {
            return Next::Done(Err(Unavailable));
        }
        let flight = state.flight.get_or_insert_with(|| {
            let authority = Arc::clone(&self.authority);
            async move { authority.keys().await.map(|keys| Arc::new(understood(keys))) }.boxed().shared()
        });
        Next::Wait(flight.clone())
    }

    /// Keeps what a flight brought. Only the first of those who waited for it does.
    fn land(&self, flight: &Flight, fetched: &Fetched) {
        let now = self.clock.now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.flight.as_ref().is_some_and(|current| current.ptr_eq(flight)) {
            state.flight = None;
            match fetched {
                Ok(keys) => {
                    state.seen = Some((now, Arc::clone(keys)));
                    state.failed = None;
                }
                // The keys that are known stay known: an invented key id must not be able to cost them.
                Err(Unavailable) => state.failed = Some(now),
            }
        }
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("authority", &self.authority).finish_non_exhaustive()
    }
}

fn pick(keys: &[Key], id: Option<&str>) -> Option<Key> {
    match (id, keys) {
        (Some(id), _) => keys.iter().find(|key| key.id.as_deref() == Some(id)).cloned(),
        (None, [only]) => Some(only.clone()),
        (None, _) => None,
    }
}

fn understood(keys: Vec<Value>) -> Vec<Key> {
    keys.into_iter().take(MOST_KEYS).filter_map(|key| understand(serde_json::from_value(key).ok()?)).collect()
}

/// A key for signatures with a public half. A symmetric key in a public place is no key.
fn understand(jwk: Jwk) -> Option<Key> {
    if jwk.common.public_key_use.as_ref().is_some_and(|purpose| *purpose != PublicKeyUse::Signature) {
        return None;
    }
    let stated = match jwk.common.key_algorithm {
        Some(stated) => Some(Algorithm::try_from(stated).ok()?),
        None => None,
    };
    let suitable: &[Algorithm] = match &jwk.algorithm {
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => &[ES256],
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P384 => &[ES384],
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => &[EdDSA],
        AlgorithmParameters::RSA(_) => &[RS256, RS384, RS512, PS256, PS384, PS512],
        _ => return None,
    };
    let algorithm = match stated {
        Some(stated) => *suitable.iter().find(|algorithm| **algorithm == stated)?,
        None => *suitable.first()?,
    };
    let public = DecodingKey::from_jwk(&jwk).ok()?;
    Some(Key { id: jwk.common.key_id, algorithm, public })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_public_keys_for_signatures_are_understood() {
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        let keys = understood(vec![
            json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": "good" }),
            json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": "stated", "alg": "EdDSA", "use": "sig" }),
            json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": "for encryption", "use": "enc" }),
            json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": "of another algorithm", "alg": "ES256" }),
            json!({ "kty": "oct", "k": "c2VjcmV0", "kid": "symmetric", "alg": "HS256" }),
            json!({ "kty": "EC", "crv": "P-256", "x": "", "kid": "half" }),
            json!("no key at all"),
        ]);
        let ids: Vec<_> = keys.iter().map(|key| key.id.as_deref().unwrap()).collect();
        assert_eq!(ids, ["good", "stated"]);
    }
}
