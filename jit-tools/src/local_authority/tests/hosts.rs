//! Names that are not the authority's, and pages that are not: on every route, as bytes on a socket.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::*;

/// What comes back for these lines of a head.
async fn raw(bench: &Bench, lines: &[&str]) -> String {
    let mut stream = TcpStream::connect(own(bench)).await.unwrap();
    let head = format!("{}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n", lines.join("\r\n"));
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

fn own(bench: &Bench) -> String {
    bench.authority.url().strip_prefix("http://").unwrap().to_owned()
}

/// The method and the path of every call and page.
async fn routes(bench: &Bench) -> Vec<(String, String)> {
    let document = bench.fetch(&format!("{}/openapi.json", bench.authority.url())).await;
    let mut routes: Vec<_> = ["/", "/login", "/s/any/", "/s/any/events", "/s/any/page.js", "/openapi.json", "/nothing"]
        .into_iter()
        .map(|path| ("GET".to_owned(), path.to_owned()))
        .collect();
    for path in ["/login/links", "/s/any/requests/any/approve", "/s/any/logout"] {
        routes.push(("POST".to_owned(), path.to_owned()));
    }
    for (path, item) in document["paths"].as_object().unwrap() {
        let base = if item.get("servers").is_some() { "" } else { bench.base };
        for method in item.as_object().unwrap().keys().filter(|name| *name != "servers") {
            routes.push((method.to_uppercase(), format!("{base}{}", path.replace(['{', '}'], ""))));
        }
    }
    routes
}

#[tokio::test]
async fn a_foreign_name_or_page_gets_nowhere_on_any_route() {
    let bench = Bench::start().await;
    let own = own(&bench);
    let port = own.rsplit(':').next().unwrap();
    let rebound = format!("host: evil.example:{port}");
    let page = bench.authority.shared.page_url();
    let page = page.strip_prefix("http://").unwrap();
    let routes = routes(&bench).await;
    assert!(routes.len() > 25, "{routes:?}");
    let before = bench.authority.requests().len();
    for (method, path) in &routes {
        let call = format!("{method} {path} HTTP/1.1");
        let is_page = path == "/login" || path.starts_with("/s/");
        let (host, other) = if is_page { (page, own.as_str()) } else { (own.as_str(), page) };
        let (host, other) = (format!("host: {host}"), format!("host: {other}"));
        // What is under both names says only that there is nothing to see.
        let foreign = if path == "/" { &[&rebound][..] } else { &[&rebound, &other] };
        for name in foreign {
            let answer = raw(&bench, &[&call, name]).await;
            assert!(answer.starts_with("HTTP/1.1 421 ") && answer.contains("wrong_host"), "{call}: {answer}");
        }
        for origin in ["http://evil.example", "null", &format!("http://127.0.0.1:1{port}")] {
            let answer = raw(&bench, &[&call, &host, &format!("origin: {origin}")]).await;
            assert!(answer.starts_with("HTTP/1.1 403 ") && answer.contains("foreign_origin"), "{call}: {answer}");
        }
    }
    assert_eq!(bench.authority.requests().len(), before, "nothing was looked at");
}

#[tokio::test]
async fn a_call_without_one_clear_name_is_refused() {
    let bench = Bench::start().await;
    let own = own(&bench);
    let host = format!("host: {own}");
    for (lines, is_answered) in [
        (&["GET /openapi.json HTTP/1.1", &host][..], true),
        (&["GET /openapi.json HTTP/1.1", &host.replace("127.0.0.1", "LOCALHOST")], true),
        (&["GET /openapi.json HTTP/1.1"], false),
        (&["GET /openapi.json HTTP/1.0"], false),
        (&["GET /openapi.json HTTP/1.0", &host], true),
        (&["GET /openapi.json HTTP/1.1", &host, &host], false),
        (&["GET /openapi.json HTTP/1.1", &host, "host: evil.example"], false),
        (&[&format!("GET http://{own}/openapi.json HTTP/1.1"), &host], true),
        (&[&format!("GET http://{own}/openapi.json HTTP/1.1"), "host: evil.example"], false),
        (&["GET http://evil.example/openapi.json HTTP/1.1", &host], false),
    ] {
        let answer = raw(&bench, lines).await;
        assert_eq!(answer.contains(" 200 OK\r\n"), is_answered, "{lines:?}: {answer}");
    }
}
