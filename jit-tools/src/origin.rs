//! Web origins (RFC 6454): scheme, host and port.

use std::{fmt, net::IpAddr, str::FromStr};

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// A web origin (RFC 6454, section 4): scheme, host and port, of an `http` or `https` URL.
///
/// A token belongs to one origin; two URLs share a token only where their origins are equal.
///
/// ```
/// use jit_tools::Origin;
///
/// let origin: Origin = "https://API.acme.com:443/v1/documents".parse()?;
/// assert_eq!(origin.to_string(), "https://api.acme.com");
/// assert!(origin.is_secure());
/// assert!(!"http://api.acme.com".parse::<Origin>()?.is_secure());
/// # Ok::<(), jit_tools::OriginError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Origin {
    scheme: Scheme,
    host: Host,
    port: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Scheme {
    Http,
    Https,
}

/// A text that names no origin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` names no web origin: write an http or https URL such as https://api.acme.com")]
pub struct OriginError {
    text: String,
}

impl Origin {
    /// The origin of a URL. `None` when its scheme is neither `http` nor `https`.
    pub fn of(url: &Url) -> Option<Self> {
        let scheme = match url.scheme() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return None,
        };
        Some(Self { scheme, host: url.host()?.to_owned(), port: url.port_or_known_default()? })
    }

    /// Whether a token may be sent there at all: over TLS, or to this very machine.
    pub fn is_secure(&self) -> bool {
        self.scheme == Scheme::Https || self.is_loopback()
    }

    /// The address that the host is, where it is one and not a name.
    pub(crate) fn address(&self) -> Option<IpAddr> {
        match self.host {
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some(address.into()),
            Host::Ipv6(address) => Some(address.into()),
        }
    }

    /// Returns true if the host is this machine: a loopback address, the name `localhost`, or one below it (RFC 6761,
    /// section 6.3).
    pub fn is_loopback(&self) -> bool {
        match &self.host {
            Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, default_port) = match self.scheme {
            Scheme::Http => ("http", 80),
            Scheme::Https => ("https", 443),
        };
        write!(f, "{scheme}://{}", self.host)?;
        if self.port == default_port { Ok(()) } else { write!(f, ":{}", self.port) }
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Url::parse(text).ok().as_ref().and_then(Self::of).ok_or_else(|| OriginError { text: text.to_owned() })
    }
}

impl TryFrom<&str> for Origin {
    type Error = OriginError;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl TryFrom<&String> for Origin {
    type Error = OriginError;

    fn try_from(text: &String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl TryFrom<String> for Origin {
    type Error = OriginError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        origin.to_string()
    }
}

impl TryFrom<&Url> for Origin {
    type Error = OriginError;

    fn try_from(url: &Url) -> Result<Self, Self::Error> {
        Self::of(url).ok_or_else(|| OriginError { text: url.to_string() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_differ_in_scheme_host_and_port_and_in_nothing_else() {
        let origin = |text: &str| text.parse::<Origin>().unwrap();
        assert_eq!(origin("https://a.example/x?y#z"), origin("https://user:pw@A.EXAMPLE:443"));
        assert_ne!(origin("https://a.example"), origin("http://a.example"));
        assert_ne!(origin("https://a.example"), origin("https://b.example"));
        assert_ne!(origin("https://a.example"), origin("https://a.example:8443"));
        assert_ne!(origin("https://a.example"), origin("https://a.example.evil.example"));
    }

    #[test]
    fn only_tls_and_this_machine_are_secure() {
        for (text, secure) in [
            ("https://api.acme.com", true),
            ("http://api.acme.com", false),
            ("http://127.0.0.1:8080", true),
            ("http://127.8.9.1", true),
            ("http://[::1]:9", true),
            ("http://localhost:3000", true),
            ("http://page-1.LOCALHOST:3000", true),
            ("http://localhost.evil.example", false),
            ("http://evil-localhost", false),
            ("http://10.0.0.1", false),
            ("http://0x7f.1", true),
        ] {
            assert_eq!(text.parse::<Origin>().unwrap().is_secure(), secure, "{text}");
        }
    }

    #[test]
    fn a_text_without_an_origin_is_refused() {
        for text in ["", "api.acme.com", "ftp://a.example", "data:text/plain,x", "https://"] {
            assert!(text.parse::<Origin>().is_err(), "{text}");
        }
    }
}
