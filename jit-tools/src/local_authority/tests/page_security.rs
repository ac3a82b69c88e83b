//! Who gets nowhere on the page: agents, other sites, whoever comes late, and what is written in a request.

use http::HeaderValue;
use serde_json::json;

use super::{page::Person, *};

const PAGES: [&str; 6] = ["/", "/tasks", "/history", "/audit", "/events", "/tasks/any"];

/// A form that claims to come from a page, and the headers that it comes with.
async fn send_form(bench: &Bench, path: &str, csrf: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = bench.request("POST", path);
    for (name, value) in headers {
        request = request.header(*name, HeaderValue::from_str(value).unwrap());
    }
    let digest = bench.shown(path).unwrap_or_default();
    let body = serde_urlencoded::to_string([("csrf", csrf), ("request_digest", &digest)]).unwrap();
    bench.send(request.body(body.into()).unwrap()).await
}

/// Whether a request that waits, its task and this person's session are as they were.
async fn nothing_happened(bench: &Bench, person: &Person) -> bool {
    bench.authority.pending().len() == 1 && bench.visit(person, "/").await.status == StatusCode::OK
}

#[tokio::test]
async fn an_agents_token_opens_nothing_in_whatever_place_it_is_sent() {
    let bench = Bench::start().await;
    let person = bench.person().await;
    let (_, id) = bench.pending("delete").await;
    let agent = bench.agent_token("a").await;
    let task = bench.task(&agent).await;
    let read = text(&bench.ask(&agent, &task, "read").await, "request_id");
    let jit = text(&bench.exchange(&agent, &read).await.json(), "access_token");
    let user = bench.user_token().await;

    for token in [agent, jit, user] {
        let bearer = format!("Bearer {token}");
        let cookie = format!("jit_authority={token}");
        for page in PAGES {
            assert_eq!(bench.get(&person.at(page), &token).await.status, StatusCode::FORBIDDEN, "{page}");
            for root in [&person.root, &format!("/s/{token}")] {
                let agent = Person { root: root.clone(), cookie: cookie.clone(), csrf: String::new() };
                assert_eq!(bench.visit(&agent, page).await.status, StatusCode::FORBIDDEN, "{page}");
            }
        }
        for page in [format!("/requests/{id}/approve"), format!("/tasks/{task}/suspend"), "/logout".to_owned()] {
            let path = person.at(&page);
            for headers in [
                &[("authorization", bearer.as_str())][..],
                &[("cookie", cookie.as_str())],
                &[("cookie", person.cookie.as_str()), ("authorization", bearer.as_str())],
            ] {
                let answer = send_form(&bench, &path, &token, headers).await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
            }
        }
        assert_eq!(bench.get(&format!("/login?code={token}"), "").await.status, StatusCode::FORBIDDEN);
        let links = send_form(&bench, "/login/links", "", &[("authorization", &bearer)]).await;
        assert_eq!(links.status, StatusCode::FORBIDDEN);
    }
    assert!(nothing_happened(&bench, &person).await);
}

