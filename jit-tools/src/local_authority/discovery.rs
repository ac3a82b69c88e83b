//! What a client may learn about this authority by itself (RFC 8414).

use std::sync::Arc;

use axum::{Json, extract::State, response::IntoResponse};
use bytes::Bytes;
use http::{HeaderValue, header};
use serde_json::{Value, json};

use super::{
    answer::PlatformError,
    audience::{REQUEST_SCOPE, REVIEWER_SCOPE},
    oauth::TOKEN_EXCHANGE,
    shared::Shared,
};

/// `GET /.well-known/oauth-authorization-server` (RFC 8414, section 3).
///
/// There is no authorization endpoint, since no grant that is offered uses one; the list of response types, which has to
/// be there, is empty for that reason.
pub(super) async fn metadata(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let base = shared.base(if shared.styles.has_orgs() { "orgs" } else { "t" });
    let mut scopes: Vec<&str> =
        shared.clients.iter().flat_map(|client| &client.capabilities).map(String::as_str).collect();
    scopes.extend([REQUEST_SCOPE, REVIEWER_SCOPE]);
    scopes.sort_unstable();
    scopes.dedup();
    let methods = ["client_secret_basic", "client_secret_post"];
    Json(json!({
        "issuer": shared.url,
        "token_endpoint": format!("{base}/oauth/token"),
        "revocation_endpoint": format!("{base}/oauth/revoke"),
        "introspection_endpoint": format!("{base}/oauth/introspect"),
        "userinfo_endpoint": format!("{base}/oauth/userinfo"),
        "jwks_uri": format!("{}/.well-known/jwks.json", shared.url),
        "scopes_supported": scopes,
        "response_types_supported": [],
        "grant_types_supported": ["client_credentials", TOKEN_EXCHANGE],
        "token_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_methods_supported": methods,
        "introspection_endpoint_auth_methods_supported": methods,
        "service_documentation": format!("{}/openapi.json", shared.url),
    }))
}

/// The document of this API (`OpenAPI` 3.1), with the paths under which it is served.
const OPENAPI: &str = include_str!("openapi.json");
const CALLBACK: &str = "/components/schemas/PermissionRequest/properties/callback_url";

/// `GET /openapi.json`: made once, since anybody may ask for it as often as they like.
pub(super) async fn openapi(State(shared): State<Arc<Shared>>) -> Result<impl IntoResponse, PlatformError> {
    let document = shared.openapi.get_or_init(|| document(&shared));
    let document = document.clone().ok_or_else(PlatformError::server_error)?;
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], document))
}

fn document(shared: &Shared) -> Option<Bytes> {
    let mut document: Value = serde_json::from_str(OPENAPI).ok()?;
    let styles = [("orgs", shared.styles.has_orgs()), ("t", shared.styles.has_tenants())];
    let served = styles.into_iter().filter(|(_, is_served)| *is_served);
    let servers: Vec<Value> =
        served.map(|(style, _)| json!({ "url": format!("/{style}/{}/api/v1", shared.org) })).collect();
    // Without an allowed origin there is no callback_url that could be accepted.
    if let (None, Some(callback)) = (&shared.webhooks, document.pointer_mut(CALLBACK)) {
        *callback = json!({ "type": "null" });
    }
    if let Some(members) = document.as_object_mut() {
        members.insert("servers".to_owned(), json!(servers));
    }
    serde_json::to_vec(&document).ok().map(Bytes::from)
}
