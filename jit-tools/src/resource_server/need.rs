//! What a request needs, and what that is read from.

use std::{borrow::Cow, fmt, str::FromStr};

use axum::extract::{FromRequestParts as _, OriginalUri, RawPathParams};
use futures_util::FutureExt as _;
use http::{HeaderMap, Method, Uri, request::Parts};
use url::form_urlencoded;

use crate::authorization_details::AuthorizationDetail;

/// What a request needs before it is let in.
///
/// An [`AuthorizationDetail`] is a permission, and `None` is [`Unknown`](Self::Unknown).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Need {
    /// A token that covers this permission.
    Permission(Box<AuthorizationDetail>),
    /// Nothing: anybody is let in.
    Public,
    /// It is not known, so the request is refused with 403 and without a challenge.
    Unknown,
}

impl From<AuthorizationDetail> for Need {
    fn from(permission: AuthorizationDetail) -> Self {
        Self::Permission(Box::new(permission))
    }
}

impl From<Option<AuthorizationDetail>> for Need {
    fn from(permission: Option<AuthorizationDetail>) -> Self {
        permission.map_or(Self::Unknown, Self::from)
    }
}

/// What is known of a request before its body is read.
pub struct RequestHead<'a> {
    method: &'a Method,
    path: &'a [&'a str],
    query: Option<&'a str>,
    headers: &'a HeaderMap,
    parameters: Option<&'a RawPathParams>,
}

impl<'a> RequestHead<'a> {
    pub(super) fn new(
        parts: &'a Parts,
        uri: &'a Uri,
        path: &'a [&'a str],
        parameters: Option<&'a RawPathParams>,
    ) -> Self {
        // RFC 9110, section 9.3.2: HEAD asks for what GET gives, without the content.
        let method = if parts.method == Method::HEAD { &Method::GET } else { &parts.method };
        Self { method, path, query: uri.query(), headers: &parts.headers, parameters }
    }

    /// Returns the method. It is GET for a HEAD request as well, which needs the same permission.
    pub fn method(&self) -> &Method {
        self.method
    }

    /// Returns the decoded segments of the path as the client sent it, also in a nested axum router: `["v1",
    /// "documents", "Q3 report"]` for `/v1/documents/Q3%20report`. See [`decoded_segments`](super::decoded_segments).
    ///
    /// A handler that reads a segment as a number or a UUID takes other spellings for the same one: see
    /// [`parameter_as`](Self::parameter_as). And axum compares the fixed parts of a route as they are written, so
    /// `/v1/docs%3Aindex` is not in its route `/v1/docs:index`, but in `/v1/{name}`, and has the same segments: where both
    /// are there, take [`JitRouter`](super::JitRouter), or give both the same need.
    pub fn path(&self) -> &'a [&'a str] {
        self.path
    }

    /// Returns what stands in the place of `{name}` in the route of an axum router: the text that axum's `Path` gives to
    /// the handler.
    ///
    /// It is `None` where the route has no such parameter, or more than one of this name, or no axum router has found a
    /// route yet, as when the layer is around the router instead of in it.
    ///
    /// A handler that reads it as another type than text takes several texts for the same value. Read it by
    /// [`parameter_as`](Self::parameter_as) then.
    pub fn parameter(&self, name: &str) -> Option<&'a str> {
        only(self.parameters?.iter().filter(|(key, _)| *key == name)).map(|(_, value)| value)
    }

    /// Returns the parameter `{name}` as the type by which the handler's `Path` reads it, such as a number or a UUID.
    ///
    /// It is `None` as well where the text is not the one that the value is written as: `07` and `+7` are read as 7, and
    /// would be another identifier, which passes a denial of `7`.
    ///
    /// ```
    /// use jit_tools::{AuthorizationDetail, resource_server::RequestHead};
    ///
    /// // For `get(async |Path(id): Path<u64>| …)`.
    /// fn need(request: &RequestHead<'_>) -> Option<AuthorizationDetail> {
    ///     let id: u64 = request.parameter_as("id")?;
    ///     Some(AuthorizationDetail::new("invoice").actions(["read"]).identifier(id.to_string()))
    /// }
    /// # let _ = need;
    /// ```
    pub fn parameter_as<T: FromStr + fmt::Display>(&self, name: &str) -> Option<T> {
        exactly(self.parameter(name)?)
    }

    /// Returns the decoded value of a member of the query. It is `None` unless the query has exactly one of this name:
    /// with two, a handler may read another one.
    pub fn query(&self, name: &str) -> Option<Cow<'a, str>> {
        only(form_urlencoded::parse(self.query?.as_bytes()).filter(|(key, _)| key == name)).map(|(_, value)| value)
    }

    /// Returns the value of a member of the query as the type by which the handler reads it. It is `None` as well where the
    /// text is not the one that the value is written as, as in [`parameter_as`](Self::parameter_as).
    pub fn query_as<T: FromStr + fmt::Display>(&self, name: &str) -> Option<T> {
        exactly(&self.query(name)?)
    }

    /// Returns the headers.
    pub fn headers(&self) -> &'a HeaderMap {
        self.headers
    }
}

/// The address of a request as the client sent it. In a nested router, axum takes the prefix off the one in the request.
pub(super) fn sent_uri(parts: &Parts) -> &Uri {
    parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |original| &original.0)
}

/// The parameters of the route that an axum router has found.
pub(super) fn route_parameters(parts: &mut Parts) -> Option<RawPathParams> {
    // It only looks into the extensions, and waits for nothing.
    RawPathParams::from_request_parts(parts, &()).now_or_never()?.ok()
}

/// The value that is written as this text, and not only read from it.
fn exactly<T: FromStr + fmt::Display>(text: &str) -> Option<T> {
    text.parse().ok().filter(|value: &T| value.to_string() == text)
}

fn only<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    let first = items.next()?;
    items.next().is_none().then_some(first)
}

impl fmt::Debug for RequestHead<'_> {
    /// Leaves out the query and the headers, which may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestHead").field("method", self.method).field("path", &self.path).finish_non_exhaustive()
    }
}