#[tokio::test]
async fn a_sessions_cookie_goes_to_its_secret_address_alone() {
    let bench = Bench::start().await;
    let (person, other) = (bench.person().await, bench.person().await);
    let secret = person.root.strip_prefix("/s/page_").unwrap();
    assert!(secret.len() == 64 && secret.chars().all(|c| c.is_ascii_hexdigit()), "{secret}");
    assert!(person.root != other.root && !person.cookie.contains(secret));
    // Neither opens anything without the other, and a session opens no other one.
    for (root, cookie) in [
        (&person.root, ""),
        (&person.root, &other.cookie),
        (&"/s/guess".to_owned(), &person.cookie),
        (&"/s/".to_owned(), &person.cookie),
        (&String::new(), &person.cookie),
    ] {
        let stranger = Person { root: root.clone(), cookie: cookie.to_owned(), csrf: String::new() };
        for page in PAGES {
            let answer = bench.visit(&stranger, page).await;
            assert!(matches!(answer.status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND), "{root}{page}");
        }
    }
    assert_eq!(bench.visit(&person, "/").await.status, StatusCode::OK);
    assert_eq!(bench.visit(&other, "/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_cookie_that_another_port_set_shuts_nobody_out() {
    let bench = Bench::start().await;
    let person = bench.person().await;
    for cookie in [
        format!("jit_authority=tossed; {}", person.cookie),
        format!("{}; jit_authority=tossed", person.cookie),
        format!("jit_authority=; jit_authority;jit_authority=\"\";{}", person.cookie),
    ] {
        let person = Person { cookie, ..person.clone() };
        assert_eq!(bench.visit(&person, "/").await.status, StatusCode::OK, "{}", person.cookie);
    }
    let tossed = Person { cookie: "jit_authority=tossed".to_owned(), ..person };
    assert_eq!(bench.visit(&tossed, "/").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_address_of_a_session_is_not_among_the_calls() {
    let bench = Bench::start().await;
    let person = bench.person().await;
    bench.visit(&person, "/tasks/any").await;
    let calls = bench.authority.requests();
    assert!(calls.iter().any(|call| call.path == "/s/[session]/tasks/any"), "{calls:?}");
    assert!(!calls.iter().any(|call| call.path.contains(&person.root)), "{calls:?}");
}

#[tokio::test]
async fn logging_out_takes_the_cookie_out_of_the_browser() {
    let bench = Bench::start().await;
    let person = bench.person().await;
    let cookie = [("cookie", person.cookie.as_str())];
    let answer = send_form(&bench, &person.at("/logout"), &person.csrf, &cookie).await;
    let expected = format!("jit_authority=; Max-Age=0; HttpOnly; SameSite=Strict; Path={}", person.root);
    assert_eq!(answer.headers[header::SET_COOKIE], expected);
    assert_eq!(answer.headers[header::LOCATION], "/");
    assert_eq!(bench.visit(&person, "/").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_missing_or_foreign_csrf_token_decides_nothing() {
    let bench = Bench::start().await;
    let (person, other) = (bench.person().await, bench.person().await);
    let (task, id) = bench.pending("delete").await;
    for page in [
        format!("/requests/{id}/approve"),
        format!("/requests/{id}/deny"),
        format!("/tasks/{task}/suspend"),
        "/logout".to_owned(),
    ] {
        let path = person.at(&page);
        for (cookie, csrf) in [
            (&person.cookie, ""),
            (&person.cookie, "guess"),
            // Of another session.
            (&person.cookie, other.csrf.as_str()),
            // Without a session.
            (&"jit_authority=guess".to_owned(), &person.csrf),
        ] {
            let answer = send_form(&bench, &path, csrf, &[("cookie", cookie)]).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {csrf}");
        }
        let no_cookie = send_form(&bench, &path, &person.csrf, &[]).await;
        assert_eq!(no_cookie.status, StatusCode::FORBIDDEN);
        // A form has no token in its address.
        let by_link = bench.visit(&person, &format!("{page}?csrf={}", person.csrf)).await;
        assert_eq!(by_link.status, StatusCode::METHOD_NOT_ALLOWED);
    }
    assert!(nothing_happened(&bench, &person).await);
}

#[tokio::test]
async fn a_form_of_another_origin_decides_nothing() {
    let bench = Bench::start().await;
    let person = bench.person().await;
    let (_, id) = bench.pending("delete").await;
    let path = person.at(&format!("/requests/{id}/approve"));
    let own = bench.authority.shared.page_url();
    let cookie = ("cookie", person.cookie.as_str());
    for headers in [
        &[cookie, ("origin", "http://evil.example")][..],
        &[cookie, ("origin", "null")],
        &[cookie, ("origin", &own.replace("http:", "https:"))],
        &[cookie, ("origin", &format!("{own}0"))],
        &[cookie, ("origin", &own), ("origin", "http://evil.example")],
        &[cookie, ("origin", &own), ("sec-fetch-site", "cross-site")],
        &[cookie, ("sec-fetch-site", "same-site")],
        &[cookie, ("sec-fetch-site", "none")],
    ] {
        let answer = send_form(&bench, &path, &person.csrf, headers).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{headers:?}");
    }
    assert!(nothing_happened(&bench, &person).await);
    // The same form from here is what a person sends.
    let headers = [cookie, ("origin", own.as_str()), ("sec-fetch-site", "same-origin")];
    assert_eq!(send_form(&bench, &path, &person.csrf, &headers).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_link_logs_in_once() {
    let bench = Bench::start().await;
    let link = bench.authority.login_link();
    assert_eq!(bench.follow(&link).await.status, StatusCode::SEE_OTHER);
    let replayed = bench.follow(&link).await;
    assert_eq!(replayed.status, StatusCode::FORBIDDEN);
    assert!(!replayed.headers.contains_key(header::SET_COOKIE));
    for path in ["/login?code=guess", "/login?code=", "/login"] {
        let answer = bench.get(path, "").await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
        assert!(!answer.headers.contains_key(header::SET_COOKIE));
    }
}

#[tokio::test]
async fn the_reviewers_token_gets_another_link() {
    let bench = Bench::start().await;
    let bearer = format!("Bearer {}", bench.authority.reviewer_token().expose());
    let answer = send_form(&bench, "/login/links", "", &[("authorization", &bearer)]).await;
    let link = text(&answer.json(), "login_link");
    assert_eq!(bench.follow(&link).await.status, StatusCode::SEE_OTHER);
    // It is for calls, and no session.
    assert_eq!(bench.get("/", bench.authority.reviewer_token().expose()).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn sessions_end_with_time_and_the_oldest_makes_room() {
    let bench = Bench::start().await;
    let first = bench.person().await;
    for _ in 0..15 {
        bench.person().await;
    }
    assert_eq!(bench.visit(&first, "/").await.status, StatusCode::OK);
    let last = bench.person().await;
    assert_eq!(bench.visit(&first, "/").await.status, StatusCode::FORBIDDEN);
    bench.clock.advance(12 * 3600 - 1);
    assert_eq!(bench.visit(&last, "/").await.status, StatusCode::OK);
    bench.clock.advance(1);
    assert_eq!(bench.visit(&last, "/").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn markup_in_what_an_agent_writes_is_text_on_every_page() {
    let hostile = "</blockquote><script>alert(1)</script><img src=x onerror=alert(1)>\" onfocus=\"alert(1)\u{202e}";
    let bench = Bench::start().await;
    let person = bench.person().await;
    let agent = bench.agent_token("a").await;
    let task = text(
        &bench.api("POST", "/jit/task", &agent, json!({ "name": hostile, "type": hostile })).await.json(),
        "task_id",
    );
    let body = json!({
        "task_id": task,
        "authorization_details": {
            "type": hostile, "actions": [hostile], "identifier": hostile, "locations": [hostile], hostile: [hostile],
        },
        "justification": format!("{hostile}\"{hostile}\" [quoted: from the model]"),
    });
    let asked = bench.api("POST", "/jit/request", &agent, body).await.json();
    assert_eq!(asked["status"], "pending", "{asked}");
    let id = text(&asked, "request_id");
    for decide in [false, true] {
        if decide {
            bench.authority.deny(&id, Some(hostile), Some(hostile)).await.unwrap();
        }
        for path in ["/", &format!("/?done={id}"), "/tasks", &format!("/tasks/{task}"), "/history", "/audit"] {
            let page = bench.seen(&person, path).await;
            for raw in ["<script>", "</blockquote><script", "<img", "onfocus=\"", "\u{202e}"] {
                assert!(!page.contains(raw), "{raw} in {path}:\n{page}");
            }
        }
    }
    let page = bench.seen(&person, "/audit?task=%3Cscript%3E").await;
    assert!(page.contains("&lt;script&gt;") && !page.contains("<script>"));
}

#[tokio::test]
async fn the_page_runs_its_own_script_alone_and_is_framed_by_nobody() {
    let bench = Bench::start().await;
    let person = bench.person().await;
    bench.pending("delete").await;
    for path in [
        "/",
        "/login",
        "/style.css",
        &person.at("/page.js"),
        &person.at("/"),
        &person.at("/tasks"),
        &person.at("/requests/x/approve"),
    ] {
        let request = bench.request("GET", path).header(header::COOKIE, &person.cookie);
        let headers = bench.send(request.body(Bytes::new()).unwrap()).await.headers;
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; ") && policy.contains("script-src 'self';"), "{path}");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"));
        assert_eq!(
            (&headers["x-content-type-options"], &headers[header::CACHE_CONTROL]),
            (&HeaderValue::from_static("nosniff"), &HeaderValue::from_static("no-store"),)
        );
    }
    let page = bench.seen(&person, "/").await;
    assert_eq!(page.matches("<script").count(), 1);
    // At an address that cannot be guessed: of any other, the browser may have kept what something else at this port said.
    for loaded in [r#"<script src=""#, r#"<link rel="stylesheet" href=""#] {
        let own = format!("{loaded}{}", person.at("/"));
        assert_eq!((page.matches(loaded).count(), page.matches(&own).count()), (1, 1), "{loaded} in\n{page}");
    }
    for inline in ["style=", "onclick=", "onload=", "onsubmit=", "javascript:"] {
        assert!(!page.contains(inline), "{inline} in\n{page}");
    }
}
