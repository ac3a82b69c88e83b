//! Numbers are what they are without the features that this crate turns on.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use http::{Request, Response, StatusCode};
use jit_tools::{
    AuthorizationDetail, JitContext, LumoAuthAgent, Tool, ToolContext, ToolDefinition, ToolError, ToolOutput, Toolset,
    export::Provider, local_authority::LocalAuthority, policy::Entitlement, testing::InProcess, tools,
};
use other_features::{Numbers, read};
use serde_json::{Value, json};

const AUTHORITY: &str = "https://authority.test";
const API: &str = "https://api.test";

fn detail(json: &str) -> AuthorizationDetail {
    serde_json::from_str(json).unwrap()
}

#[test]
fn the_features_are_on() {
    let number: Value = serde_json::from_str("1.50").unwrap();
    assert_eq!(number.to_string(), "1.50");
    assert_ne!(number, json!(1.5));
}

#[test]
fn the_numbers_of_a_permission_are_read_as_numbers() {
    for (written, read) in [
        ("1.50", "1.5"),
        ("1.5", "1.5"),
        ("7", "7"),
        ("-7", "-7"),
        ("18446744073709551615", "18446744073709551615"),
        ("1e2", "100.0"),
        (r#"{"a":[1.50]}"#, r#"{"a":[1.5]}"#),
    ] {
        let json = format!(r#"{{"type":"d","amount":{written}}}"#);
        let said = format!(r#"{{"type":"d","amount":{read}}}"#);
        assert_eq!(serde_json::to_string(&detail(&json)).unwrap(), said);
        let value: Value = serde_json::from_str(&json).unwrap();
        let from_value: AuthorizationDetail = serde_json::from_value(value).unwrap();
        assert_eq!(serde_json::to_string(&from_value).unwrap(), said);
    }
    for refused in ["18446744073709551616", "1e300", "9007199254740992.0", r#"{"$serde_json::private::Number":"x"}"#] {
        let json = format!(r#"{{"type":"d","amount":{refused}}}"#);
        assert!(serde_json::from_str::<AuthorizationDetail>(&json).is_err(), "{json}");
    }
}

#[test]
fn the_numbers_of_permissions_are_compared_by_what_they_are() {
    let held = detail(r#"{"type":"d","amount":1.5,"x":[{"y":2}]}"#);
    let need = detail(r#"{"type":"d","amount":1.50,"x":[{"y":2}]}"#);
    // As an author has it who read it elsewhere.
    let mut own = AuthorizationDetail::new("d");
    own.extensions = serde_json::from_str(r#"{"amount":15e-1,"x":[{"y":2}]}"#).unwrap();
    for other in [&need, &own] {
        assert!(held.covers(other) && other.covers(&held) && held == *other);
        assert_eq!(held.canonical(), other.canonical());
    }
    for other in [r#"{"type":"d","amount":1.51,"x":[{"y":2}]}"#, r#"{"type":"d","amount":1.5,"x":[{"y":2.0}]}"#] {
        assert!(!held.covers(&detail(other)) && !detail(other).covers(&held), "{other}");
    }
}

/// Pays what the API asks for, up to what is said here.
struct Pay(ToolDefinition);

#[async_trait]
impl Tool for Pay {
    fn definition(&self) -> &ToolDefinition {
        &self.0
    }

    fn entitlement(&self, _: &str) -> Result<Entitlement, ToolError> {
        Ok(Entitlement::default().may_request(detail(r#"{"type":"note","actions":["read"],"amount":1.5}"#)))
    }

    async fn call(&self, cx: &ToolContext) -> Result<ToolOutput, ToolError> {
        Ok(ToolOutput::text(cx.http().get(format!("{API}/pay")).send().await?.error_for_status()?.text().await?))
    }
}

/// A task whose API asks for a permission with a number, and what reached that API.
async fn task() -> (JitContext, Arc<LocalAuthority>, Arc<Mutex<usize>>) {
    let authority =
        LocalAuthority::builder().url(AUTHORITY).org("acme-corp").client("agt_x", "s3cret").build().unwrap();
    let authority = Arc::new(authority);
    let served = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&served);
    let api = tower::service_fn(move |request: Request<_>| {
        let is_allowed = request.headers().contains_key("authorization");
        *counted.lock().unwrap() += usize::from(is_allowed);
        let hint = r#"{"type":"note","actions":["read"],"amount":1.50}"#;
        let body = format!(
            r#"{{"error":"insufficient_authorization_details","authorization_details_hint":{hint},"at":2.50}}"#
        );
        let (status, body) = if is_allowed { (200, "paid".to_owned()) } else { (403, body) };
        let answer = Response::builder().status(StatusCode::from_u16(status).unwrap());
        let answer = answer.header("content-type", "application/json").body(body).unwrap();
        async move { Ok::<_, Infallible>(answer) }
    });
    let network = InProcess::new().serve(AUTHORITY, authority.router()).unwrap().serve(API, api).unwrap();
    let agent = LumoAuthAgent::builder()
        .url(AUTHORITY)
        .org("acme-corp")
        .client_id("agt_x")
        .client_secret("s3cret")
        .transport(Arc::new(network))
        .build()
        .unwrap();
    (JitContext::create_task(&agent, "test").await.unwrap(), authority, served)
}

#[tokio::test]
async fn a_permission_with_a_number_is_asked_for_and_issued_as_a_number() {
    let (jit, authority, served) = task().await;
    let mut tools = Toolset::new();
    tools.add(Arc::new(Pay(ToolDefinition::new::<()>("pay", "Pays.")))).unwrap();
    assert_eq!(tools.call(&jit, "pay", "{}").await.unwrap().as_text(), "paid");
    assert_eq!(*served.lock().unwrap(), 1);
    let issued = authority.issued_tokens();
    let details = serde_json::to_string(&issued[0].authorization_details).unwrap();
    assert_eq!(details, r#"[{"type":"note","locations":["https://api.test"],"actions":["read"],"amount":1.5}]"#);
    jit.complete_task().await.unwrap();
    assert!(authority.live_tokens().is_empty());
}

#[tokio::test]
async fn the_numbers_of_arguments_are_read_and_held_to_their_ranges() {
    let (jit, ..) = task().await;
    let mut tools = tools![read];
    tools.merge(Numbers::tools(Numbers)).unwrap();
    for (name, arguments, said) in [
        (
            "read",
            r#"{"pages":[{"number":9.0,"share":1.50}],"large":18446744073709551615,"by_name":{"a":1e1},"any":1.50}"#,
            r#"["9 1.5"] 18446744073709551615 {"a": 10} 1.50"#,
        ),
        ("add", r#"{"a":3.0,"b":1.50}"#, "4.5"),
        ("add", r#"{"a":3,"b":1}"#, "4"),
    ] {
        let output = tools.call(&jit, name, arguments).await.unwrap_or_else(|error| panic!("{arguments}: {error}"));
        assert_eq!(output.as_text(), said);
    }
    for (page, large, said) in [
        (r#"{"number":10,"share":1}"#, "1", "`pages[0].number`: must be at most 9"),
        (r#"{"number":9,"share":1.51}"#, "1", "`pages[0].share`: must be at most 1.5"),
        (r#"{"number":9.5,"share":1}"#, "1", "`pages[0].number`: must be of the type integer"),
        (r#"{"number":9,"share":1}"#, "18446744073709551616", "`large`: must be at most 18446744073709551615"),
    ] {
        let arguments = format!(r#"{{"pages":[{page}],"large":{large},"by_name":{{}}}}"#);
        let error = tools.call(&jit, "read", arguments).await.unwrap_err();
        assert!(error.is_invalid_arguments() && error.for_model().contains(said), "{page} {large}: {error}");
    }
}

#[test]
fn the_tools_have_a_form_for_every_provider() {
    for provider in Provider::all() {
        let export = tools![read].export(*provider).unwrap_or_else(|error| panic!("{provider}: {error}"));
        assert!(!export.to_json().contains("private"), "{}", export.to_json());
    }
}
