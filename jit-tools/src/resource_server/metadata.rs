//! What an API says about itself (RFC 9728): where a client that knows nothing but the API's URL finds the authority.

use bytes::Bytes;
use http::{HeaderValue, Method, Response, header, request::Parts};
use serde_json::{Value, json};
use url::Url;

use super::need::sent_uri;
use crate::origin::Origin;

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The metadata of an API. [`JitLayer::metadata`](super::JitLayer::metadata) and
/// [`JitRouter::with_metadata`](super::JitRouter::with_metadata) serve it, and name its URL in every challenge (RFC 9728,
/// section 5.1).
#[derive(Clone, Debug)]
pub struct ResourceMetadata {
    resource: Url,
    name: Option<String>,
    types: Vec<String>,
}

/// A URL that cannot be an API's identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` cannot identify an API: an https URL, or one of this machine, without query and fragment can")]
pub struct ResourceUrlError(String);

impl ResourceMetadata {
    /// The metadata of the API at this URL, such as `https://api.acme.com/v1`: its resource identifier (RFC 9728,
    /// section 1.2).
    pub fn new(resource: &str) -> Result<Self, ResourceUrlError> {
        let fault = || ResourceUrlError(resource.chars().take(128).collect());
        let url = Url::parse(resource).map_err(|_| fault())?;
        let is_bare =
            url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
        if !is_bare || !Origin::of(&url).is_some_and(|origin| origin.is_secure()) {
            return Err(fault());
        }
        Ok(Self { resource: url, name: None, types: Vec::new() })
    }

    /// What people call the API.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Adds a type of authorization details (RFC 9396) that the API understands, such as `document`.
    pub fn details_type(mut self, kind: impl Into<String>) -> Self {
        self.types.push(kind.into());
        self
    }

    /// Where the metadata is: the well-known path goes before that of the API (RFC 9728, section 3.1).
    pub fn url(&self) -> String {
        let mut url = self.resource.clone();
        url.set_path(&self.path());
        url.into()
    }

    /// Where the metadata is, without the origin.
    pub(super) fn path(&self) -> String {
        format!("{WELL_KNOWN}{}", self.resource.path().trim_end_matches('/'))
    }

    /// Returns true if this request asks for it.
    pub(super) fn is_asked_for(&self, parts: &Parts) -> bool {
        parts.method == Method::GET && sent_uri(parts).path() == self.path()
    }

    /// The identifier as the owner of the API wrote it: `Url` gives a slash to an origin without a path.
    fn identifier(&self) -> &str {
        let text = self.resource.as_str();
        if self.resource.path() == "/" { text.trim_end_matches('/') } else { text }
    }

    pub(super) fn response<B: From<Bytes>>(&self, issuer: &str) -> Response<B> {
        let mut document = json!({
            "resource": self.identifier(),
            "authorization_servers": [issuer],
            "bearer_methods_supported": ["header"],
        });
        if let Some(members) = document.as_object_mut() {
            if let Some(name) = &self.name {
                members.insert("resource_name".to_owned(), Value::from(name.as_str()));
            }
            if !self.types.is_empty() {
                members.insert("authorization_details_types_supported".to_owned(), json!(self.types));
            }
        }
        let mut response = Response::new(B::from(Bytes::from(document.to_string())));
        response.headers_mut().insert(header::CONTENT_TYPE, JSON);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_well_known_path_goes_before_the_apis_own() {
        for (resource, url) in [
            ("https://api.acme.com", "https://api.acme.com/.well-known/oauth-protected-resource"),
            ("https://api.acme.com/", "https://api.acme.com/.well-known/oauth-protected-resource"),
            ("https://api.acme.com/v1", "https://api.acme.com/.well-known/oauth-protected-resource/v1"),
        ] {
            assert_eq!(ResourceMetadata::new(resource).unwrap().url(), url);
        }
        for resource in ["", "/v1", "http://api.acme.com", "https://api.acme.com/?a=b", "https://u:p@api.acme.com"] {
            assert!(ResourceMetadata::new(resource).is_err(), "{resource}");
        }
    }
}
