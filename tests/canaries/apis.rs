//! APIs that write what they were sent wherever it may be read.

use axum::{
    Router,
    extract::Request,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use base64::Engine as _;
use jit_tools::{Policy, ToolContext, ToolError, url};
use serde_json::json;

use crate::{
    world::{World, serve},
    written::written,
};

/// The token of a request, which an API has by right.
fn token(request: &Request) -> String {
    let authorization = request.headers().get("authorization").map(|value| value.to_str().unwrap());
    authorization.unwrap_or_default().trim_start_matches("Bearer ").to_owned()
}

/// Calls an API that answers so, by GET and by DELETE, and writes down all that comes of it.
async fn call(world: &World, answer: impl Fn(String) -> Response + Clone + Send + Sync + 'static) {
    let api = serve(Router::new().fallback(async move |request: Request| answer(token(&request)))).await;
    let policy = Policy::new().trust_origin(&api).unwrap();
    let jit = world.builder_with(policy).create_task().await.unwrap();
    let cx = ToolContext::new(&jit);
    for method in ["GET", "DELETE"] {
        let error = match cx.http().request(method.parse().unwrap(), url!("{api}/notes/n1")).send().await {
            Ok(response) => {
                written().add_debug(&response);
                match response.error_for_status() {
                    Ok(_) => continue,
                    Err(error) => error,
                }
            }
            Err(error) => error,
        };
        written().add_error(&error);
        let error = ToolError::from(error);
        written().add_tool_error(&error);
    }
    jit.complete_task().await.unwrap();
}

#[tokio::test]
async fn an_api_that_repeats_the_token_in_headers_and_body_writes_no_secret() {
    let world = World::start().await;
    for status in [StatusCode::OK, StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN, StatusCode::INTERNAL_SERVER_ERROR] {
        call(&world, move |token| (status, [("x-echo", token.clone())], token).into_response()).await;
    }
    world.assert_nothing_leaked();
}

#[tokio::test]
async fn an_api_that_repeats_the_token_in_a_malformed_challenge_writes_no_secret() {
    let world = World::start().await;
    for name in ["insufficient-authorization-details", "www-authenticate"] {
        for before in ["", "%%%", "Bearer error=", "Bearer error=\"insufficient_authorization_details\", realm="] {
            call(&world, move |token| {
                (StatusCode::FORBIDDEN, [(name, format!("{before}{token}"))], "").into_response()
            })
            .await;
        }
    }
    call(&world, |token| {
        let body = format!(r#"{{"error":"insufficient_authorization_details","authorization_details_hint":{token}"#);
        (StatusCode::FORBIDDEN, body).into_response()
    })
    .await;
    world.assert_nothing_leaked();
}

#[tokio::test]
async fn an_api_that_names_the_token_as_what_is_missing_writes_no_secret() {
    let world = World::start().await;
    for member in ["identifier", "type", "actions", "locations", "something_else"] {
        let hint = move |token: &str| {
            let mut hint = json!({"type": "note", "actions": ["delete"], "identifier": "n1"});
            hint[member] = if matches!(member, "actions" | "locations") { json!([token]) } else { json!(token) };
            hint
        };
        call(&world, move |token| {
            let body = json!({
                "error": "insufficient_authorization_details", "authorization_details_hint": hint(&token),
            });
            (StatusCode::FORBIDDEN, body.to_string()).into_response()
        })
        .await;
        call(&world, move |token| {
            let challenge = base64::prelude::BASE64_STANDARD.encode(hint(&token).to_string());
            (StatusCode::FORBIDDEN, [("insufficient-authorization-details", challenge)], "").into_response()
        })
        .await;
    }
    world.assert_nothing_leaked();
}

#[tokio::test]
async fn a_redirect_with_the_token_in_its_address_writes_no_secret() {
    let world = World::start().await;
    for (before, after) in [
        ("https://evil.test/?token=", ""),
        ("https://evil.test/", "/x"),
        ("https://evil.test/#", ""),
        ("https://", ".evil.test/"),
        ("https://", "@evil.test/"),
        ("https://x:", "@evil.test/"),
        ("/", ""),
        ("", "://evil.test"),
    ] {
        call(&world, move |token| {
            let location = format!("{before}{token}{after}");
            (StatusCode::FOUND, [(header::LOCATION, location)], "").into_response()
        })
        .await;
    }
    let whole = |token: String| token.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
    call(&world, move |token| {
        (StatusCode::FOUND, [(header::LOCATION, format!("https://evil.test/{}", whole(token)))], "").into_response()
    })
    .await;
    world.assert_nothing_leaked();
}
