//! The layer and the router with axum's routes: what is guarded, and that a permission names what a handler reads.

use axum::{
    Router,
    body::Body,
    extract::Path,
    routing::{any, get},
};

use super::{needs::verifier, *};

/// Sends a request to an axum router, and gives the answer with its whole body.
async fn send(router: &Router, method: &str, path: &str) -> Response<Bytes> {
    let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
    let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    Response::from_parts(parts, axum::body::to_bytes(body, 65_536).await.unwrap())
}

/// The identifier that a challenge names.
fn challenged(response: &Response<Bytes>) -> Option<String> {
    let challenge = response.headers().get("insufficient-authorization-details")?;
    let need: Value = serde_json::from_slice(&BASE64_STANDARD.decode(challenge).unwrap()).unwrap();
    Some(text(&need, "identifier"))
}

async fn echo(Path(text): Path<String>) -> String {
    text
}

async fn secret() -> &'static str {
    "secret"
}

#[tokio::test]
async fn a_layer_in_a_nested_router_sees_the_whole_path() {
    let layer = JitLayer::new(verifier(), |request| match request.path() {
        ["v1", "documents", id] => Some(document(id)),
        _ => None,
    });
    let inner = Router::new().route("/documents/{id}", get(echo)).route("/documents", get(secret)).layer(layer);
    let router = Router::new().nest("/v1", inner);
    assert_challenged(&send(&router, "GET", "/v1/documents/doc_1").await, "doc_1", None);
    // Neither the list nor a second route is open because the function does not know it.
    assert_eq!(send(&router, "GET", "/v1/documents").await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn every_handler_of_a_route_is_guarded() {
    let id = |request: &RequestHead<'_>| Some(document(request.parameter("id")?));
    let router = JitRouter::new(verifier())
        .route("/get/{id}", get(echo), id)
        .route("/any/{id}", any(echo), id)
        .route("/fallback/{id}", get(echo).fallback(secret), id)
        .route("/forgotten", get(secret), |_| None::<AuthorizationDetail>)
        .public("/open", get(|| async { "open" }))
        .into_router();
    for method in ["GET", "HEAD", "POST", "DELETE", "OPTIONS", "PURGE"] {
        for route in ["get", "any", "fallback"] {
            let response = send(&router, method, &format!("/{route}/doc_1")).await;
            assert_eq!(challenged(&response).as_deref(), Some("doc_1"), "{method} {route}");
        }
        assert_eq!(send(&router, method, "/forgotten").await.status(), StatusCode::FORBIDDEN);
        assert_eq!(send(&router, method, "/nowhere").await.status(), StatusCode::NOT_FOUND);
    }
    assert_eq!(send(&router, "GET", "/open").await.body(), "open");
}

#[tokio::test]
async fn each_method_of_a_route_has_its_own_need() {
    let router = JitRouter::new(verifier())
        .route("/{id}", get(echo).delete(echo), |request| match *request.method() {
            Method::GET => Some(document("read it")),
            Method::DELETE => Some(document("delete it")),
            _ => None,
        })
        .into_router();
    assert_eq!(challenged(&send(&router, "GET", "/d").await).as_deref(), Some("read it"));
    assert_eq!(challenged(&send(&router, "HEAD", "/d").await).as_deref(), Some("read it"));
    assert_eq!(challenged(&send(&router, "DELETE", "/d").await).as_deref(), Some("delete it"));
    let unknown = send(&router, "POST", "/d").await;
    assert_eq!((unknown.status(), challenged(&unknown)), (StatusCode::FORBIDDEN, None));
}

#[tokio::test]
async fn the_permission_and_the_handler_name_the_same_text() {
    let parameter = |request: &RequestHead<'_>| Some(document(request.parameter("id")?));
    let last = |request: &RequestHead<'_>| Some(document(request.path().last()?));
    let rest = |request: &RequestHead<'_>| Some(document(&request.path().get(1..)?.join("/")));
    let guarded = JitRouter::new(verifier())
        .route("/one/{id}", get(echo), parameter)
        .route("/last/{id}", get(echo), last)
        .route("/all/{*id}", get(echo), rest)
        .route("/wild/{*id}", get(echo), parameter)
        .nest("/nested", JitRouter::new(verifier()).route("/{id}", get(echo), parameter))
        .merge(JitRouter::new(verifier()).route("/merged/{id}", get(echo), last))
        .into_router();
    let open = ["/one/{id}", "/last/{id}", "/all/{*id}", "/wild/{*id}", "/nested/{id}", "/merged/{id}"]
        .into_iter()
        .fold(Router::new(), |router, path| router.route(path, get(echo)));
    // As url's own methods, browsers, Python's requests and curl write them, and everything encoded that may be.
    let texts = [
        "Q3%20report",
        "r%C3%A9sum%C3%A9",
        "doc_9982",
        "doc%255F9982",
        "Q3+report",
        "!$&'()*+,;=:@",
        "%21%24%26%27%28%29%2A%2B%2C%3B%3D%3A%40",
        "[]^|",
        "%5B%5D%5E%7C",
        "%22%3C%3E%60%7B%7D",
        "a%3Fb%23c%25",
    ];
    for text in texts {
        for place in ["one", "last", "all", "wild", "nested", "merged"] {
            let path = format!("/{place}/{text}");
            let read = send(&open, "GET", &path).await;
            assert_eq!(read.status(), StatusCode::OK);
            let named = challenged(&send(&guarded, "GET", &path).await);
            assert_eq!(named.unwrap().as_bytes(), read.body(), "{path}");
        }
    }
    for place in ["all", "wild"] {
        assert_eq!(
            challenged(&send(&guarded, "GET", &format!("/{place}/Q3%20report/page_2")).await).as_deref(),
            Some("Q3 report/page_2")
        );
    }
}

#[tokio::test]
async fn a_value_has_one_spelling_where_a_handler_reads_a_type() {
    let number = |request: &RequestHead<'_>| Some(document(&request.parameter_as::<u64>("id")?.to_string()));
    let id = |request: &RequestHead<'_>| Some(document(&request.parameter_as::<uuid::Uuid>("id")?.to_string()));
    let router = JitRouter::new(verifier())
        .route("/numbers/{id}", get(async |Path(id): Path<u64>| id.to_string()), number)
        .route("/ids/{id}", get(async |Path(id): Path<uuid::Uuid>| id.to_string()), id)
        .into_router();
    for (path, expected) in [
        ("/numbers/7", Some("7")),
        ("/numbers/07", None),
        ("/numbers/+7", None),
        ("/numbers/%2B7", None),
        ("/numbers/seven", None),
        ("/ids/67e55044-10b1-426f-9247-bb680e5fe0c8", Some("67e55044-10b1-426f-9247-bb680e5fe0c8")),
        ("/ids/67E55044-10B1-426F-9247-BB680E5FE0C8", None),
        ("/ids/67e5504410b1426f9247bb680e5fe0c8", None),
        ("/ids/urn:uuid:67e55044-10b1-426f-9247-bb680e5fe0c8", None),
    ] {
        let response = send(&router, "GET", path).await;
        assert_eq!((response.status(), challenged(&response).as_deref()), (StatusCode::FORBIDDEN, expected), "{path}");
    }
}

#[tokio::test]
async fn one_segment_never_becomes_two() {
    let rest = |request: &RequestHead<'_>| Some(document(request.parameter("rest")?));
    let router = JitRouter::new(verifier()).route("/files/{*rest}", get(echo), rest).into_router();
    for path in ["/files/a%2Fb", "/files/a%5Cb", "/files/a/../b", "/files/a/%2E%2E/b", "/files/a//b", "/files/a/"] {
        assert_eq!(send(&router, "GET", path).await.status(), StatusCode::BAD_REQUEST, "{path}");
    }
}

#[tokio::test]
async fn a_router_serves_its_metadata_and_names_it_in_challenges() {
    let metadata = || ResourceMetadata::new("https://api.acme.com/v1").unwrap().name("Documents");
    let id = |request: &RequestHead<'_>| Some(document(request.parameter("id")?));
    let inner = JitRouter::with_metadata(verifier(), metadata()).route("/{id}", get(echo), id);
    let router = JitRouter::with_metadata(verifier(), metadata()).nest("/v1", inner).into_router();
    let response = send(&router, "GET", "/v1/doc_1").await;
    assert!(response.headers()[header::WWW_AUTHENTICATE].to_str().unwrap().contains(&metadata().url()));
    let served = send(&router, "GET", "/.well-known/oauth-protected-resource/v1").await;
    let served: Value = serde_json::from_slice(served.body()).unwrap();
    assert_eq!(
        (&served["resource"], &served["resource_name"]),
        (&json!("https://api.acme.com/v1"), &json!("Documents"))
    );
}

#[tokio::test]
async fn the_right_token_opens_a_route_of_an_axum_router() {
    let api = Api::start().await;
    let (_, task, token) = api.grant().await;
    let who = async |token: axum::Extension<VerifiedToken>| token.0.task_id;
    let router = JitRouter::new(api.verifier.clone())
        .route("/v1/documents/{id}", get(who), |request| Some(document(request.parameter("id")?)))
        .into_router();
    let request = Request::get("/v1/documents/doc_1").header(header::AUTHORIZATION, format!("Bearer {token}"));
    let response = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(axum::body::to_bytes(response.into_body(), 1024).await.unwrap(), task);
}
