//! What the layer asks for, and what it refuses since it does not know.

use super::*;

/// A verifier that is asked nothing, since no request here has a token.
pub(super) fn verifier() -> TokenVerifier {
    TokenVerifier::builder("https://authority.example", "acme-corp")
        .audience(API)
        .client("agt_api", "s3cret")
        .build()
        .unwrap()
}

/// Sends a request through a layer to a service that says "in".
async fn send(layer: &JitLayer, request: http::request::Builder) -> Response<Bytes> {
    let inner = service_fn(|_: Request<()>| async { Ok::<_, Infallible>(Response::new(Bytes::from_static(b"in"))) });
    layer.layer(inner).oneshot(request.body(()).unwrap()).await.unwrap()
}

#[track_caller]
fn assert_unknown(response: &Response<Bytes>) {
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    let headers = response.headers();
    assert!(!headers.contains_key("insufficient-authorization-details"));
    assert!(!headers.contains_key(header::WWW_AUTHENTICATE));
    let body: Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!((&body["code"], &body["error"]), (&json!("unknown_request"), &json!(true)));
}

#[tokio::test]
async fn what_the_function_does_not_know_is_refused() {
    let known = |request: &RequestHead<'_>| match request.path() {
        ["v1", "documents", id] => Some(document(id)),
        _ => None,
    };
    let layer = JitLayer::new(verifier(), known);
    for path in ["/", "/v1/documents", "/documents/doc_1", "/admin", "/v1/documents/doc_1/summaries"] {
        assert_unknown(&send(&layer, Request::get(path)).await);
    }
    assert_challenged(&send(&layer, Request::get("/v1/documents/doc_1")).await, "doc_1", None);
}

#[tokio::test]
async fn head_needs_what_get_needs() {
    let layer = JitLayer::new(verifier(), |request| match (request.method(), request.path()) {
        (&Method::GET, ["health"]) => Need::Public,
        (&Method::GET, [id]) => document(id).into(),
        _ => Need::Unknown,
    });
    assert_challenged(&send(&layer, Request::head("/doc_1")).await, "doc_1", None);
    assert_eq!(send(&layer, Request::head("/health")).await.status(), StatusCode::OK);
    for method in ["POST", "DELETE", "OPTIONS", "PURGE"] {
        assert_unknown(&send(&layer, Request::builder().method(method).uri("/doc_1")).await);
        assert_unknown(&send(&layer, Request::builder().method(method).uri("/health")).await);
    }
}

#[tokio::test]
async fn a_second_spelling_is_answered_400_and_asks_for_nothing() {
    let layers = [
        JitLayer::new(verifier(), |_| Some(document("doc_1"))),
        JitLayer::new(verifier(), |_| Need::Public),
        JitLayer::new(verifier(), |_| Need::Unknown),
    ];
    let paths = ["doc%5F9982", "r%c3%a9sum%c3%a9", "a%2Fb", "a%5Cb", "%2E%2E", "../b", "b/", "/b", "a%00", "%C3", "a%"];
    for layer in &layers {
        for path in paths {
            let response = send(layer, Request::get(format!("/v1/documents/{path}"))).await;
            assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{path}");
            assert!(!response.headers().contains_key("insufficient-authorization-details"));
            let body: Value = serde_json::from_slice(response.body()).unwrap();
            assert_eq!(body["error"], "invalid_request");
        }
    }
}

#[tokio::test]
async fn a_request_that_names_another_method_or_path_is_refused() {
    let layer = JitLayer::new(verifier(), |_| Need::Public);
    for name in [
        "X-HTTP-Method-Override",
        "x-http-method",
        "X-Method-Override",
        "X-Original-URL",
        "X-Rewrite-URL",
        "X_HTTP_Method_Override",
        "x-original_url",
    ] {
        let response = send(&layer, Request::post("/notes").header(name, "DELETE")).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{name}");
    }
    assert_eq!(send(&layer, Request::post("/notes").header("x-other", "DELETE")).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_member_of_the_query_is_decoded_and_stands_once() {
    let layer = JitLayer::new(verifier(), |request| Some(document(&request.query("id")?)));
    for (query, expected) in [
        ("id=doc_1", Some("doc_1")),
        ("id=doc%5F1", Some("doc_1")),
        ("id=Q3+report&page=2", Some("Q3 report")),
        ("i%64=r%C3%A9sum%C3%A9", Some("résumé")),
        ("id=doc_1&id=doc_2", None),
        ("id=doc_1&i%64=doc_2", None),
        ("page=2", None),
    ] {
        let response = send(&layer, Request::get(format!("/v1/documents?{query}"))).await;
        match expected {
            Some(id) => assert_challenged(&response, id, None),
            None => assert_unknown(&response),
        }
    }
}

#[tokio::test]
async fn a_value_in_the_query_has_one_spelling_as_a_type() {
    let layer = JitLayer::new(verifier(), |request| Some(document(&request.query_as::<u64>("id")?.to_string())));
    assert_challenged(&send(&layer, Request::get("/v1/documents?id=7")).await, "7", None);
    for query in ["id=07", "id=%2B7", "id=7&id=7", "id=seven", "id=", "page=7"] {
        assert_unknown(&send(&layer, Request::get(format!("/v1/documents?{query}"))).await);
    }
}

#[test]
fn a_head_prints_neither_its_query_nor_its_headers() {
    let request = Request::get("/notes?key=s3cret").header("x-key", "s3cret").body(()).unwrap();
    let (parts, ()) = request.into_parts();
    let printed = format!("{:?}", RequestHead::new(&parts, &parts.uri, &["notes"], None));
    assert!(printed.contains("notes") && !printed.contains("s3cret"), "{printed}");
}
