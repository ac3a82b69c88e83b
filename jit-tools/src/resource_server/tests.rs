//! The layer in front of an API, with real tokens of a local authority.

mod challenges;
mod needs;
mod outages;
mod questions;
mod routes;

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
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use tower::{Layer as _, ServiceExt as _, service_fn};

use super::{JitLayer, JitRouter, Need, RequestHead, ResourceMetadata, TokenVerifier, VerifiedToken};
use crate::{
    authorization_details::AuthorizationDetail,
    local_authority::{
        PathStyles,
        tests::{Bench, text},
    },
    transport::{HttpTransport, ResponseBody, Transport, TransportError},
};

/// The URL of the API.
const API: &str = "http://api.example";

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
        Self::of(Bench::with(styles).await)
    }

    fn of(bench: Bench) -> Self {
        let wire = Arc::new(Wire { http: HttpTransport::new().unwrap(), is_cut: AtomicBool::new(false) });
        let verifier = TokenVerifier::builder(bench.authority.url(), "acme-corp")
            .audience("http://API.example:80/")
            .client("agt_b", "secret b")
            .clock(bench.clock.clone())
            .transport(wire.clone())
            .build()
            .unwrap();
        Self { bench, verifier, wire }
    }

    async fn call(&self, request: Request<()>) -> Response<Bytes> {
        let layer = JitLayer::new(self.verifier.clone(), |request| match (request.method(), request.path()) {
            (&Method::GET, ["health"]) => Need::Public,
            (&Method::GET, ["v1", "documents", id]) => document(id).into(),
            _ => Need::Unknown,
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
        let request = self.bench.ask_at(Some(API), &agent, &task, "read").await;
        let granted = self.bench.exchange(&agent, &text(&request, "request_id")).await.json();
        (agent, task, text(&granted, "access_token"))
    }

    /// A JIT token of `agt_a` or `agt_b` to read `doc_1`.
    async fn grant_to(&self, which: &str) -> String {
        let agent = self.bench.agent_token(which).await;
        let task = self.bench.task(&agent).await;
        let request = self.bench.ask_at(Some(API), &agent, &task, "read").await;
        text(&self.bench.exchange(&agent, &text(&request, "request_id")).await.json(), "access_token")
    }

    /// How many calls to paths that end so the authority received.
    fn calls(&self, path: &str) -> usize {
        self.bench.authority.requests().iter().filter(|call| call.path.ends_with(path)).count()
    }
}

/// The permission to read a document.
fn document(id: &str) -> AuthorizationDetail {
    AuthorizationDetail::new("document").actions(["read"]).identifier(id)
}

/// Asserts that a request was turned away with the whole challenge of the vendor, and without the token.
#[track_caller]
fn assert_challenged(response: &Response<Bytes>, document: &str, token: Option<&str>) {
    let need = json!({ "type": "document", "actions": ["read"], "identifier": document, "locations": [API] });
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
async fn what_is_public_by_name_is_let_in_without_a_token() {
    let api = Api::start().await;
    let response = api.call(Request::get("http://api.example/health").body(()).unwrap()).await;
    assert_eq!((response.status(), response.body()), (StatusCode::OK, &Bytes::from("nobody")));
}
