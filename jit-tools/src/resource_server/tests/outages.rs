//! What the verifier does when the authority is away, slow, or asked for the absurd.

use super::*;

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
        .audience(API)
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
async fn all_who_wait_share_the_keys_and_an_answer() {
    let api = Api::start().await;
    let (_, _, token) = api.grant().await;
    let responses = futures_util::future::join_all((0..16).map(|_| api.get("doc_1", Some(&token)))).await;
    assert!(responses.iter().all(|response| response.status() == StatusCode::OK));
    // The first asks, and those who came meanwhile share the next question.
    assert_eq!((api.calls("/jwks.json"), api.calls("/oauth/introspect")), (1, 2));
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
    let build = |url: &str| TokenVerifier::builder(url, "acme-corp").audience(API).client("a", "s").build();
    assert!(build("http://authority.example").unwrap_err().to_string().contains("no https URL"));
    assert!(build("https://authority.example/").is_ok());
    let builder = |org: &str| TokenVerifier::builder("https://authority.example", org);
    assert!(builder("a/b").audience(API).client("a", "s").build().is_err());
    assert!(builder("a").audience(API).build().is_err());
}

#[test]
fn a_verifier_that_does_not_know_its_api_is_not_built() {
    let builder = || TokenVerifier::builder("https://authority.example", "acme-corp").client("a", "s");
    for builder in [builder(), builder().audience("")] {
        assert!(builder.build().unwrap_err().to_string().contains("audience(url)"));
    }
}
