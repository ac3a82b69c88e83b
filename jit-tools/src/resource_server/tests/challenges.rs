//! Who is turned away, and how.

use super::*;

#[tokio::test]
async fn no_token_is_challenged() {
    let api = Api::start().await;
    assert_challenged(&api.get("doc_1", None).await, "doc_1", None);
}

#[tokio::test]
async fn a_challenge_names_the_apis_metadata_which_names_the_authority() {
    let api = Api::start().await;
    let metadata = ResourceMetadata::new("https://api.acme.com/v1").unwrap().name("Documents").details_type("document");
    let url = metadata.url();
    let layer = JitLayer::new(api.verifier.clone(), |_| Some(AuthorizationDetail::new("document"))).metadata(metadata);
    let inner = service_fn(|_: Request<()>| async { Ok::<_, Infallible>(Response::new(Bytes::from_static(b"in"))) });
    let send = |uri: &str| layer.layer(inner).oneshot(Request::get(uri).body(()).unwrap());

    let challenged = send("https://api.acme.com/v1/documents/1").await.unwrap();
    let header = challenged.headers()[header::WWW_AUTHENTICATE].to_str().unwrap();
    let expected = format!(r#"Bearer error="insufficient_authorization_details", resource_metadata="{url}""#);
    assert_eq!((challenged.status(), header), (StatusCode::FORBIDDEN, expected.as_str()));
    let told: Value = serde_json::from_slice(send(&url).await.unwrap().body()).unwrap();
    let expected = json!({
        "resource": "https://api.acme.com/v1",
        "authorization_servers": [api.bench.authority.url()],
        "bearer_methods_supported": ["header"],
        "resource_name": "Documents",
        "authorization_details_types_supported": ["document"],
    });
    assert_eq!(told, expected);
    // The document at that authority's well-known path names the same issuer.
    let authority = told["authorization_servers"][0].as_str().unwrap();
    let found = api.bench.fetch(&format!("{authority}/.well-known/oauth-authorization-server")).await;
    assert_eq!(found["issuer"], authority);
}

#[tokio::test]
async fn a_token_for_something_else_is_challenged() {
    let api = Api::start().await;
    let (_, _, token) = api.grant().await;
    assert_challenged(&api.get("doc_2", Some(&token)).await, "doc_2", Some(&token));
    assert_eq!(api.calls("/oauth/introspect"), 0);
}

#[tokio::test]
async fn a_token_for_another_api_or_for_none_is_challenged() {
    let api = Api::start().await;
    let (agent, task, _) = api.grant().await;
    for resource in [None, Some("http://other.example"), Some("http://api.example:81"), Some("http://api.example/v1")] {
        let request = api.bench.ask_at(resource, &agent, &task, "read").await;
        let granted = api.bench.exchange(&agent, &text(&request, "request_id")).await.json();
        let token = text(&granted, "access_token");
        assert_challenged(&api.get("doc_1", Some(&token)).await, "doc_1", Some(&token));
    }
}

#[tokio::test]
async fn the_token_of_another_task_is_challenged() {
    let api = Api::start().await;
    let agent = api.bench.agent_token("a").await;
    let task = api.bench.task(&agent).await;
    let request = api.bench.ask_at(Some(API), &agent, &task, "write").await;
    let granted = api.bench.exchange(&agent, &text(&request, "request_id")).await.json();
    let token = text(&granted, "access_token");
    assert_challenged(&api.get("doc_1", Some(&token)).await, "doc_1", Some(&token));
}

#[tokio::test]
async fn an_expired_token_is_challenged() {
    let api = Api::start().await;
    let (_, _, token) = api.grant().await;
    api.bench.clock.advance(599);
    assert_eq!(api.get("doc_1", Some(&token)).await.status(), StatusCode::OK);
    api.bench.clock.advance(1);
    assert_challenged(&api.get("doc_1", Some(&token)).await, "doc_1", Some(&token));
}

#[tokio::test]
async fn a_revoked_token_is_challenged_at_once() {
    let api = Api::start().await;
    let (_, _, token) = api.grant().await;
    assert_eq!(api.get("doc_1", Some(&token)).await.status(), StatusCode::OK);
    let pairs = [("client_id", "agt_a"), ("client_secret", "secret a"), ("token", token.as_str())];
    api.bench.form("/orgs/acme-corp/api/v1/oauth/revoke", &pairs).await;
    assert_challenged(&api.get("doc_1", Some(&token)).await, "doc_1", Some(&token));
}

#[tokio::test]
async fn the_token_of_a_completed_task_is_challenged() {
    let api = Api::start().await;
    let (agent, task, token) = api.grant().await;
    api.bench.api("POST", &format!("/jit/task/{task}/complete"), &agent, Value::Null).await;
    assert_challenged(&api.get("doc_1", Some(&token)).await, "doc_1", Some(&token));
}

#[tokio::test]
async fn an_unsigned_token_is_challenged() {
    let api = Api::start().await;
    let (_, _, token) = api.grant().await;
    let (header, claims) = taken_apart(&token);
    let encode = |value: Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    for algorithm in ["none", "None", "NONE", ""] {
        let head = encode(json!({ "alg": algorithm, "typ": "JWT", "kid": header.kid }));
        for signature in ["", token.rsplit('.').next().unwrap()] {
            let unsigned = format!("{head}.{}.{signature}", encode(claims.clone()));
            assert_challenged(&api.get("doc_1", Some(&unsigned)).await, "doc_1", Some(&unsigned));
        }
    }
}

#[tokio::test]
async fn a_token_signed_with_the_public_key_as_a_secret_is_challenged() {
    let api = Api::start().await;
    let (_, _, token) = api.grant().await;
    let (mut header, claims) = taken_apart(&token);
    let url = format!("{}/.well-known/jwks.json", api.bench.authority.url());
    let response = api.wire.send(Request::get(url).body(Bytes::new()).unwrap()).await.unwrap();
    let keys: Value =
        serde_json::from_slice(&crate::transport::read_body(response.into_body(), 65_536).await.unwrap()).unwrap();
    let coordinate = |name: &str| BASE64_URL_SAFE_NO_PAD.decode(text(&keys["keys"][0], name)).unwrap();
    let point = [vec![4], coordinate("x"), coordinate("y")].concat();
    for secret in [point, keys.to_string().into_bytes(), keys["keys"][0].to_string().into_bytes()] {
        header.alg = Algorithm::HS256;
        let forged = jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(&secret)).unwrap();
        assert_challenged(&api.get("doc_1", Some(&forged)).await, "doc_1", Some(&forged));
    }
}

