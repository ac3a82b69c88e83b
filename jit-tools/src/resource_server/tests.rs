//! The layer in front of an API, with real tokens of a local authority.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use tower::{Layer as _, ServiceExt as _, service_fn};

use super::{JitLayer, TokenVerifier, VerifiedToken};
use crate::{
    authorization_details::AuthorizationDetail,
    local_authority::{
        PathStyles,
        tests::{Bench, text},
    },
    transport::{HttpTransport, ResponseBody, Transport, TransportError},
};

/// A transport whose wire can be cut.
#[derive(Debug)]
struct Wire {
    http: HttpTransport,
    is_cut: AtomicBool,
}

#[async_trait]
impl Transport for Wire {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<ResponseBody>, TransportError> {
        if self.is_cut.load(Ordering::SeqCst) {
            return Err(TransportError::broken("the authority", "cut"));
        }
        self.http.send(request).await
    }
}

/// An API behind the layer: `GET /v1/documents/{id}` needs the permission to read it, `/health` needs nothing.
struct Api {
    bench: Bench,
    verifier: TokenVerifier,
    wire: Arc<Wire>,
}

impl Api {
    async fn start() -> Self {
        Self::with(PathStyles::Both).await
    }

    async fn with(styles: PathStyles) -> Self {
        let bench = Bench::with(styles).await;
        let wire = Arc::new(Wire { http: HttpTransport::new().unwrap(), is_cut: AtomicBool::new(false) });
        let verifier = TokenVerifier::builder(bench.authority.url(), "acme-corp")
            .client("agt_b", "secret b")
            .clock(bench.clock.clone())
            .transport(wire.clone())
            .build()
            .unwrap();
        Self { bench, verifier, wire }
    }

    async fn call(&self, request: Request<()>) -> Response<Bytes> {
        let layer = JitLayer::new(self.verifier.clone(), |request| {
            let id = request.uri.path().strip_prefix("/v1/documents/")?;
            Some(AuthorizationDetail::new("document").actions(["read"]).identifier(id))
        });
        let api = service_fn(|request: Request<()>| async move {
            let task = request.extensions().get::<VerifiedToken>().map_or("nobody", |token| &token.task_id).to_owned();
            Ok::<_, Infallible>(Response::new(Bytes::from(task)))
        });
        layer.layer(api).oneshot(request).await.unwrap()
    }

    async fn get(&self, document: &str, token: Option<&str>) -> Response<Bytes> {
        let mut request = Request::get(format!("http://api.example/v1/documents/{document}"));
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        self.call(request.body(()).unwrap()).await
    }

    /// A task with a token to read `doc_1`: the agent's own token, the task, the JIT token.
    async fn grant(&self) -> (String, String, String) {
        let agent = self.bench.agent_token("a").await;
        let task = self.bench.task(&agent).await;
        let request = self.bench.ask(&agent, &task, "read").await;
        let granted = self.bench.exchange(&agent, &text(&request, "request_id")).await.json();
        (agent, task, text(&granted, "access_token"))
    }

    /// How many calls to paths that end so the authority received.
    fn calls(&self, path: &str) -> usize {
        self.bench.authority.requests().iter().filter(|call| call.path.ends_with(path)).count()
    }
}

/// Asserts that a request was turned away with the whole challenge of the vendor, and without the token.
#[track_caller]
fn assert_challenged(response: &Response<Bytes>, document: &str, token: Option<&str>) {
    let need = json!({ "type": "document", "actions": ["read"], "identifier": document });
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    let headers = response.headers();
    let challenge = BASE64_STANDARD.decode(&headers["insufficient-authorization-details"]).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&challenge).unwrap(), need);
    assert_eq!(headers[header::WWW_AUTHENTICATE], r#"Bearer error="insufficient_authorization_details""#);
    assert_eq!(headers[header::CONTENT_TYPE], "application/json");
    let body: Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(body["error"], "insufficient_authorization_details");
    assert!(body["error_description"].is_string());
    assert_eq!(body["authorization_details_hint"], need);
    if let Some(token) = token {
        assert!(!format!("{response:?}").contains(token));
    }
}

/// The claims of a token, and its header.
fn taken_apart(token: &str) -> (Header, Value) {
    let header = jsonwebtoken::decode_header(token).unwrap();
    (header, jsonwebtoken::dangerous::insecure_decode::<Value>(token).unwrap().claims)
}

fn fresh_key() -> EncodingKey {
    let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
    EncodingKey::from_ec_der(key.as_ref())
}

#[tokio::test]
async fn the_right_token_is_let_in_and_known_to_the_handler() {
    let api = Api::start().await;
    let (_, task, token) = api.grant().await;
    let response = api.get("doc_1", Some(&token)).await;
    assert_eq!((response.status(), response.body()), (StatusCode::OK, &Bytes::from(task)));
}

#[tokio::test]
async fn a_request_that_needs_nothing_is_let_in_without_a_token() {
    let api = Api::start().await;
    let response = api.call(Request::get("http://api.example/health").body(()).unwrap()).await;
    assert_eq!((response.status(), response.body()), (StatusCode::OK, &Bytes::from("nobody")));
}

#[tokio::test]
async fn no_token_is_challenged() {
    let api = Api::start().await;
    assert_challenged(&api.get("doc_1", None).await, "doc_1", None);
}

