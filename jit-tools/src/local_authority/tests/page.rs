//! The page on which a person decides.

use http::HeaderValue;

use super::*;

impl Bench {
    /// The cookie of a person who followed the login link, and the page that they see.
    async fn log_in(&self) -> (String, String) {
        let link = self.authority.login_link();
        let request = Request::builder().uri(link).body(Bytes::new()).unwrap();
        let answer = self.send(request).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert_eq!(answer.headers[header::LOCATION], "/");
        let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap();
        assert!(cookie.ends_with("; HttpOnly; SameSite=Strict; Path=/"));
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let page = self.page(&cookie).await;
        assert_eq!(page.status, StatusCode::OK);
        (cookie, page.text().to_owned())
    }

    async fn page(&self, cookie: &str) -> Answer {
        self.send(self.request("GET", "/").header(header::COOKIE, cookie).body(Bytes::new()).unwrap()).await
    }

    async fn press(&self, button: &str, cookie: &str, csrf: &str, origin: Option<&str>) -> Answer {
        let mut request = self.request("POST", button).header(header::COOKIE, cookie);
        if let Some(origin) = origin {
            request = request.header(header::ORIGIN, HeaderValue::from_str(origin).unwrap());
        }
        self.send(request.body(Bytes::from(format!("csrf={csrf}&agent_message=fine"))).unwrap()).await
    }
}

fn csrf(page: &str) -> &str {
    page.split(r#"name="csrf" value=""#).nth(1).unwrap().split('"').next().unwrap()
}

async fn with_pending_deletion() -> (Bench, String) {
    let bench = Bench::start().await;
    let agent = bench.agent_token("a").await;
    let task = bench.task(&agent).await;
    let id = text(&bench.ask(&agent, &task, "delete").await, "request_id");
    (bench, id)
}

#[tokio::test]
async fn a_person_with_the_link_approves_by_a_form() {
    let (bench, id) = with_pending_deletion().await;
    let (cookie, page) = bench.log_in().await;
    assert!(page.contains("document [delete] doc_1") && page.contains("5 min"), "{page}");
    let origin = bench.authority.url();
    let answer = bench.press(&format!("/requests/{id}/approve"), &cookie, csrf(&page), Some(&origin)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(bench.authority.pending().is_empty());
    let again = bench.press(&format!("/requests/{id}/deny"), &cookie, csrf(&page), None).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn what_an_agent_wrote_is_escaped_and_marked() {
    let (bench, _) = with_pending_deletion().await;
    let (_, page) = bench.log_in().await;
    assert!(page.contains("because &lt;b&gt;I&lt;/b&gt; say so") && page.contains("In the words of the agent"));
}

#[tokio::test]
async fn the_page_runs_no_script_and_is_framed_by_nobody() {
    let bench = Bench::start().await;
    let (cookie, page) = bench.log_in().await;
    assert!(!page.contains("<script"));
    let headers = bench.page(&cookie).await.headers;
    let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; ") && policy.contains("frame-ancestors 'none'"));
    assert_eq!(headers[header::CACHE_CONTROL], "no-store");
}

#[tokio::test]
async fn nobody_decides_without_a_session_the_forms_token_and_this_origin() {
    let (bench, id) = with_pending_deletion().await;
    let (cookie, page) = bench.log_in().await;
    let (csrf, button) = (csrf(&page), format!("/requests/{id}/approve"));
    for (cookie, csrf, origin) in [
        ("", csrf, None),
        ("jit_authority_1=guess", csrf, None),
        (cookie.as_str(), "", None),
        (cookie.as_str(), "guess", None),
        (cookie.as_str(), csrf, Some("http://evil.example")),
        (cookie.as_str(), csrf, Some("null")),
    ] {
        let answer = bench.press(&button, cookie, csrf, origin).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{origin:?}");
    }
    assert_eq!(bench.authority.pending().len(), 1);
}

#[tokio::test]
async fn a_wrong_login_code_opens_nothing() {
    let bench = Bench::start().await;
    for path in ["/login?code=guess", "/login", "/"] {
        let answer = bench.get(path, "").await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
        assert!(!answer.headers.contains_key(header::SET_COOKIE));
    }
}