#[tokio::test]
async fn a_token_signed_by_another_key_is_challenged() {
    let api = Api::start().await;
    let (_, _, token) = api.grant().await;
    let (mut header, claims) = taken_apart(&token);
    let forged = jsonwebtoken::encode(&header, &claims, &fresh_key()).unwrap();
    assert_challenged(&api.get("doc_1", Some(&forged)).await, "doc_1", Some(&forged));
    header.kid = Some("another".to_owned());
    let forged = jsonwebtoken::encode(&header, &claims, &fresh_key()).unwrap();
    assert_challenged(&api.get("doc_1", Some(&forged)).await, "doc_1", Some(&forged));
    assert_eq!(api.calls("/oauth/introspect"), 0);
}

#[tokio::test]
async fn the_token_of_another_authority_is_challenged() {
    let (api, other) = (Api::start().await, Api::start().await);
    let (_, _, token) = other.grant().await;
    assert_challenged(&api.get("doc_1", Some(&token)).await, "doc_1", Some(&token));
}

#[tokio::test]
async fn an_agents_own_token_is_challenged() {
    let api = Api::start().await;
    let token = api.bench.agent_token("a").await;
    assert_challenged(&api.get("doc_1", Some(&token)).await, "doc_1", Some(&token));
}

#[tokio::test]
async fn two_authorization_headers_are_challenged() {
    let api = Api::start().await;
    let (_, _, token) = api.grant().await;
    let bearer = HeaderValue::try_from(format!("Bearer {token}")).unwrap();
    let request = Request::get("http://api.example/v1/documents/doc_1")
        .header(header::AUTHORIZATION, &bearer)
        .header(header::AUTHORIZATION, &bearer)
        .body(())
        .unwrap();
    assert_challenged(&api.call(request).await, "doc_1", Some(&token));
}

#[tokio::test]
async fn garbage_is_challenged() {
    let api = Api::start().await;
    for token in ["x", "a.b.c", "....", "", &"x".repeat(100_000)] {
        assert_challenged(&api.get("doc_1", Some(token)).await, "doc_1", None);
    }
    let basic = Request::get("http://api.example/v1/documents/doc_1").header(header::AUTHORIZATION, "Basic eDp5");
    assert_challenged(&api.call(basic.body(()).unwrap()).await, "doc_1", None);
    assert_eq!(api.calls("/jwks.json"), 0);
}
