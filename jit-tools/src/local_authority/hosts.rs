//! Which calls are for this authority: by the name that they call it by, and by the page that a browser says they come
//! from.
//!
//! On this machine the page has a name of its own, such as `page-3f0c….localhost`, new at each start. What another process
//! left in a browser under `127.0.0.1`, at this port or another (cookies, scripts in a cache, service workers), is of
//! another origin, and of another site. Browsers have each name below `localhost` lead to this machine (RFC 6761, section
//! 6.3).
//!
//! A site on the web can point its own name at this machine (DNS rebinding), and any page can send a form to a loopback
//! address. Both are refused before anything is read or counted. A client that is no browser sends no `Origin`.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use url::{Host, Url};

use super::{answer::PlatformError, random, shared::Shared};

/// Set by every browser of these years.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The names by which an authority is called: its own URL's, and those of this machine where that is one of them.
#[derive(Debug)]
pub(super) struct OwnNames {
    scheme: String,
    default_port: &'static str,
    /// Hosts with their ports in lower case. A default port is left out.
    names: Vec<String>,
    /// The name of the page, where it has one of its own.
    page: Option<String>,
}

/// Why a call is not for this authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Foreign {
    /// It calls another name, none, or more than one.
    Name,
    /// A page of another origin sends it.
    Page,
}

impl OwnNames {
    /// The names of the authority at this URL. A URL that cannot be read has none, so that every call is refused.
    ///
    /// The page gets a name of its own where the authority holds both addresses to which names below `localhost` lead.
    pub(super) fn of(url: &str, page_has_own_name: bool) -> Self {
        let url = Url::parse(url).ok();
        let scheme = url.as_ref().map_or("http", Url::scheme).to_owned();
        let default_port = if scheme == "https" { ":443" } else { ":80" };
        let port = url.as_ref().and_then(Url::port).map(|port| format!(":{port}")).unwrap_or_default();
        let host = url.as_ref().and_then(Url::host);
        let is_here = match &host {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => *name == "localhost",
            None => false,
        };
        let own = host.map(|host| host.to_string());
        let here = ["127.0.0.1", "localhost", "[::1]"].into_iter().filter(|_| is_here).map(str::to_owned);
        let names = own.into_iter().chain(here).map(|host| format!("{host}{port}")).collect();
        let page = page_has_own_name.then(|| format!("{}.localhost{port}", random::id("page").replace('_', "-")));
        Self { scheme, default_port, names, page }
    }

    /// The URL that the page's addresses begin with; `None` where it is the authority's own.
    pub(super) fn page_url(&self) -> Option<String> {
        self.page.as_ref().map(|name| format!("{}://{name}", self.scheme))
    }

    /// The name in the form of the list, where it is in the list.
    fn own(&self, name: &str) -> Option<&str> {
        let name = name.to_ascii_lowercase();
        let name = name.strip_suffix(self.default_port).unwrap_or(&name);
        self.names.iter().chain(&self.page).find(|own| *own == name).map(String::as_str)
    }

    /// Returns true if a path is answered under this name: the page has its own, and nothing else has that one.
    fn has(&self, name: &str, path: &str) -> bool {
        let is_secret = path == "/login" || path.starts_with("/s/");
        match self.page.as_deref() {
            Some(page) if page == name => is_secret || matches!(path, "/" | "/style.css" | "/icon.svg"),
            Some(_) => !is_secret,
            None => true,
        }
    }

    /// Looks at a call before anything else does.
    fn check(&self, method: &Method, target: &Uri, headers: &HeaderMap) -> Result<(), Foreign> {
        // RFC 9112, section 3.2: a name in the target (absolute form) counts, and so does each `Host`.
        let hosts = headers.get_all(header::HOST).iter().map(|host| host.to_str().ok());
        let targets = target.authority().map(|authority| Some(authority.as_str()));
        let mut called = None;
        for name in hosts.chain(targets) {
            let own = name.and_then(|name| self.own(name)).ok_or(Foreign::Name)?;
            if called.is_some_and(|called| called != own) {
                return Err(Foreign::Name);
            }
            called = Some(own);
        }
        let called = called.ok_or(Foreign::Name)?;
        if headers.get_all(header::HOST).iter().count() > 1 || !self.has(called, target.path()) {
            return Err(Foreign::Name);
        }
        let is_own_page = |origin: &HeaderValue| {
            let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
            origin.is_some_and(|(scheme, name)| scheme == self.scheme && self.own(name) == Some(called))
        };
        let is_elsewhere = |site: &HeaderValue| site != "same-origin";
        let origins = || headers.get_all(header::ORIGIN).iter();
        if origins().count() > 1 || !origins().all(is_own_page) {
            return Err(Foreign::Page);
        }
        // A link from elsewhere may lead to the page; nothing is changed by following one.
        if !method.is_safe() && headers.get_all(FETCH_SITE).iter().any(is_elsewhere) {
            return Err(Foreign::Page);
        }
        Ok(())
    }
}