#[tokio::test]
async fn a_token_for_something_else_is_challenged() {
    let api = Api::start().await;
    let (_, _, token) = api.grant().await;
    assert_challenged(&api.get("doc_2", Some(&token)).await, "doc_2", Some(&token));
    assert_eq!(api.calls("/oauth/introspect"), 0);
}

#[tokio::test]
async fn the_token_of_another_task_is_challenged() {
    let api = Api::start().await;
    let agent = api.bench.agent_token("a").await;
    let task = api.bench.task(&agent).await;
    let request = api.bench.ask(&agent, &task, "write").await;
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

#[tokio::test]
async fn nobody_is_let_in_while_the_authority_cannot_be_asked() {
    let api = Api::start().await;
    let (_, _, token) = api.grant().await;
    assert_eq!(api.get("doc_1", Some(&token)).await.status(), StatusCode::OK);
    api.wire.is_cut.store(true, Ordering::SeqCst);
    let response = api.get("doc_1", Some(&token)).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(!response.headers().contains_key("insufficient-authorization-details"));
    let body: Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!((&body["code"], &body["error"]), (&json!("authority_unavailable"), &json!(true)));
    assert!(!format!("{response:?}").contains(&token));
    api.wire.is_cut.store(false, Ordering::SeqCst);
    assert_eq!(api.get("doc_1", Some(&token)).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_wrong_client_secret_lets_nobody_in() {
    let api = Api::start().await;
    let (_, _, token) = api.grant().await;
    let verifier = TokenVerifier::builder(api.bench.authority.url(), "acme-corp")
        .client("agt_b", "wrong")
        .clock(api.bench.clock.clone())
        .build()
        .unwrap();
    let response = Api { verifier, ..api }.get("doc_1", Some(&token)).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn both_styles_of_path_are_found_and_the_right_one_is_remembered() {
    for (styles, failed) in [(PathStyles::OrgsOnly, 0), (PathStyles::Both, 0), (PathStyles::TenantsOnly, 1)] {
        let api = Api::with(styles).await;
        let (_, _, token) = api.grant().await;
        for _ in 0..2 {
            assert_eq!(api.get("doc_1", Some(&token)).await.status(), StatusCode::OK);
        }
        assert_eq!(api.calls("/oauth/introspect"), 2 + failed, "{styles:?}");
    }
}

#[tokio::test]
async fn keys_are_fetched_once_for_all_who_wait() {
    let api = Api::start().await;
    let (_, _, token) = api.grant().await;
    let responses = futures_util::future::join_all((0..16).map(|_| api.get("doc_1", Some(&token)))).await;
    assert!(responses.iter().all(|response| response.status() == StatusCode::OK));
    assert_eq!((api.calls("/jwks.json"), api.calls("/oauth/introspect")), (1, 16));
}

#[tokio::test]
async fn unknown_keys_do_not_make_the_verifier_fetch_again_and_again() {
    let api = Api::start().await;
    let (_, _, token) = api.grant().await;
    let (mut header, claims) = taken_apart(&token);
    for kid in 0..8 {
        header.kid = Some(kid.to_string());
        let forged = jsonwebtoken::encode(&header, &claims, &fresh_key()).unwrap();
        assert_challenged(&api.get("doc_1", Some(&forged)).await, "doc_1", Some(&forged));
    }
    assert_eq!(api.calls("/jwks.json"), 1);
    api.bench.clock.advance(30);
    for _ in 0..2 {
        assert_eq!(api.get("doc_1", Some(&token)).await.status(), StatusCode::OK);
        let forged = jsonwebtoken::encode(&header, &claims, &fresh_key()).unwrap();
        assert_challenged(&api.get("doc_1", Some(&forged)).await, "doc_1", Some(&forged));
    }
    assert_eq!(api.calls("/jwks.json"), 2);
}

#[tokio::test]
async fn an_invented_key_id_does_not_cost_the_known_keys() {
    let api = Api::start().await;
    let (_, _, token) = api.grant().await;
    assert_eq!(api.get("doc_1", Some(&token)).await.status(), StatusCode::OK);
    let (mut header, claims) = taken_apart(&token);
    header.kid = Some("invented".to_owned());
    let forged = jsonwebtoken::encode(&header, &claims, &fresh_key()).unwrap();
    api.bench.clock.advance(30);
    api.wire.is_cut.store(true, Ordering::SeqCst);
    assert_eq!(api.get("doc_1", Some(&forged)).await.status(), StatusCode::SERVICE_UNAVAILABLE);
    api.wire.is_cut.store(false, Ordering::SeqCst);
    assert_eq!(api.get("doc_1", Some(&token)).await.status(), StatusCode::OK);
}

#[test]
fn a_verifier_that_would_send_its_secret_in_the_clear_is_not_built() {
    let build = |url: &str| TokenVerifier::builder(url, "acme-corp").client("a", "s").build();
    assert!(build("http://authority.example").unwrap_err().to_string().contains("no https URL"));
    assert!(build("https://authority.example/").is_ok());
    assert!(TokenVerifier::builder("https://authority.example", "a/b").client("a", "s").build().is_err());
    assert!(TokenVerifier::builder("https://authority.example", "a").build().is_err());
}
