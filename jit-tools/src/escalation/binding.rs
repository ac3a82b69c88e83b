//! What an approval is bound to.

use std::collections::BTreeMap;

use http::HeaderMap;
use serde::{Deserialize, Serialize};

use crate::{authorization_details::AuthorizationDetail, digest::Sha256Hex, origin::Origin};

/// Stands before the digest where a binding is written down. It changes with what is bound.
const VERSION: &str = "v2:";

/// The headers that an approval does not bind: each names a try of a request, in a trace or a log or so that the try is
/// not counted twice, and says nothing of what the request does. Authors make them anew for each try. An approval that
/// bound one could not be used by the process that picks it up later.
const UNBOUND_HEADERS: [&str; 5] = ["idempotency-key", "traceparent", "tracestate", "x-correlation-id", "x-request-id"];

/// What exactly an approval was asked for: the SHA-256 digest of the method, the URL, the headers, the body and the
/// permission.
///
/// A person approves that one thing. Where a model calls the tool again with other arguments, the digest differs, and a
/// new approval is asked for.
///
/// All headers that the author of a tool writes are bound, name and value, but these, which name a try of the request and
/// not what it does: `Idempotency-Key`, `traceparent`, `tracestate`, `X-Correlation-Id` and `X-Request-Id`. The order of
/// headers of different names does not count (RFC 9110, section 5.3).
///
/// Written down, it begins with its version. One of another version is an error when it is read: what it was asked for
/// cannot be compared any more, so the approval has to be asked for again.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ApprovalBinding(Sha256Hex);

impl ApprovalBinding {
    /// The binding of a request that needs `detail`.
    pub fn of_request(method: &str, url: &str, headers: &HeaderMap, body: &[u8], detail: &AuthorizationDetail) -> Self {
        let detail = detail.canonical();
        let fixed = [b"request", method.as_bytes(), url.as_bytes(), body, detail.as_bytes()];
        // `HeaderMap` gives the values of one name in the order in which they were added.
        let mut bound: BTreeMap<&str, Vec<&[u8]>> = BTreeMap::new();
        for (name, value) in headers {
            if !UNBOUND_HEADERS.contains(&name.as_str()) {
                bound.entry(name.as_str()).or_default().push(value.as_bytes());
            }
        }
        let headers = bound
            .into_iter()
            .flat_map(|(name, values)| values.into_iter().flat_map(move |value| [name.as_bytes(), value]));
        Self(Sha256Hex::of(fixed.into_iter().chain(headers)))
    }

    /// The binding of a tool's call, for a permission that another HTTP client was told to be missing at `origin`: what
    /// that client sends is not known here, but follows from the tool and its arguments.
    pub fn of_call(tool: &str, arguments: &str, origin: &Origin, detail: &AuthorizationDetail) -> Self {
        let (origin, detail) = (origin.to_string(), detail.canonical());
        Self(Sha256Hex::of([b"call", tool.as_bytes(), arguments.as_bytes(), origin.as_bytes(), detail.as_bytes()]))
    }

    /// The binding of a permission that is asked for by itself.
    pub fn of_permission(detail: &AuthorizationDetail) -> Self {
        Self(Sha256Hex::of([b"permission".as_slice(), detail.canonical().as_bytes()]))
    }

    pub(super) fn digest(&self) -> &Sha256Hex {
        &self.0
    }
}

/// A binding that was written down by another version, or changed since.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the approval is not bound in this version's way (`{VERSION}` and a SHA-256 digest), so what it was asked for cannot \
     be compared; drop it, and have it asked for again"
)]
pub struct UnknownBinding;

impl TryFrom<String> for ApprovalBinding {
    type Error = UnknownBinding;

    fn try_from(text: String) -> Result<Self, UnknownBinding> {
        text.strip_prefix(VERSION).and_then(Sha256Hex::from_hex).map(Self).ok_or(UnknownBinding)
    }
}

