//! The protected API: documents that are real text files, each behind the permission that it needs.
//!
//! `GET /v1/documents/{id}` needs `{"type":"document","actions":["read"],"identifier":"{id}"}`, and
//! `POST /v1/documents/{id}/summaries` with `{"text": …}` needs the same with `["write"]`.

use std::{
    collections::HashMap,
    error::Error,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path as UrlPath, State},
    http::{Method, StatusCode},
    response::IntoResponse,
    routing::{get, post},
};
use jit_tools::{
    AuthorizationDetail,
    resource_server::{JitRouter, RequestHead, TokenVerifier, TokenVerifierBuilder},
};
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpListener;

/// The longest request that is taken, in bytes.
const MAX_REQUEST: usize = 64 * 1024;
/// How many summaries of one document are kept.
const MAX_SUMMARIES: usize = 100;

#[derive(Clone)]
struct Documents {
    folder: Arc<PathBuf>,
    summaries: Arc<Mutex<HashMap<String, Vec<String>>>>,
}

#[derive(Deserialize)]
struct Summary {
    text: String,
}

/// Starts the API on loopback, and gives its URL, which is the audience of its tokens.
pub async fn start(verifier: TokenVerifierBuilder) -> Result<String, Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let router = router(verifier.audience(&url).build()?);
    // It waits for the head of a call as long as a client likes: where strangers call, let a proxy in front set a time.
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(url)
}

/// The API's service.
pub fn router(verifier: TokenVerifier) -> Router {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("document_analyst/documents");
    JitRouter::new(verifier)
        .route("/v1/documents/{id}", get(read), |request| needs(request, &Method::GET, "read"))
        .route("/v1/documents/{id}/summaries", post(save), |request| needs(request, &Method::POST, "write"))
        .into_router()
        .layer(DefaultBodyLimit::max(MAX_REQUEST))
        .with_state(Documents { folder: Arc::new(folder), summaries: Arc::default() })
}

/// The permission for one method. `None`, as for every other one, is refused.
fn needs(request: &RequestHead<'_>, method: &Method, action: &str) -> Option<AuthorizationDetail> {
    let id = request.parameter("id").filter(|_| request.method() == method)?;
    Some(AuthorizationDetail::new("document").actions([action]).identifier(id))
}

async fn read(State(documents): State<Documents>, UrlPath(id): UrlPath<String>) -> impl IntoResponse {
    match text(&documents, &id).await {
        Some(text) => Ok(text),
        None => Err(not_found()),
    }
}

async fn save(
    State(documents): State<Documents>,
    UrlPath(id): UrlPath<String>,
    Json(summary): Json<Summary>,
) -> impl IntoResponse {
    if text(&documents, &id).await.is_none() {
        return not_found();
    }
    let mut summaries = documents.summaries.lock().unwrap_or_else(PoisonError::into_inner);
    let of_document = summaries.entry(id.clone()).or_default();
    if of_document.len() == MAX_SUMMARIES {
        return (StatusCode::CONFLICT, Json(json!({ "error": "too_many_summaries" })));
    }
    of_document.push(summary.text);
    (StatusCode::CREATED, Json(json!({ "document_id": id, "summaries": of_document.len() })))
}

/// A document's text. Ids are names of files, so only plain ones are looked for.
async fn text(documents: &Documents, id: &str) -> Option<String> {
    let plain = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !plain {
        return None;
    }
    tokio::fs::read_to_string(documents.folder.join(format!("{id}.txt"))).await.ok()
}

fn not_found() -> (StatusCode, Json<serde_json::Value>) {
    (StatusCode::NOT_FOUND, Json(json!({ "error": "not_found" })))
}
