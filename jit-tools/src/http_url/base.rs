//! The part of the web below one URL.

use std::{convert::Infallible, fmt, str::FromStr};

use percent_encoding::percent_decode_str;
use url::Url;

use super::{Fault, UrlError, check, climbs, parse};
use crate::origin::Origin;

/// A URL, and all that is below it.
///
/// Another URL is below it if it has the same origin, and a path that begins with the same segments, compared decoded.
/// A base that ends in a slash is not itself below. A URL with a `..` in its path, however it is encoded, is below
/// nothing.
///
/// ```
/// use jit_tools::BaseUrl;
///
/// let base = BaseUrl::try_from("https://api.acme.com/v1")?;
/// assert!(base.holds(&"https://api.acme.com/v1/documents?page=2".parse()?));
/// assert!(!base.holds(&"https://api.acme.com/v10/documents".parse()?));
/// assert!(!base.holds(&"https://api.acme.com/v1/../admin".parse()?));
/// assert!(!base.holds(&"https://api.acme.com/v1/..%2Fadmin".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    origin: Origin,
    /// Begins with a slash.
    path: String,
}

impl BaseUrl {
    /// Returns true if `url` is this one or below it.
    pub fn holds(&self, url: &Url) -> bool {
        Origin::of(url).is_some_and(|origin| self.holds_path(&origin, url.path()))
    }

    /// Returns the origin of all that is below it.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    pub(crate) fn holds_path(&self, origin: &Origin, path: &str) -> bool {
        *origin == self.origin && is_below(path, &self.path) && !path.split('/').any(climbs)
    }

    fn of(url: &Url) -> Result<Self, UrlError> {
        if url.query().is_some() {
            return Err(Fault::BaseWithQuery.into());
        }
        let origin = Origin::of(url).ok_or(Fault::NotHttp)?;
        Ok(Self { origin, path: url.path().to_owned() })
    }
}

/// Returns true if a path is `base`, or below it. A slash that is encoded separates no segments.
fn is_below(path: &str, base: &str) -> bool {
    let (base, is_open) = base.strip_suffix('/').map_or((base, false), |base| (base, true));
    let mut segments = path.split('/');
    let mut same = base.split('/').map(|wanted| {
        segments.next().is_some_and(|segment| percent_decode_str(segment).eq(percent_decode_str(wanted)))
    });
    same.all(|is_same| is_same) && (!is_open || segments.next().is_some())
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.path)
    }
}

impl From<Origin> for BaseUrl {
    fn from(origin: Origin) -> Self {
        Self { origin, path: "/".to_owned() }
    }
}

impl FromStr for BaseUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        Self::of(&parse(text)?)
    }
}

impl TryFrom<&str> for BaseUrl {
    type Error = UrlError;

    fn try_from(text: &str) -> Result<Self, UrlError> {
        text.parse()
    }
}

impl TryFrom<&String> for BaseUrl {
    type Error = UrlError;

    fn try_from(text: &String) -> Result<Self, UrlError> {
        text.parse()
    }
}

impl TryFrom<String> for BaseUrl {
    type Error = UrlError;

    fn try_from(text: String) -> Result<Self, UrlError> {
        text.parse()
    }
}

impl TryFrom<&Url> for BaseUrl {
    type Error = UrlError;

    fn try_from(url: &Url) -> Result<Self, UrlError> {
        check(url)?;
        Self::of(url)
    }
}

impl TryFrom<Url> for BaseUrl {
    type Error = UrlError;

    fn try_from(url: Url) -> Result<Self, UrlError> {
        (&url).try_into()
    }
}

impl From<Infallible> for UrlError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}