impl From<ApprovalBinding> for String {
    fn from(binding: ApprovalBinding) -> Self {
        format!("{VERSION}{}", binding.0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn headers(headers: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        map
    }

    fn copy(with: &[(&'static str, &'static str)]) -> ApprovalBinding {
        let detail = AuthorizationDetail::new("object");
        ApprovalBinding::of_request("PUT", "https://a.test/o", &headers(with), b"", &detail)
    }

    #[test]
    fn each_part_of_what_is_approved_alone_makes_another_binding() {
        let (one, other) = (AuthorizationDetail::new("payment"), AuthorizationDetail::new("refund"));
        let (here, there): (Origin, Origin) = ("https://a.test".parse().unwrap(), "https://b.test".parse().unwrap());
        let none = HeaderMap::new();
        let bindings = [
            ApprovalBinding::of_request("POST", "https://a.test/pay", &none, b"1", &one),
            ApprovalBinding::of_request("PUT", "https://a.test/pay", &none, b"1", &one),
            ApprovalBinding::of_request("POST", "https://a.test/pay?to=m", &none, b"1", &one),
            ApprovalBinding::of_request("POST", "https://a.test/pay", &none, b"10", &one),
            ApprovalBinding::of_request("POST", "https://a.test/pay", &none, b"1", &other),
            ApprovalBinding::of_request("POST", "https://a.test/pay1", &none, b"", &one),
            ApprovalBinding::of_request("POST", "https://a.test/pay", &headers(&[("x-to", "m")]), b"1", &one),
            ApprovalBinding::of_call("POST", "https://a.test/pay", &here, &one),
            ApprovalBinding::of_call("PUT", "https://a.test/pay", &here, &one),
            ApprovalBinding::of_call("POST", "https://a.test/pay?to=m", &here, &one),
            ApprovalBinding::of_call("POST", "https://a.test/pay", &there, &one),
            ApprovalBinding::of_call("POST", "https://a.test/pay", &here, &other),
            ApprovalBinding::of_permission(&one),
            ApprovalBinding::of_permission(&other),
        ];
        assert_eq!(bindings.iter().collect::<HashSet<_>>().len(), bindings.len());
        assert_eq!(bindings[0], ApprovalBinding::of_request("POST", "https://a.test/pay", &none, b"1", &one));
        assert_eq!(bindings[7], ApprovalBinding::of_call("POST", "https://a.test/pay", &here, &one));
    }

    #[test]
    fn headers_are_bound_by_this_table() {
        let source = ("x-amz-copy-source", "/mine/a");
        let type_ = ("content-type", "text/plain");
        let cases: &[(&str, &[_], &[_], bool)] = &[
            ("the same", &[source], &[source], true),
            ("another value", &[source], &[("x-amz-copy-source", "/theirs/a")], false),
            ("another case of the value", &[source], &[("x-amz-copy-source", "/MINE/a")], false),
            ("another name", &[source], &[("x-amz-copy-sources", "/mine/a")], false),
            ("one more", &[], &[("x-http-method-override", "DELETE")], false),
            ("one more that is empty", &[], &[("x-flag", "")], false),
            ("one fewer", &[source, type_], &[source], false),
            ("another order of names", &[source, type_], &[type_, source], true),
            ("another order of one name's values", &[("x-a", "1"), ("x-a", "2")], &[("x-a", "2"), ("x-a", "1")], false),
            ("one value and two", &[("x-a", "1"), ("x-a", "2")], &[("x-a", "1, 2")], false),
            ("name and value run together", &[("x-a", "b")], &[("x-ab", "")], false),
            ("where a proxy should send it", &[], &[("x-forwarded-host", "b.test")], false),
            ("another path behind a proxy", &[], &[("x-original-url", "/admin")], false),
            ("and in the other spelling", &[], &[("x-rewrite-url", "/admin")], false),
            ("forwarded", &[], &[("forwarded", "host=b.test")], false),
            ("cookies", &[("cookie", "a=1")], &[("cookie", "a=2")], false),
            ("a try has a key", &[("idempotency-key", "1")], &[("idempotency-key", "2")], true),
            ("a try is traced", &[("traceparent", "00-1"), ("tracestate", "a=1")], &[], true),
            ("a try is logged", &[("x-request-id", "1")], &[("x-correlation-id", "2")], true),
        ];
        for (name, approved, sent, is_same) in cases {
            assert_eq!(copy(approved) == copy(sent), *is_same, "{name}");
        }
    }

    #[test]
    fn a_binding_is_read_as_it_was_written_and_in_no_other_form() {
        let binding = copy(&[]);
        let written = serde_json::to_string(&binding).unwrap();
        assert_eq!(serde_json::from_str::<ApprovalBinding>(&written).unwrap(), binding);
        let digest = binding.digest().as_str();
        for other in [
            // What was stored before headers were bound.
            digest.to_owned(),
            format!("v1:{digest}"),
            format!("v2:{}", digest.to_uppercase()),
            format!("v2:{digest}0"),
            format!("v2: {digest}"),
            "v2:00".to_owned(),
            String::new(),
        ] {
            let error = serde_json::from_value::<ApprovalBinding>(other.clone().into()).unwrap_err();
            assert!(error.to_string().contains("have it asked for again"), "{other}: {error}");
        }
    }
}
