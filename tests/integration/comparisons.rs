//! A comparison that a type brings along counts wherever details are compared.

use axum::{Json, Router, extract::Request, response::IntoResponse as _, routing::any};
use http::StatusCode;
use jit_tools::{
    AuthorizationDetail, JitContext, Policy, authorization_details::Comparisons, escalation::Refusal,
    policy::Entitlement, url,
};

use crate::support::{API, World};

fn quota(limit: u64) -> AuthorizationDetail {
    serde_json::from_value(serde_json::json!({"type": "quota", "actions": ["read"], "limit": limit})).unwrap()
}

/// Whether a quota is within the limit that is held.
pub fn by_limit() -> Comparisons {
    let limit = |detail: &AuthorizationDetail| detail.extensions.get("limit").and_then(serde_json::Value::as_u64);
    Comparisons::new().register("quota", move |held: &AuthorizationDetail, need: &AuthorizationDetail| {
        held.actions == need.actions && matches!((limit(held), limit(need)), (Some(held), Some(need)) if need <= held)
    })
}

/// An API whose path is the limit that it needs.
fn api() -> Router {
    Router::new().fallback(any(|request: Request| async move {
        if request.headers().contains_key("authorization") {
            return "fine".into_response();
        }
        let limit = request.uri().path().trim_start_matches('/').parse().unwrap();
        let hint = serde_json::json!({
            "error": "insufficient_authorization_details", "authorization_details_hint": quota(limit),
        });
        (StatusCode::FORBIDDEN, Json(hint)).into_response()
    }))
}

#[tokio::test]
async fn a_ceiling_and_a_held_grant_go_by_the_comparison_of_the_type() {
    let world = World::with_api(API, api());
    let policy = Policy::new().comparisons(by_limit());
    let jit = JitContext::builder(&world.agent, "test").policy(policy).create_task().await.unwrap();
    let call = jit.escalating(Entitlement::default().may_request(quota(500)));
    // Each limit, whether the ceiling of 500 lets it be asked for, and how often the authority was asked by then.
    for (limit, is_allowed, asked) in [(400, true, 1), (300, true, 1), (499, true, 2), (450, true, 2), (501, false, 2)]
    {
        let response = call.http().get(url!("{API}/{limit}")).send().await.unwrap();
        assert_eq!(response.status().is_success(), is_allowed, "{limit}");
        let refusal = response.escalation_error().and_then(|error| error.refusal());
        assert_eq!(matches!(refusal, Some(Refusal::BeyondCeiling { .. })), !is_allowed, "{limit}");
        assert_eq!(world.asked("/jit/request"), asked, "{limit}");
    }
}
