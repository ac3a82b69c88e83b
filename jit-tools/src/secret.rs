//! Tokens and credentials that never print themselves.

use std::fmt;

use bytes::Bytes;
use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString, zeroize::Zeroizing};

/// An OAuth access token (RFC 6749, section 1.4): the agent's own, or a short-lived JIT token.
///
/// The value is zeroized when it is dropped, and `Debug` prints `[redacted]`. There is no `Display`.
///
/// ```
/// use jit_tools::AccessToken;
///
/// let token = AccessToken::new("eyJhbGciOi…");
/// assert_eq!(format!("{token:?}"), "AccessToken([redacted])");
/// assert_eq!(token.expose(), "eyJhbGciOi…");
/// ```
#[derive(Clone)]
pub struct AccessToken(SecretString);

impl AccessToken {
    /// Takes a token as the authorization server sent it.
    pub fn new(token: impl Into<String>) -> Self {
        Self(SecretString::from(token.into()))
    }

    /// The token itself, for a client of your own. What you do with it no longer keeps it secret.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// `Bearer <token>` (RFC 6750, section 2.1), marked sensitive so that HTTP libraries do not log it.
    ///
    /// Zeroized like the token, once its last clone is dropped; not so what an HTTP client makes of it.
    ///
    /// `None` when the token holds a byte that cannot stand in a header.
    pub fn bearer(&self) -> Option<HeaderValue> {
        const SCHEME: &str = "Bearer ";
        // Long enough from the start, so that no copy is left behind when it grows.
        let mut text = Zeroizing::new(String::with_capacity(SCHEME.len() + self.expose().len()));
        text.push_str(SCHEME);
        text.push_str(self.expose());
        let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(text)).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_value_of_a_token_is_sensitive() {
        let value = AccessToken::new("canary").bearer().unwrap();
        assert!(value.is_sensitive());
        assert_eq!(value, "Bearer canary");
        assert!(!format!("{value:?}").contains("canary"));
    }

    #[test]
    fn a_token_that_would_split_a_header_has_no_header_value() {
        assert!(AccessToken::new("a\r\nHost: evil").bearer().is_none());
    }
}