/// Refuses what is not for this authority, on every route.
pub(super) async fn only_own_calls(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    match shared.names.check(request.method(), request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(Foreign::Name) => {
            let message = format!("the call is for another host: this authority is called as {}", shared.url);
            PlatformError::new(StatusCode::MISDIRECTED_REQUEST, "wrong_host", message).into_response()
        }
        Err(Foreign::Page) => {
            let message = "a page of another origin sent the call: only the authority's own pages may";
            PlatformError::new(StatusCode::FORBIDDEN, "foreign_origin", message).into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "http://127.0.0.1:8417";

    fn check(url: &str, method: &str, target: &str, headers: &[(&str, &str)]) -> Result<(), Foreign> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::try_from(*name).unwrap(), HeaderValue::try_from(*value).unwrap());
        }
        OwnNames::of(url, false).check(&method.parse().unwrap(), &target.parse().unwrap(), &map)
    }

    #[test]
    fn a_call_has_one_name_and_it_is_the_authoritys() {
        for (url, name, is_own) in [
            (URL, "127.0.0.1:8417", true),
            (URL, "localhost:8417", true),
            (URL, "LocalHost:8417", true),
            (URL, "[::1]:8417", true),
            (URL, "127.0.0.1", false),
            (URL, "127.0.0.1:80", false),
            (URL, "127.0.0.1:84170", false),
            (URL, "evil.example:8417", false),
            (URL, "localhost.evil.example:8417", false),
            (URL, "127.0.0.1.evil.example:8417", false),
            (URL, "localhost.:8417", false),
            (URL, "user@127.0.0.1:8417", false),
            (URL, "0x7f.1:8417", false),
            (URL, "", false),
            ("http://[::1]:8417", "127.0.0.1:8417", true),
            ("http://127.0.0.5:8417", "127.0.0.5:8417", true),
            ("http://127.0.0.1", "127.0.0.1", true),
            ("http://127.0.0.1", "localhost:80", true),
            ("https://auth.example", "auth.example:443", true),
            ("https://auth.example", "localhost", false),
            ("https://auth.example", "auth.example:80", false),
            ("no url", "127.0.0.1", false),
        ] {
            let expected = if is_own { Ok(()) } else { Err(Foreign::Name) };
            assert_eq!(check(url, "GET", "/", &[("host", name)]), expected, "{name} at {url}");
        }
    }

    #[test]
    fn the_page_is_under_a_name_of_its_own_and_nothing_else_is() {
        let (names, others) = (OwnNames::of(URL, true), OwnNames::of(URL, true));
        let page = names.page_url().unwrap();
        let page = page.strip_prefix("http://").unwrap();
        assert!(page.starts_with("page-") && page.ends_with(".localhost:8417"), "{page}");
        let at = |names: &OwnNames, host: &str, path: &str| {
            let headers = HeaderMap::from_iter([(header::HOST, host.parse().unwrap())]);
            names.check(&Method::GET, &path.parse().unwrap(), &headers).is_ok()
        };
        for (path, on_page, elsewhere) in [
            ("/login?code=x", true, false),
            ("/s/page_1/", true, false),
            ("/s/page_1/requests/1/approve", true, false),
            ("/", true, true),
            ("/style.css", true, true),
            ("/login/links", false, true),
            ("/openapi.json", false, true),
            ("/orgs/acme-corp/api/v1/jit/task", false, true),
        ] {
            assert_eq!((at(&names, page, path), at(&names, "127.0.0.1:8417", path)), (on_page, elsewhere), "{path}");
            assert!(!at(&others, page, path), "another start has another name");
        }
        assert_eq!(OwnNames::of("https://auth.example", false).page_url(), None);
    }

    #[test]
    fn two_names_or_none_are_refused() {
        let own = ("host", "127.0.0.1:8417");
        for (target, headers, expected) in [
            ("/", &[][..], Err(Foreign::Name)),
            ("/", &[own, own], Err(Foreign::Name)),
            ("/", &[own, ("host", "evil.example")], Err(Foreign::Name)),
            ("http://127.0.0.1:8417/", &[], Ok(())),
            ("http://127.0.0.1:8417/", &[own], Ok(())),
            ("http://127.0.0.1:8417/", &[("host", "localhost:8417")], Err(Foreign::Name)),
            ("http://evil.example/", &[own], Err(Foreign::Name)),
            ("http://127.0.0.1:8417/", &[("host", "evil.example")], Err(Foreign::Name)),
            ("http://user@127.0.0.1:8417/", &[own], Err(Foreign::Name)),
        ] {
            assert_eq!(check(URL, "GET", target, headers), expected, "{target} {headers:?}");
        }
    }

    #[test]
    fn a_page_of_another_origin_is_refused_whatever_it_calls() {
        let host = ("host", "127.0.0.1:8417");
        for (headers, expected) in [
            (&[][..], Ok(())),
            (&[("origin", "http://127.0.0.1:8417")], Ok(())),
            (&[("origin", "http://localhost:8417")], Err(Foreign::Page)),
            (&[("origin", "http://127.0.0.1:9000")], Err(Foreign::Page)),
            (&[("origin", "https://127.0.0.1:8417")], Err(Foreign::Page)),
            (&[("origin", "http://evil.example")], Err(Foreign::Page)),
            (&[("origin", "null")], Err(Foreign::Page)),
            (&[("origin", "")], Err(Foreign::Page)),
            (&[("origin", URL), ("origin", URL)], Err(Foreign::Page)),
        ] {
            for method in ["GET", "POST"] {
                let headers = [&[host], headers].concat();
                assert_eq!(check(URL, method, "/", &headers), expected, "{headers:?}");
            }
        }
    }

    #[test]
    fn a_link_from_elsewhere_may_lead_here_and_a_form_may_not() {
        let host = ("host", "127.0.0.1:8417");
        for site in ["cross-site", "same-site", "none", ""] {
            let headers = [host, ("sec-fetch-site", site)];
            assert_eq!(check(URL, "GET", "/", &headers), Ok(()), "{site}");
            assert_eq!(check(URL, "POST", "/", &headers), Err(Foreign::Page), "{site}");
        }
        assert_eq!(check(URL, "POST", "/", &[host, ("sec-fetch-site", "same-origin")]), Ok(()));
    }
}
