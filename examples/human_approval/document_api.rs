//! The protected API: documents that are real files, each behind the permission that it needs.
//!
//! `DELETE /v1/documents/{id}` needs `{"type":"document","actions":["delete"],"identifier":"{id}"}`.

use std::{
    error::Error,
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use axum::{
    extract::{Path as UrlPath, State},
    http::{Method, StatusCode},
    routing::delete,
};
use jit_tools::{
    AuthorizationDetail,
    resource_server::{JitRouter, TokenVerifierBuilder},
};
use tokio::{fs, net::TcpListener};

/// What is in the archive at first.
const DOCUMENTS: [(&str, &str); 2] =
    [("doc_1207", "Minutes of a meeting that nobody remembers.\n"), ("doc_4415", "The deed of the harbour.\n")];

/// Puts every document into its place.
pub async fn fill(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder).await?;
    for (id, text) in DOCUMENTS {
        fs::write(folder.join(format!("{id}.txt")), text).await?;
    }
    Ok(())
}

/// Starts the API, and gives its address, which is the audience of its tokens. Port 0 picks a free one.
pub async fn start(
    address: SocketAddr,
    folder: PathBuf,
    verifier: TokenVerifierBuilder,
) -> Result<SocketAddr, Box<dyn Error>> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    let verifier = verifier.audience(format!("http://{address}")).build()?;
    let router = JitRouter::new(verifier)
        .route("/v1/documents/{id}", delete(remove), |request| {
            let id = request.parameter("id").filter(|_| request.method() == Method::DELETE)?;
            Some(AuthorizationDetail::new("document").actions(["delete"]).identifier(id))
        })
        .into_router()
        .with_state(folder);
    // It waits for the head of a call as long as a client likes: where strangers call, let a proxy in front set a time.
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

/// Ids are names of files, so only plain ones are looked for.
async fn remove(State(folder): State<PathBuf>, UrlPath(id): UrlPath<String>) -> StatusCode {
    let is_plain = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !is_plain {
        return StatusCode::NOT_FOUND;
    }
    match fs::remove_file(folder.join(format!("{id}.txt"))).await {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(error) if error.kind() == io::ErrorKind::NotFound => StatusCode::NOT_FOUND,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
